#pragma once
// The keys of the JSON API, in a file that the command writes and the gateway reads: one line a key, with its id, what
// it may do, when it was made, the SHA-256 of its secret, and what people call it. The secret itself is shown once,
// when the key is made, and stands nowhere. Secrets are 256 random bits, so that a plain hash is enough. A file is
// replaced by rename, with permissions for its owner only. A KeyFile is thread-safe.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/scope.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace dateline::access {

struct Key {
  std::string id{};  // 12 hexadecimal digits.
  Scopes scopes = 0;
  std::string created{};  // "2026-11-30T14:05:00Z"
  std::string secret_hash{};
  std::string display_name{};
};

// "read,subscribe" as a set; INVALID_ARGUMENT (UNKNOWN_SCOPE) names the wrong one and those there are.
absl::StatusOr<Scopes> ParseScopes(std::string_view text);
std::string ScopesText(Scopes scopes);

// Reads a file; one that is not there has no keys. INVALID_ARGUMENT (BAD_KEY_FILE) names the line.
absl::StatusOr<std::vector<Key>> ReadKeys(const std::filesystem::path& file);
absl::Status WriteKeys(const std::filesystem::path& file, const std::vector<Key>& keys);

// A new key with its secret: "dl_<id>_<secret>".
struct NewKey {
  Key key;
  std::string secret;
};
NewKey MakeKey(Scopes scopes, std::string_view display_name, WallTime now);

// The keys of a file, read again when it changes.
class KeyFile {
 public:
  KeyFile(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}

  // The key that a client presents; nullopt when there is none such. Takes the same time for a wrong secret of a key
  // that exists as for one that does not.
  std::optional<Key> Find(std::string_view presented) EXCLUDES(mutex_);
  // A key by its id, for who proved it before.
  std::optional<Key> FindById(std::string_view id) EXCLUDES(mutex_);
  // Of the last reading; OK when it went well.
  absl::Status status() EXCLUDES(mutex_);

 private:
  void Refresh() REQUIRES(mutex_);

  const std::filesystem::path file_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Key, std::less<>> keys_ GUARDED_BY(mutex_);
  std::filesystem::file_time_type read_time_ GUARDED_BY(mutex_){};
  std::optional<MonotonicTime> looked_ GUARDED_BY(mutex_);
  absl::Status status_ GUARDED_BY(mutex_);
};

}  // namespace dateline::access
