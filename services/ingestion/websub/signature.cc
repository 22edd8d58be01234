#include "services/ingestion/websub/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace dateline::ingestion {
namespace {

const EVP_MD* Digest(std::string_view method) {
  if (method == "sha1") return EVP_sha1();
  if (method == "sha256") return EVP_sha256();
  if (method == "sha384") return EVP_sha384();
  return method == "sha512" ? EVP_sha512() : nullptr;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace

std::string SignatureOf(std::string_view method, std::string_view secret, std::string_view body) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const EVP_MD* const digest = Digest(method);
  if (digest == nullptr) return {};
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(digest, secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()),
           body.size(), bytes, &size) == nullptr) {
    return {};
  }
  std::string signature = std::string(method) + "=";
  for (unsigned int i = 0; i < size; ++i) {
    signature += kDigits[bytes[i] >> 4];
    signature += kDigits[bytes[i] & 15];
  }
  return signature;
}

bool IsSignedBy(std::string_view secret, std::string_view header, std::string_view body) {
  const std::string given = Lower(header);
  const std::string expected = SignatureOf(given.substr(0, given.find('=')), secret, body);
  return !expected.empty() && expected.size() == given.size() &&
         CRYPTO_memcmp(expected.data(), given.data(), expected.size()) == 0;
}

}  // namespace dateline::ingestion
