#include "services/storage/postgres/timeline_rows.h"

#include <limits>
#include <string_view>

#include "common/base/status_macros.h"
#include "services/storage/postgres/derived_rows.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Parameters;
using sql::postgres::Result;

// The server counts the bytes before a row, which needs no look into the records: what is over the limit is not sent.
#define DATELINE_PG_TIMELINE(condition)                                                                               \
  "SELECT entity_id, release_id, time_us, has_figures, said, record FROM (SELECT found.*, "                           \
  "coalesce(sum(octet_length(record)) OVER (ORDER BY time_us DESC, release_id DESC ROWS BETWEEN UNBOUNDED PRECEDING " \
  "AND 1 PRECEDING), 0) AS bytes_before FROM (SELECT m.entity_id, m.release_id, m.time_us, m.has_figures, m.record "  \
  "AS said, v.record FROM entity_mention m LEFT JOIN release r ON r.id = m.release_id LEFT JOIN release_revision "    \
  "v ON v.id = r.revision_id WHERE m.entity_id = $1 AND " condition                                                   \
  "(m.time_us, m.release_id) < ($2, $3) ORDER BY m.time_us DESC, m.release_id DESC LIMIT $4) found) counted WHERE "   \
  "bytes_before < $5 ORDER BY time_us DESC, release_id DESC"
constexpr std::string_view kAll = DATELINE_PG_TIMELINE("");
constexpr std::string_view kFigures = DATELINE_PG_TIMELINE("m.has_figures <> 0 AND ");
#undef DATELINE_PG_TIMELINE

}  // namespace

absl::StatusOr<std::vector<TimelineRow>> SelectTimeline(sql::postgres::Connection& connection,
                                                        const MentionQuery& query, size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          query.figures_only ? kFigures : kAll,
          Parameters::Of(query.entity_id, query.after_time_us.value_or(std::numeric_limits<int64_t>::max()),
                         query.after_release_id, query.limit, static_cast<int64_t>(bytes_max))));
  std::vector<TimelineRow> timeline;
  for (int i = 0; i < rows.rows(); ++i) {
    timeline.push_back({.mention = ReadMention(rows, i), .release = rows.String(i, 5)});
  }
  return timeline;
}

}  // namespace dateline::storage::pg
