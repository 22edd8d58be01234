#pragma once
// Rules and texts that the implementations of the log share, so that they do not drift apart. Pure; internal to this
// module.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/eventlog/event_log.h"

namespace dateline::eventlog {

inline constexpr uint32_t kTrimLimitMax = 10'000;

struct WorkLimits {
  uint32_t attempts_max = 5;
  uint64_t open_max = 10'000;
};

// Whether an event after `after` is no longer kept. Sound for every value that a caller may send.
constexpr bool IsTrimmed(Sequence after, Sequence low_water) {
  return low_water > Sequence(1) && after.value() < low_water.value() - 1;
}
// What a dead letter says whose last lease ended without an answer.
std::string ErrorOfExpired(std::string_view last_error, std::string_view holder, uint32_t attempts);
// Whether the lease may take this event too: by number, and by bytes unless it is the first.
bool FitsLease(const LeaseRequest& request, const LeaseResult& result, const Record& record);
absl::Status TooManyGroups(const LeaseRequest& request);
absl::Status TooManySequences(const RetryRequest& request);
absl::Status ValidateTrim(const TrimRequest& request);
// Whether the oldest event that is left goes too; `result` is counted on. To be asked in the order of sequences until
// it says no. `pinned` is the first event that a group still has to do with.
bool TakeToTrim(const TrimRequest& request, Sequence pinned, Sequence sequence, WallTime time, TrimResult* result);

}  // namespace dateline::eventlog
