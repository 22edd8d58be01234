#include "common/base/ids.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <span>

#include "common/base/check.h"

namespace dateline {
namespace {

constexpr size_t kUuidChars = 36;

std::string Hex(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0x0f]);
  }
  return text;
}

// The value of a hexadecimal digit of either case; -1 for anything else.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string ToText(const uuid_t& uuid) {
  char text[kUuidChars + 1];
  uuid_unparse_lower(uuid, text);
  return std::string(text, kUuidChars);
}

}  // namespace

std::string UuidV5(std::string_view name) {
  uuid_t name_space;
  const bool parsed = uuid_parse(std::string(kUuidNamespace).c_str(), name_space) == 0;
  DATELINE_CHECK(parsed, "kUuidNamespace is not a UUID");
  uuid_t uuid;
  uuid_generate_sha1(uuid, name_space, name.data(), name.size());
  return ToText(uuid);
}

std::string UuidV4() {
  uuid_t uuid;
  uuid_generate_random(uuid);
  return ToText(uuid);
}

bool IsUuid(std::string_view text) {
  if (text.size() != kUuidChars) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : HexDigit(text[i]) < 0) return false;
  }
  return true;
}

Epoch RandomEpoch() {
  Epoch epoch{};
  // Without randomness two databases could share an epoch, and consumers would mix their logs.
  DATELINE_CHECK(RAND_bytes(epoch.data(), static_cast<int>(epoch.size())) == 1, "the system gives no random bytes");
  return epoch;
}

std::string EpochToHex(const Epoch& epoch) {
  return Hex(epoch);
}

bool EpochFromHex(std::string_view hex, Epoch* epoch) {
  if (hex.size() != epoch->size() * 2) return false;
  Epoch result{};
  for (size_t i = 0; i < result.size(); ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    result[i] = static_cast<uint8_t>(high * 16 + low);
  }
  *epoch = result;
  return true;
}

std::string_view EpochToBytes(const Epoch& epoch) {
  return {reinterpret_cast<const char*>(epoch.data()), epoch.size()};
}

bool EpochFromBytes(std::string_view bytes, Epoch* epoch) {
  if (bytes.size() != epoch->size()) return false;
  std::ranges::copy(bytes, epoch->begin());
  return true;
}

std::string Sha256Hex(std::string_view bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digest.data());
  return Hex(digest);
}

}  // namespace dateline
