#pragma once
// Mentions of an entity together with the releases that they stand in. See EntityStore::ListTimelineRows.

#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/entity_store.h"

namespace dateline::storage::pg {

absl::StatusOr<std::vector<TimelineRow>> SelectTimeline(sql::postgres::Connection& connection,
                                                        const MentionQuery& query, size_t bytes_max);

}  // namespace dateline::storage::pg
