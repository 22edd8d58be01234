#include "common/metrics/readiness.h"

namespace dateline::metrics {

void Readiness::Set(std::string_view condition, bool ok, std::string_view why) {
  {
    const MutexLock lock(mutex_);
    conditions_.insert_or_assign(std::string(condition), std::pair(ok, std::string(ok ? std::string_view() : why)));
  }
  Tell();
}

void Readiness::Drain() {
  {
    const MutexLock lock(mutex_);
    draining_ = true;
  }
  Tell();
}

bool Readiness::ready() const {
  const MutexLock lock(mutex_);
  return MissingLocked().empty();
}

std::vector<std::pair<std::string, std::string>> Readiness::Missing() const {
  const MutexLock lock(mutex_);
  return MissingLocked();
}

void Readiness::SetListener(std::function<void(bool ready)> listener) {
  const MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
  told_ = ready();
  if (listener_) listener_(told_);
}

std::vector<std::pair<std::string, std::string>> Readiness::MissingLocked() const {
  if (draining_) return {{"draining", "the process is stopping"}};
  if (conditions_.empty()) return {{"start", "nothing has been set up yet"}};
  std::vector<std::pair<std::string, std::string>> missing;
  for (const auto& [name, state] : conditions_) {
    if (!state.first) missing.emplace_back(name, state.second);
  }
  return missing;
}

// Reads the state anew under the listener's lock, so that two changes at once end with the later state told last.
void Readiness::Tell() {
  const MutexLock lock(listener_mutex_);
  const bool now = ready();
  if (now == told_) return;
  told_ = now;
  if (listener_) listener_(now);
}

}  // namespace dateline::metrics
