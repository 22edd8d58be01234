#include "common/secrets/secret_box.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"

namespace dateline::secrets {
namespace {

constexpr std::string_view kMark = "sealed:v1:";
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kIdDigits = 8;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

Cipher NewCipher() {
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  DATELINE_CHECK(cipher != nullptr, "no memory for a cipher");
  return cipher;
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void Randomize(unsigned char* bytes, size_t count) {
  DATELINE_CHECK(RAND_bytes(bytes, static_cast<int>(count)) == 1, "the system gives no random bytes");
}

absl::Status BadFile(const std::filesystem::path& file, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_SECRET_KEY_FILE", fmt::format("{}: {}", file.string(), what),
               {{"path", file.string()}});
}

absl::Status Damaged(std::string_view context) {
  return Error(absl::StatusCode::kDataLoss, "SECRET_DAMAGED",
               fmt::format("the stored secret of {} cannot be opened: it was changed, or is another's; make a new one",
                           context));
}

// Nonce, ciphertext, tag.
std::string Encrypt(const unsigned char* key, std::string_view secret, std::string_view context) {
  std::string sealed(kNonceBytes + secret.size() + kTagBytes, '\0');
  Randomize(Bytes(sealed), kNonceBytes);
  const Cipher cipher = NewCipher();
  int size = 0;
  unsigned char* const body = Bytes(sealed) + kNonceBytes;
  const bool done =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key, Bytes(sealed)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), body, &size, Bytes(secret), static_cast<int>(secret.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), body + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + secret.size()) == 1;
  DATELINE_CHECK(done, "AES-256-GCM is part of the library");
  return sealed;
}

// False unless the tag fits.
bool Decrypt(const unsigned char* key, std::string sealed, std::string_view context, std::string* secret) {
  if (sealed.size() < kNonceBytes + kTagBytes) return false;
  secret->assign(sealed.size() - kNonceBytes - kTagBytes, '\0');
  const Cipher cipher = NewCipher();
  int size = 0;
  const unsigned char* const body = Bytes(sealed) + kNonceBytes;
  return EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key, Bytes(sealed)) == 1 &&
         EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
         EVP_DecryptUpdate(cipher.get(), Bytes(*secret), &size, body, static_cast<int>(secret->size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                             Bytes(sealed) + sealed.size() - kTagBytes) == 1 &&
         EVP_DecryptFinal_ex(cipher.get(), Bytes(*secret) + size, &size) == 1;
}

std::string IdOf(const std::array<unsigned char, kKeyBytes>& key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(key.data(), key.size(), digest);
  return fmt::format("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
}

}  // namespace

absl::StatusOr<SecretBox> SecretBox::Load(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return BadFile(file,
                   fmt::format("{}; make one with `dateline key secrets {}`", std::strerror(errno), file.string()));
  }
  if ((status.st_mode & S_IRWXO) != 0) {
    return BadFile(file, "everybody on this machine may use it; take that away: chmod o-rwx");
  }
  std::ifstream in(file);
  std::vector<Key> keys;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::string bytes;
    Key key;
    if (!absl::Base64Unescape(line, &bytes) || bytes.size() != kKeyBytes) {
      return BadFile(file, fmt::format("line {}: expected the base64 of {} random bytes", number, kKeyBytes));
    }
    if (keys.size() == kSecretKeysMax) return BadFile(file, fmt::format("more than {} keys", kSecretKeysMax));
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    key.id = IdOf(key.bytes);
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return BadFile(file, "cannot be read, or has no key");
  return SecretBox(std::move(keys));
}

std::string SecretBox::Seal(std::string_view secret, std::string_view context) const {
  if (keys_.empty() || secret.empty()) return std::string(secret);
  const Key& key = keys_.front();
  return fmt::format("{}{}:{}", kMark, key.id, absl::Base64Escape(Encrypt(key.bytes.data(), secret, context)));
}

absl::StatusOr<std::string> SecretBox::Open(std::string_view stored, std::string_view context) const {
  if (!stored.starts_with(kMark)) return std::string(stored);
  const std::string_view rest = stored.substr(kMark.size());
  const std::string_view id = rest.substr(0, kIdDigits);
  std::string sealed;
  if (rest.size() <= kIdDigits || rest[kIdDigits] != ':' ||
      !absl::Base64Unescape(ToAbsl(rest.substr(kIdDigits + 1)), &sealed)) {
    return Damaged(context);
  }
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) { return one.id == id; });
  if (key == keys_.end()) {
    return Error(absl::StatusCode::kFailedPrecondition, "SECRET_KEY_MISSING",
                 fmt::format("the secret of {} is sealed with key {}, {}", context, id,
                             keys_.empty() ? "and no key file is configured; name the one that has it"
                                           : "which is not in the key file; put it back there from its copy"),
                 {{"key", std::string(id)}});
  }
  std::string secret;
  if (!Decrypt(key->bytes.data(), std::move(sealed), context, &secret)) return Damaged(context);
  return secret;
}

bool SecretBox::IsOutdated(std::string_view stored) const {
  if (keys_.empty() || stored.empty()) return false;
  return !stored.starts_with(fmt::format("{}{}:", kMark, keys_.front().id));
}

absl::Status MakeSecretKeyFile(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error(errno == EEXIST ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                 fmt::format("{}: {}", file.string(), std::strerror(errno)), {{"path", file.string()}});
  }
  std::string key(kKeyBytes, '\0');
  Randomize(Bytes(key), key.size());
  const std::string text =
      "# Keys that seal secrets; the first one seals. Keep a copy apart from backups of the database: without it they "
      "cannot be opened.\n" +
      absl::Base64Escape(key) + "\n";
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (written) return absl::OkStatus();
  ::unlink(file.c_str());
  return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE", fmt::format("{}: cannot be written", file.string()),
               {{"path", file.string()}});
}

}  // namespace dateline::secrets
