#include "services/notification/stream_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/notification/event_types.h"
#include "services/notification/start_position.h"

namespace dateline::notification {
namespace {

using v1::StreamEventsRequest;

absl::StatusOr<std::chrono::milliseconds> Heartbeat(const StreamEventsRequest& request) {
  if (!request.has_heartbeat_interval()) return StreamOptions{}.heartbeat_interval;
  const std::chrono::milliseconds interval = FromDuration(request.heartbeat_interval());
  if (interval < kHeartbeatMin || interval > kHeartbeatMax) {
    return FieldError("INVALID_HEARTBEAT_INTERVAL", "heartbeat_interval",
                      fmt::format("heartbeat_interval is {} ms; it has to be 1 s to 5 min", interval.count()));
  }
  return interval;
}

// What storage says when it is away means something else to it than to our clients.
absl::Status AsSeenByClient(const absl::Status& status) {
  if (ErrorReason(status) == "STORAGE_UNAVAILABLE") return status;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return Error(
          absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
          fmt::format("storage cannot be asked now where to begin, try again soon: {}", ToStd(status.message())));
    default:
      return status;
  }
}

absl::StatusOr<StreamPosition> FromToken(const StreamEventsRequest& request, const StreamPosition& head,
                                         EventArchive& archive) {
  if (request.start() != StreamEventsRequest::START_UNSPECIFIED || request.has_start_time()) {
    return FieldError("INVALID_START", "start",
                      "resume_token says where to go on; leave start and start_time out with it");
  }
  DATELINE_ASSIGN_OR_RETURN(const StreamPosition position, DecodeToken(request.resume_token()));
  LogBounds bounds{head.epoch, head.sequence, 0};
  if (position.epoch != head.epoch || position.sequence > head.sequence) {
    // Another instance may know more than this one does yet.
    DATELINE_ASSIGN_OR_RETURN(bounds, archive.GetBounds());
  }
  if (position.epoch != bounds.epoch || position.sequence > bounds.head) {
    return Error(
        absl::StatusCode::kOutOfRange, "EPOCH_CHANGED",
        "resume_token is of events that the log does not have any more; read ReleaseService.ListReleases, then "
        "stream without a token",
        {{"epoch", EpochToHex(bounds.epoch)}});
  }
  return position;
}

absl::StatusOr<StreamPosition> FindStart(const StreamEventsRequest& request, const EventRing& ring,
                                         EventArchive& archive) {
  const std::optional<StreamPosition> head = ring.head();
  if (!head.has_value()) {
    return Error(absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
                 "the log of events has not been reached yet; try again soon");
  }
  if (!request.resume_token().empty()) return FromToken(request, *head, archive);
  if (request.has_start_time() != (request.start() == StreamEventsRequest::START_TIME)) {
    return FieldError("INVALID_START", "start_time", "start_time and START_TIME are given together or not at all");
  }
  switch (request.start()) {
    case StreamEventsRequest::START_UNSPECIFIED:
    case StreamEventsRequest::START_LATEST:
      return *head;
    case StreamEventsRequest::START_EARLIEST:
      return FindEarliest(archive);
    case StreamEventsRequest::START_TIME: {
      const google::protobuf::Timestamp& time = request.start_time();
      constexpr int64_t kSecondsMax = 253'402'300'799;  // The last second of the year 9999.
      if (time.seconds() < -kSecondsMax || time.seconds() > kSecondsMax || time.nanos() < 0 ||
          time.nanos() > 999'999'999) {
        return FieldError("INVALID_START", "start_time", "start_time is no time of the years 1 to 9999");
      }
      return FindTime(archive, FromTimestamp(time));
    }
    default:
      return FieldError("INVALID_START", "start",
                        fmt::format("start has no value {}", static_cast<int>(request.start())));
  }
}

}  // namespace

absl::StatusOr<StreamOptions> MakeStreamOptions(const StreamEventsRequest& request, FilterSet& filters, EventRing& ring,
                                                EventArchive& archive) {
  StreamOptions options;
  DATELINE_RETURN_IF_ERROR(CheckEventTypes(request.event_types()));
  options.event_types = {request.event_types().begin(), request.event_types().end()};
  DATELINE_ASSIGN_OR_RETURN(options.heartbeat_interval, Heartbeat(request));
  DATELINE_ASSIGN_OR_RETURN(options.filter, filters.Get(request.filter()));
  absl::StatusOr<StreamPosition> start = FindStart(request, ring, archive);
  if (!start.ok()) return AsSeenByClient(start.status());
  options.start = *start;
  // Storage may have been asked, and know more than the ring does yet.
  ring.NoteHead(start->epoch, start->sequence);
  if (ring.head()->epoch != start->epoch) {
    return Error(absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
                 "the log of events has just begun anew and is not followed yet; try again soon");
  }
  return options;
}

}  // namespace dateline::notification
