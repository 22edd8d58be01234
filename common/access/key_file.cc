#include "common/access/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "google/protobuf/util/time_util.h"

namespace dateline::access {
namespace {

constexpr std::string_view kPrefix = "dl_";
constexpr size_t kIdBytes = 6;
constexpr size_t kSecretBytes = 32;
constexpr size_t kKeysMax = 10'000;
constexpr size_t kNameBytesMax = 63;
// How long a change of the file may go unnoticed.
constexpr std::chrono::milliseconds kLookInterval{1'000};
constexpr std::array<Scope, 4> kScopes = {Scope::kRead, Scope::kIngest, Scope::kSubscribe, Scope::kAdmin};

std::string RandomHex(size_t count) {
  std::string bytes(count, '\0');
  DATELINE_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
                 "the system gives no random bytes");
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return hex;
}

// A name on one line of its own.
std::string OneLine(std::string_view text) {
  std::string line(text.substr(0, kNameBytesMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace

absl::StatusOr<Scopes> ParseScopes(std::string_view text) {
  Scopes scopes = 0;
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    bool known = false;
    for (const Scope scope : kScopes) {
      if (ScopeName(scope) != name) continue;
      scopes |= static_cast<Scopes>(scope);
      known = true;
    }
    if (!known) {
      return Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_SCOPE",
                   fmt::format("\"{}\" is no scope; there are read, ingest, subscribe and admin", name));
    }
    if (comma == std::string_view::npos) return scopes;
    text.remove_prefix(comma + 1);
  }
}

std::string ScopesText(Scopes scopes) {
  std::string text;
  for (const Scope scope : kScopes) {
    if ((scopes & static_cast<Scopes>(scope)) == 0) continue;
    text += (text.empty() ? "" : ",") + std::string(ScopeName(scope));
  }
  return text;
}

absl::StatusOr<std::vector<Key>> ReadKeys(const std::filesystem::path& file) {
  std::vector<Key> keys;
  std::ifstream in(file);
  if (!in) return keys;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    Key key;
    std::string scopes;
    words >> key.id >> scopes >> key.created >> key.secret_hash;
    std::getline(words >> std::ws, key.display_name);
    const auto parsed = ParseScopes(scopes);
    if (!parsed.ok() || key.secret_hash.size() != 64 || keys.size() >= kKeysMax) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_KEY_FILE",
                   fmt::format("{}, line {}: no key; each line is ID SCOPES TIME SHA256 NAME", file.string(), number));
    }
    key.scopes = *parsed;
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::Status WriteKeys(const std::filesystem::path& file, const std::vector<Key>& keys) {
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  const std::string draft = file.string() + ".new";
  std::string text =
      "# Keys of Dateline's JSON API: ID SCOPES TIME SHA256-OF-SECRET NAME. Written by `dateline key`.\n";
  for (const Key& key : keys) {
    text += fmt::format("{} {} {} {} {}\n", key.id, ScopesText(key.scopes), key.created, key.secret_hash,
                        OneLine(key.display_name));
  }
  const int out = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      out >= 0 && write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(out) == 0;
  if (out >= 0) close(out);
  if (written) std::filesystem::rename(draft, file, failed);
  if (!written || failed) {
    return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                 fmt::format("{}: cannot write; check the folder's permissions and the free space", file.string()));
  }
  return absl::OkStatus();
}

NewKey MakeKey(Scopes scopes, std::string_view display_name, WallTime now) {
  NewKey made;
  const std::string secret = RandomHex(kSecretBytes);
  made.key.id = RandomHex(kIdBytes);
  made.key.scopes = scopes;
  made.key.created = google::protobuf::util::TimeUtil::ToString(
      google::protobuf::util::TimeUtil::SecondsToTimestamp(ToTimestamp(now).seconds()));
  made.key.secret_hash = Sha256Hex(secret);
  made.key.display_name = OneLine(display_name);
  made.secret = std::string(kPrefix) + made.key.id + "_" + secret;
  return made;
}

std::optional<Key> KeyFile::Find(std::string_view presented) {
  std::string_view rest = presented;
  std::string_view id;
  if (rest.starts_with(kPrefix)) {
    rest.remove_prefix(kPrefix.size());
    id = rest.substr(0, rest.find('_'));
    rest.remove_prefix(std::min(id.size() + 1, rest.size()));
  }
  const std::string hash = Sha256Hex(rest);
  MutexLock lock(mutex_);
  Refresh();
  const auto found = keys_.find(id);
  static const std::string none(64, '0');
  const std::string& expected = found == keys_.end() ? none : found->second.secret_hash;
  const bool same = CRYPTO_memcmp(hash.data(), expected.data(), hash.size()) == 0;
  if (!same || found == keys_.end()) return std::nullopt;
  return found->second;
}

std::optional<Key> KeyFile::FindById(std::string_view id) {
  MutexLock lock(mutex_);
  Refresh();
  const auto found = keys_.find(id);
  return found == keys_.end() ? std::nullopt : std::optional<Key>(found->second);
}

absl::Status KeyFile::status() {
  MutexLock lock(mutex_);
  Refresh();
  return status_;
}

void KeyFile::Refresh() {
  const MonotonicTime now = clock_.Monotonic();
  if (looked_.has_value() && now - *looked_ < kLookInterval) return;
  looked_ = now;
  std::error_code absent;
  const auto changed = std::filesystem::last_write_time(file_, absent);
  if (absent) {
    keys_.clear();
    read_time_ = {};
    return;
  }
  if (changed == read_time_ && status_.ok()) return;
  auto keys = ReadKeys(file_);
  status_ = keys.status();
  // A file that cannot be read lets nobody in; the ones before it may have been revoked.
  keys_.clear();
  if (!keys.ok()) return;
  read_time_ = changed;
  for (Key& key : *keys) keys_.emplace(key.id, std::move(key));
}

}  // namespace dateline::access
