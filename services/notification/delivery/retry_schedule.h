#pragma once
// When to try again. The offsets are counted from the first attempt, so that an event is tried for a day whatever one
// attempt takes; each wait is moved by up to a tenth either way, so that receivers that come back are not met by all at
// once. Pure and thread-safe.

#include <chrono>
#include <optional>
#include <vector>

#include "common/base/clock.h"

namespace dateline::notification {

struct RetrySchedule {
  // Of the second and the following attempts, ascending, from the first one.
  std::vector<std::chrono::milliseconds> offsets = {
      std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
};

// What the receiver may ask for by Retry-After at the most.
inline constexpr std::chrono::hours kRetryAfterMax{24};

// After the attempt number `attempts` (from 1), of which the first began at `first`. nullopt when that was the last.
// `jitter` is uniform in [0, 1).
std::optional<WallTime> NextAttempt(const RetrySchedule& schedule, int attempts, WallTime first, WallTime now,
                                    double jitter, std::optional<std::chrono::milliseconds> retry_after);

}  // namespace dateline::notification
