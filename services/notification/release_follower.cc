#include "services/notification/release_follower.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace dateline::notification {

ReleaseFollower::ReleaseFollower(Options options, EventRing& ring, EventArchive& archive, std::function<void()> changed,
                                 const Clock& clock)
    : options_(options), ring_(ring), archive_(archive), changed_(std::move(changed)), clock_(clock) {}

absl::Status ReleaseFollower::Apply(const bus::Event& event) {
  auto decoded = std::make_shared<const StreamEvent>(event.epoch, event.sequence, event.payload, clock_.Now());
  if (!decoded->valid()) log::Warn("event_undecodable", {{"topic", event.topic}, {"sequence", event.sequence}});
  ring_.Append(std::move(decoded));
  changed_();
  return absl::OkStatus();
}

absl::StatusOr<bus::Cursor> ReleaseFollower::Resync(const bus::ResyncAction& resync) {
  DATELINE_ASSIGN_OR_RETURN(const LogBounds bounds, archive_.GetBounds());
  const uint64_t oldest = bounds.low_water > 0 ? bounds.low_water - 1 : 0;
  const uint64_t wanted = bounds.head > options_.prefill ? bounds.head - options_.prefill : 0;
  const bool first = !ring_.head().has_value();
  const StreamPosition start{bounds.epoch, std::min(std::max(oldest, wanted), bounds.head)};
  ring_.Reset(start, bounds.head);
  log::Info("log_followed", {{"cause", first ? "start" : bus::ResyncReasonName(resync.reason)},
                             {"epoch", EpochToHex(bounds.epoch)},
                             {"from_sequence", start.sequence},
                             {"head_sequence", bounds.head}});
  changed_();
  return bus::Cursor{bounds.epoch, start.sequence};
}

absl::StatusOr<bus::ReadBatch> HeadNotingReader::Read(const bus::ReadRequest& request) {
  // The cursor of no log would be refused by any; reading without one shows which log there is.
  bus::ReadRequest asked = request;
  if (request.epoch == Epoch{}) {
    asked.epoch.reset();
    asked.after = 0;
    asked.limit = 1;
  }
  absl::StatusOr<bus::ReadBatch> batch = reader_.Read(asked);
  if (batch.ok()) ring_.NoteHead(batch->epoch, batch->head);
  return batch;
}

}  // namespace dateline::notification
