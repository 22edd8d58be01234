#include "services/notification/start_position.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/notification/stream_event.h"

namespace dateline::notification {

absl::StatusOr<StreamPosition> FindEarliest(EventArchive& archive) {
  DATELINE_ASSIGN_OR_RETURN(const LogBounds bounds, archive.GetBounds());
  return StreamPosition{bounds.epoch, bounds.low_water > 0 ? bounds.low_water - 1 : 0};
}

absl::StatusOr<StreamPosition> FindTime(EventArchive& archive, WallTime time) {
  DATELINE_ASSIGN_OR_RETURN(const LogBounds bounds, archive.GetBounds());
  // The answer is the first sequence in [low, high] whose event is not before `time`; high stands for the next event.
  uint64_t low = bounds.low_water > 0 ? bounds.low_water : 1;
  uint64_t high = bounds.head + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    DATELINE_ASSIGN_OR_RETURN(const auto entries, archive.ReadEvents({bounds.epoch, middle - 1}, 1));
    if (entries.empty()) {
      return Error(absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
                   "the log changed while start_time was looked for; try again");
    }
    const StreamEvent event(bounds.epoch, middle, entries.front().payload, WallTime());
    if (event.time() < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return StreamPosition{bounds.epoch, low - 1};
}

}  // namespace dateline::notification
