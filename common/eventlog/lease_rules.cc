#include "common/eventlog/lease_rules.h"

#include "common/base/error.h"
#include "fmt/format.h"

namespace dateline::eventlog {

std::string ErrorOfExpired(std::string_view last_error, std::string_view holder, uint32_t attempts) {
  // Nobody holds an event that waits for another attempt; then the error is that of the last Nack.
  if (holder.empty()) return std::string(last_error);
  std::string error = fmt::format("attempt {}: the lease of {} ended without an answer", attempts, holder);
  if (!last_error.empty()) error += fmt::format("; before: {}", last_error);
  return CutError(error);
}

bool FitsLease(const LeaseRequest& request, const LeaseResult& result, const Record& record) {
  if (result.events.empty()) return true;
  // At most kLeaseEventsMax additions; the sum is not worth keeping.
  size_t bytes = record.payload.size();
  for (const LeasedEvent& event : result.events) bytes += event.record.payload.size();
  return result.events.size() < request.max && bytes <= request.max_bytes;
}

absl::Status TooManyGroups(const LeaseRequest& request) {
  return Error(absl::StatusCode::kResourceExhausted, kReasonTooManyGroups,
               fmt::format("topic \"{}\" has {} groups already; use one of them instead of \"{}\"", request.topic,
                           kGroupsMax, request.group),
               {{"topic", request.topic}, {"group", request.group}});
}

absl::Status TooManySequences(const RetryRequest& request) {
  return FieldError(kReasonInvalidLease, "sequences",
                    fmt::format("{} sequences; give at most {}", request.sequences.size(), kReadLimitMax));
}

absl::Status ValidateTrim(const TrimRequest& request) {
  if (request.limit < 1 || request.limit > kTrimLimitMax) {
    return FieldError("INVALID_TRIM", "limit", fmt::format("{}; give 1 to {}", request.limit, kTrimLimitMax));
  }
  if (request.hard_before > request.before) {
    return FieldError("INVALID_TRIM", "hard_before", "later than before; give the same time or an earlier one");
  }
  return absl::OkStatus();
}

bool TakeToTrim(const TrimRequest& request, Sequence pinned, Sequence sequence, WallTime time, TrimResult* result) {
  if (!(time < request.hard_before || (time < request.before && sequence < pinned))) return false;
  result->more = result->trimmed == request.limit;
  if (result->more) return false;
  result->low_water = sequence.Next();
  ++result->trimmed;
  return true;
}

}  // namespace dateline::eventlog
