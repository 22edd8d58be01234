#pragma once
// Tokens of pages: opaque, bound to the arguments of the request that they continue. Pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::notification {

// 1 to 1000; 0 means 50. INVALID_ARGUMENT (INVALID_PAGE) when negative.
absl::StatusOr<int> PageSize(int32_t wanted);
std::string MakePageToken(std::string_view arguments, std::string_view position);
// The position in such a token; empty for an empty one. INVALID_ARGUMENT (INVALID_PAGE).
absl::StatusOr<std::string> ReadPageToken(std::string_view arguments, std::string_view token);

}  // namespace dateline::notification
