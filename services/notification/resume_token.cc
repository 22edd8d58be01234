#include "services/notification/resume_token.h"

#include <algorithm>
#include <array>

#include "common/base/error.h"

namespace dateline::notification {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kBodyBytes = 1 + 16 + 8;
constexpr size_t kTokenBytes = kBodyBytes + 4;
constexpr size_t kTokenChars = (kTokenBytes * 8 + 5) / 6;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Bytes = std::array<uint8_t, kTokenBytes>;

// FNV-1a, 32 bits.
uint32_t Checksum(const Bytes& bytes) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < kBodyBytes; ++i) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

void PutBigEndian(uint64_t value, size_t count, uint8_t* out) {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(value >> (8 * (count - 1 - i)));
}

uint64_t GetBigEndian(const uint8_t* in, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | in[i];
  return value;
}

std::string ToText(const Bytes& bytes) {
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xFFFF;
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) text += kAlphabet[bits << (6 - held) & 63];
  return text;
}

bool FromText(std::string_view text, Bytes* bytes) {
  if (text.size() != kTokenChars) return false;
  uint32_t bits = 0;
  int held = 0;
  size_t count = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return false;
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    (*bytes)[count++] = static_cast<uint8_t>(bits >> held);
  }
  // The bits behind the last byte are zero in the one text that stands for these bytes.
  return count == kTokenBytes && (bits & ((1u << held) - 1)) == 0;
}

}  // namespace

std::string EncodeToken(const StreamPosition& position) {
  Bytes bytes{};
  bytes[0] = kVersion;
  std::copy(position.epoch.begin(), position.epoch.end(), bytes.begin() + 1);
  PutBigEndian(position.sequence, 8, bytes.data() + 17);
  PutBigEndian(Checksum(bytes), 4, bytes.data() + kBodyBytes);
  return ToText(bytes);
}

absl::StatusOr<StreamPosition> DecodeToken(std::string_view token) {
  Bytes bytes{};
  if (!FromText(token, &bytes) || bytes[0] != kVersion ||
      GetBigEndian(bytes.data() + kBodyBytes, 4) != Checksum(bytes)) {
    return FieldError(
        "INVALID_RESUME_TOKEN", "resume_token",
        "resume_token is not one that a stream gave; pass it unchanged, or leave it out and choose a start");
  }
  StreamPosition position;
  std::copy(bytes.begin() + 1, bytes.begin() + 17, position.epoch.begin());
  position.sequence = GetBigEndian(bytes.data() + 17, 8);
  return position;
}

}  // namespace dateline::notification
