#include "services/storage/page_token.h"

#include <bit>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"

namespace dateline::storage {
namespace {

constexpr char kVersion = 1;
constexpr size_t kFingerprintBytes = 8;
constexpr size_t kTokenBytes = 1 + kFingerprintBytes + 8 + 8;

void AppendNumber(std::string* out, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>((number >> shift) & 0xFF));
}

uint64_t ReadNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes.substr(0, 8)) number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

absl::Status InvalidPage(std::string_view field, std::string_view description) {
  return FieldError("INVALID_PAGE", field, description);
}

}  // namespace

PageFingerprint& PageFingerprint::Add(std::string_view text) {
  AppendNumber(&fields_, text.size());
  fields_.append(text);
  return *this;
}

PageFingerprint& PageFingerprint::Add(int64_t number) {
  AppendNumber(&fields_, static_cast<uint64_t>(number));
  return *this;
}

std::string PageFingerprint::Value() const {
  return Sha256Hex(fields_).substr(0, kFingerprintBytes);
}

std::string MakePageToken(const PageFingerprint& fingerprint, const std::optional<Position>& next) {
  if (!next.has_value()) return {};
  std::string bytes(1, kVersion);
  bytes.append(fingerprint.Value());
  AppendNumber(&bytes, std::bit_cast<uint64_t>(next->score));
  AppendNumber(&bytes, next->id);
  return absl::WebSafeBase64Escape(ToAbsl(bytes));
}

absl::StatusOr<std::optional<Position>> ReadPageToken(const PageFingerprint& fingerprint, std::string_view token) {
  if (token.empty()) return std::optional<Position>();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) || bytes.size() != kTokenBytes || bytes[0] != kVersion) {
    return InvalidPage("page_token", "the token is not one that this method answers; begin again without a token");
  }
  const std::string_view view = bytes;
  if (view.substr(1, kFingerprintBytes) != fingerprint.Value()) {
    return InvalidPage(
        "page_token",
        "the token belongs to a request with other arguments; give the same ones or begin again without it");
  }
  Position position;
  position.score = std::bit_cast<double>(ReadNumber(view.substr(1 + kFingerprintBytes)));
  position.id = ReadNumber(view.substr(1 + kFingerprintBytes + 8));
  return std::optional<Position>(position);
}

absl::StatusOr<int> PageSize(int32_t wanted, int standard, int most) {
  if (wanted < 0) return InvalidPage("page_size", "the page size is negative; give 0 for the default");
  if (wanted == 0) return standard;
  return wanted < most ? wanted : most;
}

}  // namespace dateline::storage
