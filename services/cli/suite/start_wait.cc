#include "services/cli/suite/start_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/metrics/readiness.h"

namespace dateline::cli {
namespace {

// What takes less is not worth a word.
constexpr std::chrono::seconds kTellAfter{3};
constexpr std::chrono::seconds kTellInterval{10};

}  // namespace

std::string UpgradeOf(std::string_view readyz) {
  const std::string line = fmt::format("\n{}: ", metrics::kUpgradeCondition);
  const size_t at = readyz.find(line);
  if (at == std::string_view::npos) return {};
  readyz.remove_prefix(at + line.size());
  return std::string(readyz.substr(0, readyz.find('\n')));
}

StartWait::StartWait(Options options, Time now)
    : options_(std::move(options)), begin_(now), until_(now + options_.start), tell_from_(now + kTellAfter) {}

void StartWait::Upgrading(const std::string& what, Time now) {
  until_ = std::min(now + options_.start, begin_ + options_.upgrade);
  if (!options_.tell || now < tell_from_ || what == told_) return;
  options_.tell(what);
  told_ = what;
  tell_from_ = now + kTellInterval;
}

}  // namespace dateline::cli
