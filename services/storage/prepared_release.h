#pragma once
// The plan of a release's commit with everything serialised, so that the transaction only has to bind it, and nothing
// kept that it does not need; and the row of a release as both databases keep it. Pure.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/storage/commit_plan.h"

namespace dateline::storage {

// The row of a release, without its record.
struct ReleaseRow {
  int64_t id = 0;
  int64_t revision_id = 0;
  ReleaseGround ground;
};

struct PreparedRelease {
  ReleasePlan plan;  // Without record, but for one that came and changes nothing.
  std::string record;
  std::string basic;
  std::string changes;
  // Its error refuses the commit.
  absl::StatusOr<eventlog::EncodedEvent> event = absl::UnknownError("no event");
};
PreparedRelease Prepare(ReleasePlan plan);
// What came, as it is planned again on another ground.
release::v1::Release IncomingOf(const PreparedRelease& prepared);

// The lease of a request as the log knows it.
eventlog::LeaseReference ToReference(const events::v1::LeaseReference& lease);

}  // namespace dateline::storage
