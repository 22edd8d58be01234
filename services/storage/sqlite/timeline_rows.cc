#include "services/storage/sqlite/timeline_rows.h"

#include <limits>
#include <string>
#include <string_view>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/sqlite/derived_rows.h"

namespace dateline::storage {
namespace {

#define DATELINE_TIMELINE(condition)                                                                                \
  "SELECT m.entity_id, m.release_id, m.time_us, m.has_figures, m.record, v.record FROM entity_mention m LEFT JOIN " \
  "release r ON r.id = m.release_id LEFT JOIN release_revision v ON v.id = r.revision_id WHERE m.entity_id = ?1 "   \
  "AND " condition "(m.time_us, m.release_id) < (?2, ?3) ORDER BY m.time_us DESC, m.release_id DESC LIMIT ?4"
constexpr std::string_view kAll = DATELINE_TIMELINE("");
constexpr std::string_view kFigures = DATELINE_TIMELINE("m.has_figures = 1 AND ");
#undef DATELINE_TIMELINE

}  // namespace

absl::StatusOr<std::vector<TimelineRow>> SelectTimeline(sql::Connection& connection, const MentionQuery& query,
                                                        size_t bytes_max) {
  sql::Statement statement(connection, query.figures_only ? kFigures : kAll);
  statement.BindAll(query.entity_id, query.after_time_us.value_or(std::numeric_limits<int64_t>::max()),
                    query.after_release_id, query.limit);
  std::vector<TimelineRow> rows;
  for (size_t bytes = 0; bytes < bytes_max;) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) break;
    rows.push_back({.mention = ReadMention(statement), .release = std::string(statement.ColumnBlob(5))});
    bytes += rows.back().release.size();
  }
  return rows;
}

}  // namespace dateline::storage
