#pragma once
// What the headers of an answer say about time: how long it stays fresh (RFC 9111) and when to come back (RFC 9110
// Retry-After). Pure and thread-safe; headers that make no sense say nothing.

#include <chrono>
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/http/fetcher.h"

namespace dateline::http {

// An HTTP date in any of its three forms.
std::optional<WallTime> ParseHttpDate(std::string_view text);

// From now on: seconds or a date. Never negative; nullopt when absent or malformed.
std::optional<std::chrono::milliseconds> RetryAfter(const Response& response, WallTime now);

// How much longer the answer is fresh: max-age less Age, else Expires less Date. nullopt when it does not say or
// forbids to keep it (no-cache, no-store).
std::optional<std::chrono::milliseconds> FreshFor(const Response& response, WallTime now);

}  // namespace dateline::http
