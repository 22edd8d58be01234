#pragma once
// Decompresses gzip with a bound on the result. Pure and thread-safe.

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::feeds {

bool IsGzip(std::string_view bytes);

// All members of the file, one behind the other. What is cut off at the end gives what came before it. INVALID_ARGUMENT
// with reason BAD_GZIP, or DOCUMENT_TOO_LARGE when it would give more than `max_bytes`.
absl::StatusOr<std::string> Gunzip(std::string_view bytes, std::size_t max_bytes);

}  // namespace dateline::feeds
