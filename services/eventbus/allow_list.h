#pragma once
// Which clients may connect: the public CURVE keys of one file, one to a line, each followed by whatever names its
// owner. Empty lines and lines that begin with "# " are comments. The file is read again when it changes; a version
// that cannot be read or holds a malformed line is refused as a whole and the list before it stays. Not thread-safe:
// the ZAP handler's thread owns it after the start.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::eventbus {

inline constexpr size_t kAllowListKeysMax = 10'000;

class AllowList {
 public:
  explicit AllowList(std::string path) : path_(std::move(path)) {}

  // Reads the file. NOT_FOUND or INVALID_ARGUMENT (ALLOW_LIST_INVALID) names the file and the line.
  absl::Status Load();
  // As Load() when the file is not the one read last. True when the list is now another one.
  absl::StatusOr<bool> ReloadIfChanged();

  // `key` is Z85, 40 characters.
  bool Contains(std::string_view key) const { return keys_.find(key) != keys_.end(); }
  size_t size() const { return keys_.size(); }
  const std::string& path() const { return path_; }

 private:
  // What tells one version of a file from another, also when it is replaced by renaming.
  struct Version {
    int64_t modified_ns = -1;
    uint64_t inode = 0;
    int64_t bytes = 0;
    bool operator==(const Version&) const = default;
  };
  Version Look() const;

  const std::string path_;
  Version version_;
  std::set<std::string, std::less<>> keys_;
};

}  // namespace dateline::eventbus
