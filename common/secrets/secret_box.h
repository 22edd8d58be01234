#pragma once
// Secrets that a service has to give back as they were (to sign, to log in), sealed for a database: AES-256-GCM with
// keys from a file that does not lie beside the database's backups. README.md says how the file looks, how keys are
// changed, and against what this helps. Immutable, so thread-safe.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::secrets {

inline constexpr size_t kSecretKeysMax = 16;

class SecretBox {
 public:
  // Without keys: secrets are kept as they are.
  SecretBox() = default;
  // The keys of a file, the first of which seals. INVALID_ARGUMENT (BAD_SECRET_KEY_FILE) names file and line; a file
  // that others than its owner and group may read is refused.
  static absl::StatusOr<SecretBox> Load(const std::filesystem::path& file);

  bool has_keys() const { return !keys_.empty(); }
  // `context` says whose secret it is; it is opened in the same context only, so that what is sealed for one cannot be
  // put in the place of another's. The empty secret stays empty.
  std::string Seal(std::string_view secret, std::string_view context) const;
  // What was sealed, or what was never. FAILED_PRECONDITION (SECRET_KEY_MISSING): with a key that the file does not
  // have. DATA_LOSS (SECRET_DAMAGED): not what Seal() gave in this context.
  absl::StatusOr<std::string> Open(std::string_view stored, std::string_view context) const;
  // Whether Seal() would seal it otherwise: not at all so far, or with another key than the first.
  bool IsOutdated(std::string_view stored) const;

 private:
  struct Key {
    std::string id;  // The first 8 hexadecimal digits of its SHA-256.
    std::array<unsigned char, 32> bytes{};
  };
  explicit SecretBox(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Key> keys_;
};

// Makes a file with one new key, readable for its owner alone. ALREADY_EXISTS when there is such a file.
absl::Status MakeSecretKeyFile(const std::filesystem::path& file);

}  // namespace dateline::secrets
