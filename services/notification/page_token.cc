#include "services/notification/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"

namespace dateline::notification {
namespace {

constexpr int kPageStandard = 50;
constexpr int kPageMax = 1'000;
constexpr size_t kDigestCharacters = 8;

}  // namespace

absl::StatusOr<int> PageSize(int32_t wanted) {
  if (wanted < 0) {
    return FieldError("INVALID_PAGE", "page_size", "the page size is negative; give 0 for the default");
  }
  return wanted == 0 ? kPageStandard : std::min(wanted, kPageMax);
}

std::string MakePageToken(std::string_view arguments, std::string_view position) {
  const std::string bytes = Sha256Hex(arguments).substr(0, kDigestCharacters) + std::string(position);
  return absl::WebSafeBase64Escape(ToAbsl(bytes));
}

absl::StatusOr<std::string> ReadPageToken(std::string_view arguments, std::string_view token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) ||
      !bytes.starts_with(Sha256Hex(arguments).substr(0, kDigestCharacters))) {
    return FieldError("INVALID_PAGE", "page_token",
                      "the token is not one that this method gave for these arguments; begin again without it");
  }
  return bytes.substr(kDigestCharacters);
}

}  // namespace dateline::notification
