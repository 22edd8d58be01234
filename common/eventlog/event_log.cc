#include "common/eventlog/event_log.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/truncate_utf8.h"
#include "fmt/format.h"

namespace dateline::eventlog {
namespace {

bool IsGroupName(std::string_view group) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !group.empty() && group.size() <= kGroupBytesMax && std::ranges::all_of(group, allowed);
}

absl::Status Invalid(std::string_view field, std::string_view why) {
  return FieldError(kReasonInvalidLease, field, why);
}

}  // namespace

absl::Status UnknownTopic(std::string_view topic) {
  return Error(absl::StatusCode::kNotFound, kReasonUnknownTopic,
               fmt::format("topic \"{}\" is not in this log; ask the service that owns it", topic),
               {{"topic", std::string(topic)}});
}

absl::Status EventsTrimmed(std::string_view topic, Sequence low_water) {
  return Error(absl::StatusCode::kOutOfRange, kReasonEventsTrimmed,
               fmt::format("topic \"{}\": events before {} are no longer kept; begin with a snapshot of the state",
                           topic, low_water.value()),
               {{"topic", std::string(topic)}, {"low_water", std::to_string(low_water.value())}});
}

absl::Status LeaseLost(const LeaseReference& lease) {
  return Error(
      absl::StatusCode::kFailedPrecondition, kReasonLeaseLost,
      fmt::format("group \"{}\" no longer holds event {} of \"{}\" with this lease; drop the work, it was given "
                  "to another",
                  lease.group, lease.sequence.value(), lease.topic),
      {{"topic", lease.topic}, {"group", lease.group}, {"sequence", std::to_string(lease.sequence.value())}});
}

absl::Status ValidateDuration(std::chrono::milliseconds duration) {
  if (duration >= kLeaseDurationMin && duration <= kLeaseDurationMax) return absl::OkStatus();
  return Invalid("duration", fmt::format("{} ms; give {} to {} ms", duration.count(), kLeaseDurationMin.count(),
                                         kLeaseDurationMax.count()));
}

absl::Status ValidateLease(const LeaseRequest& request) {
  if (!IsGroupName(request.group)) {
    return Invalid("group", fmt::format("\"{}\"; give 1 to {} letters, digits or '-'",
                                        std::string_view(request.group).substr(0, kGroupBytesMax), kGroupBytesMax));
  }
  if (request.holder.empty() || request.holder.size() > kHolderBytesMax) {
    return Invalid("holder", fmt::format("{} bytes; give 1 to {}", request.holder.size(), kHolderBytesMax));
  }
  if (request.max < 1 || request.max > kLeaseEventsMax) {
    return Invalid("max", fmt::format("{}; give 1 to {}", request.max, kLeaseEventsMax));
  }
  return ValidateDuration(request.duration);
}

absl::Status ValidateReferences(const std::vector<LeaseReference>& leases) {
  if (leases.size() <= kLeaseReferencesMax) return absl::OkStatus();
  return Invalid("leases", fmt::format("{} leases; give at most {}", leases.size(), kLeaseReferencesMax));
}

absl::Status ValidateNack(const NackRequest& request) {
  if (request.retry_delay >= request.retry_delay.zero() && request.retry_delay <= kRetryDelayMax)
    return absl::OkStatus();
  return Invalid("retry_delay",
                 fmt::format("{} ms; give 0 to {} ms", request.retry_delay.count(), kRetryDelayMax.count()));
}

std::string CutError(std::string_view error) {
  return std::string(TruncateUtf8(error, kErrorBytesMax));
}

}  // namespace dateline::eventlog
