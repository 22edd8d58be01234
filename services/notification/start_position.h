#pragma once
// Finds the place in the log where a stream without a token begins.

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/notification/event_archive.h"

namespace dateline::notification {

// Before the oldest event that is kept.
absl::StatusOr<StreamPosition> FindEarliest(EventArchive& archive);
// Before the first event at or after `time`, by halving: one small read for each bit of the log's length. Relies on the
// times of events not going back; where the owner's clock did, a neighbouring event is found. Errors of the archive.
absl::StatusOr<StreamPosition> FindTime(EventArchive& archive, WallTime time);

}  // namespace dateline::notification
