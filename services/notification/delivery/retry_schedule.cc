#include "services/notification/delivery/retry_schedule.h"

#include <algorithm>

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

// The least wait, for schedules whose time has passed while we were away.
constexpr milliseconds kWaitMin{10};

}  // namespace

std::optional<WallTime> NextAttempt(const RetrySchedule& schedule, int attempts, WallTime first, WallTime now,
                                    double jitter, std::optional<milliseconds> retry_after) {
  const auto index = static_cast<size_t>(std::max(attempts, 1) - 1);
  if (index >= schedule.offsets.size()) return std::nullopt;
  const auto wait = std::chrono::duration_cast<milliseconds>(first + schedule.offsets[index] - now);
  const milliseconds jittered(static_cast<int64_t>(static_cast<double>(wait.count()) * (0.9 + 0.2 * jitter)));
  WallTime next = now + std::max(jittered, kWaitMin);
  if (retry_after) next = std::max(next, now + std::min<milliseconds>(*retry_after, kRetryAfterMax));
  return next;
}

}  // namespace dateline::notification
