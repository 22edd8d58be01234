#pragma once
// Turns a StreamEventsRequest into the options of a stream: everything that a client can get wrong is found here. May
// block on the archive when the request names a start in the past.

#include "absl/status/statusor.h"
#include "dateline/notification/v1/event_stream_service.pb.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_ring.h"
#include "services/notification/shared_filter.h"
#include "services/notification/stream_cursor.h"

namespace dateline::notification {

inline constexpr std::chrono::milliseconds kHeartbeatMin{1'000};
inline constexpr std::chrono::milliseconds kHeartbeatMax{300'000};

// INVALID_ARGUMENT: INVALID_FILTER, INVALID_RESUME_TOKEN, INVALID_START, INVALID_EVENT_TYPE,
// INVALID_HEARTBEAT_INTERVAL. OUT_OF_RANGE: EPOCH_CHANGED, for a token of another log, or of events that the log does
// not have (any more). UNAVAILABLE (STORAGE_UNAVAILABLE) while the log has never been reached; other errors of the
// archive.
absl::StatusOr<StreamOptions> MakeStreamOptions(const v1::StreamEventsRequest& request, FilterSet& filters,
                                                EventRing& ring, EventArchive& archive);

}  // namespace dateline::notification
