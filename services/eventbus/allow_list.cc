#include "services/eventbus/allow_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/options.h"

namespace dateline::eventbus {
namespace {

absl::Status Invalid(const std::string& path, size_t line, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "ALLOW_LIST_INVALID", fmt::format("{}:{}: {}", path, line, what),
               {{"file", path}});
}

}  // namespace

AllowList::Version AllowList::Look() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0) return {};
  return {int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_ino, info.st_size};
}

absl::Status AllowList::Load() {
  const Version version = Look();
  std::ifstream file(path_);
  if (!file) {
    return Error(absl::StatusCode::kNotFound, "ALLOW_LIST_INVALID",
                 fmt::format("cannot read the allow-list {}; check path and permissions", path_), {{"file", path_}});
  }
  // Also a version that turns out to be malformed is not read again until it changes.
  version_ = version;
  std::set<std::string, std::less<>> keys;
  std::string line;
  for (size_t number = 1; std::getline(file, line); ++number) {
    // "#" is a letter of Z85: only with a space behind it does it begin a comment.
    if (line.find_first_not_of(" \t\r") == std::string::npos || line == "#" || line.starts_with("# ")) continue;
    std::string key = line.substr(0, line.find_first_of(" \t\r"));
    if (!bus::IsCurveKey(key)) {
      return Invalid(path_, number,
                     fmt::format("a line begins with a public key, {} characters of Z85", bus::kCurveKeyChars));
    }
    keys.insert(std::move(key));
    if (keys.size() > kAllowListKeysMax) {
      return Invalid(path_, number, fmt::format("more than {} keys", kAllowListKeysMax));
    }
  }
  keys_ = std::move(keys);
  return absl::OkStatus();
}

absl::StatusOr<bool> AllowList::ReloadIfChanged() {
  if (Look() == version_) return false;
  DATELINE_RETURN_IF_ERROR(Load());
  return true;
}

}  // namespace dateline::eventbus
