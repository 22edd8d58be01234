#pragma once
// The plan of a release's commit with everything serialised, so that the transaction only has to bind it; and the row
// of a release as both databases keep it. Pure.

#include <cstdint>
#include <string>

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
  ReleasePlan plan;
  std::string record;
  std::string basic;
  std::string changes;
};
PreparedRelease Prepare(ReleasePlan plan);

// The lease of a request as the log knows it.
eventlog::LeaseReference ToReference(const events::v1::LeaseReference& lease);

}  // namespace dateline::storage
