#include "services/storage/sqlite/timeline_rows.h"

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::storage {
namespace {

constexpr std::string_view kAll =
    "SELECT m.entity_id, m.release_id, m.time_us, m.has_figures, m.record, v.record FROM entity_mention m "
    "LEFT JOIN release r ON r.id = m.release_id LEFT JOIN release_revision v ON v.id = r.revision_id "
    "WHERE m.entity_id = ?1 AND (m.time_us, m.release_id) < (?2, ?3) ORDER BY m.time_us DESC, m.release_id DESC "
    "LIMIT ?4";
constexpr std::string_view kFigures =
    "SELECT m.entity_id, m.release_id, m.time_us, m.has_figures, m.record, v.record FROM entity_mention m "
    "LEFT JOIN release r ON r.id = m.release_id LEFT JOIN release_revision v ON v.id = r.revision_id "
    "WHERE m.entity_id = ?1 AND m.has_figures = 1 AND (m.time_us, m.release_id) < (?2, ?3) "
    "ORDER BY m.time_us DESC, m.release_id DESC LIMIT ?4";

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
    TimelineRow row;
    row.mention = {.entity_id = statement.ColumnInt64(0),
                   .release_id = statement.ColumnInt64(1),
                   .time_us = statement.ColumnInt64(2),
                   .has_figures = statement.ColumnBool(3),
                   .record = std::string(statement.ColumnBlob(4))};
    row.release = std::string(statement.ColumnBlob(5));
    bytes += row.release.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace dateline::storage
