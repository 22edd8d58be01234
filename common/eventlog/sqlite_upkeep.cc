#include "common/eventlog/sqlite_upkeep.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/sqlite_schema.h"
#include "common/sql/statement.h"

namespace dateline::eventlog {
namespace {

struct DeadRow {
  uint64_t id = 0;
  uint64_t sequence = 0;
  std::string error;
};

absl::StatusOr<std::vector<DeadRow>> ReadDeadOfGroup(sql::Connection& connection, const RetryRequest& request) {
  sql::Statement select(
      connection,
      "SELECT id, sequence, error FROM event_dead WHERE topic = ?1 AND group_name = ?2 AND (?3 IS NULL "
      "OR sequence = ?3) ORDER BY id LIMIT ?4");
  std::vector<std::optional<uint64_t>> wanted;
  for (const Sequence sequence : request.sequences) wanted.emplace_back(sequence.value());
  if (wanted.empty()) wanted.emplace_back(std::nullopt);
  std::vector<DeadRow> rows;
  for (const std::optional<uint64_t>& sequence : wanted) {
    select.BindAll(request.topic, request.group, sequence, kReadLimitMax);
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      rows.push_back({select.ColumnUint64(0), select.ColumnUint64(1), select.ColumnString(2)});
    }
    select.Reset();
  }
  // A sequence that was named twice. Not std::ranges::unique: clang 14 cannot read libstdc++'s subrange.
  std::ranges::sort(rows, {}, &DeadRow::id);
  rows.erase(std::unique(rows.begin(), rows.end(), [](const DeadRow& a, const DeadRow& b) { return a.id == b.id; }),
             rows.end());
  return rows;
}

absl::Status Revive(sql::Connection& connection, WallTime now, const RetryRequest& request, const DeadRow& dead) {
  sql::Statement insert(connection,
                        "INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, holder, "
                        "error) VALUES (?, ?, ?, 0, ?, '', '', ?)");
  insert.BindAll(request.topic, request.group, dead.sequence, ToMicros(now), dead.error);
  DATELINE_RETURN_IF_ERROR(insert.Run());
  sql::Statement remove(connection, "DELETE FROM event_dead WHERE id = ?");
  return remove.Bind(1, dead.id).Run();
}

// One number, or nothing when it is NULL or there is no row.
template <typename... Values>
absl::StatusOr<std::optional<uint64_t>> ReadNumber(sql::Connection& connection, std::string_view sql,
                                                   const Values&... values) {
  sql::Statement select(connection, sql);
  DATELINE_ASSIGN_OR_RETURN(const bool row, select.BindAll(values...).Step());
  if (!row || select.ColumnIsNull(0)) return std::nullopt;
  return select.ColumnUint64(0);
}

// The first event that a group still has to do with: not yet leased, open, or dead.
absl::StatusOr<Sequence> PinnedBelow(sql::Connection& connection, std::string_view topic, Sequence head) {
  uint64_t pinned = head.value() + 1;
  sql::Statement groups(connection, "SELECT group_name, next_sequence FROM event_group WHERE topic = ?");
  groups.Bind(1, topic);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, groups.Step());
    if (!row) return Sequence(pinned);
    const std::string group = groups.ColumnString(0);
    pinned = std::min(pinned, groups.ColumnUint64(1));
    for (const std::string_view sql : {"SELECT min(sequence) FROM event_open WHERE topic = ? AND group_name = ?",
                                       "SELECT min(sequence) FROM event_dead WHERE topic = ? AND group_name = ?"}) {
      DATELINE_ASSIGN_OR_RETURN(const auto oldest, ReadNumber(connection, sql, topic, group));
      pinned = std::min(pinned, oldest.value_or(pinned));
    }
  }
}

// Looks at the oldest events and says where the topic begins afterwards.
absl::Status FindLowWater(sql::Connection& connection, const TrimRequest& request, Sequence pinned,
                          TrimResult* result) {
  sql::Statement select(connection,
                        "SELECT sequence, time FROM event WHERE topic = ? AND sequence >= ? ORDER BY sequence LIMIT ?");
  select.BindAll(request.topic, result->low_water.value(), uint64_t{request.limit} + 1);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    const Sequence sequence(select.ColumnUint64(0));
    if (!TakeToTrim(request, pinned, sequence, FromMicros(select.ColumnInt64(1)), result)) return absl::OkStatus();
  }
}

absl::Status DropBelow(sql::Connection& connection, const TrimRequest& request, TrimResult* result) {
  const uint64_t low_water = result->low_water.value();
  for (const std::string_view sql : {"DELETE FROM event_open WHERE topic = ? AND sequence < ?",
                                     "DELETE FROM event_dead WHERE topic = ? AND sequence < ?"}) {
    DATELINE_RETURN_IF_ERROR(sql::Statement(connection, sql).BindAll(request.topic, low_water).Run());
    result->abandoned += static_cast<uint64_t>(connection.changes());
  }
  sql::Statement groups(
      connection,
      "UPDATE event_group SET next_sequence = max(next_sequence, ?2), open_count = (SELECT count(*) FROM "
      "event_open AS o WHERE o.topic = event_group.topic AND o.group_name = event_group.group_name) "
      "WHERE topic = ?1");
  DATELINE_RETURN_IF_ERROR(groups.BindAll(request.topic, low_water).Run());
  sql::Statement events(connection, "DELETE FROM event WHERE topic = ? AND sequence < ?");
  DATELINE_RETURN_IF_ERROR(events.BindAll(request.topic, low_water).Run());
  sql::Statement topic(connection, "UPDATE event_topic SET low_water = ?2 WHERE topic = ?1");
  return topic.BindAll(request.topic, low_water).Run();
}

}  // namespace

absl::StatusOr<DeadLetterPage> ReadDeadLetters(sql::Connection& connection, const DeadLetterQuery& query) {
  if (!query.topic.empty()) DATELINE_RETURN_IF_ERROR(ReadTopic(connection, query.topic).status());
  const size_t limit = std::clamp<uint32_t>(query.limit, 1, kReadLimitMax);
  sql::Statement select(
      connection,
      "SELECT id, topic, group_name, sequence, subject, error, attempts, dead_time FROM event_dead "
      "WHERE id > ?1 AND (?2 = '' OR topic = ?2) AND (?3 = '' OR group_name = ?3) ORDER BY id LIMIT ?4");
  select.BindAll(query.after_id, query.topic, query.group, limit + 1);
  DeadLetterPage page;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return page;
    if (page.dead_letters.size() == limit) {
      page.next_after_id = page.dead_letters.back().id;
      return page;
    }
    page.dead_letters.push_back({.id = select.ColumnUint64(0),
                                 .topic = select.ColumnString(1),
                                 .group = select.ColumnString(2),
                                 .sequence = Sequence(select.ColumnUint64(3)),
                                 .subject = select.ColumnString(4),
                                 .error = select.ColumnString(5),
                                 .attempts = static_cast<uint32_t>(select.ColumnInt64(6)),
                                 .dead_time = FromMicros(select.ColumnInt64(7))});
  }
}

absl::StatusOr<uint32_t> ReviveDeadLetters(sql::Connection& connection, WallTime now, const RetryRequest& request) {
  DATELINE_RETURN_IF_ERROR(ReadTopic(connection, request.topic).status());
  if (request.sequences.size() > kReadLimitMax) return TooManySequences(request);
  DATELINE_ASSIGN_OR_RETURN(const std::vector<DeadRow> rows, ReadDeadOfGroup(connection, request));
  for (const DeadRow& row : rows) DATELINE_RETURN_IF_ERROR(Revive(connection, now, request, row));
  sql::Statement update(connection,
                        "UPDATE event_group SET open_count = open_count + ? WHERE topic = ? AND group_name = ?");
  DATELINE_RETURN_IF_ERROR(update.BindAll(rows.size(), request.topic, request.group).Run());
  return static_cast<uint32_t>(rows.size());
}

absl::StatusOr<GroupLag> ReadLag(sql::Connection& connection, std::string_view group, std::string_view topic) {
  DATELINE_ASSIGN_OR_RETURN(const TopicRow row, ReadTopic(connection, topic));
  DATELINE_ASSIGN_OR_RETURN(
      const auto next,
      ReadNumber(connection, "SELECT next_sequence FROM event_group WHERE topic = ? AND group_name = ?", topic, group));
  const Sequence begin(next.value_or(row.low_water.value()));
  GroupLag lag{.waiting = row.head.value() + 1 - begin.value(), .done_below = begin};
  if (!next.has_value()) return lag;
  DATELINE_ASSIGN_OR_RETURN(
      const auto open,
      ReadNumber(connection, "SELECT open_count FROM event_group WHERE topic = ? AND group_name = ?", topic, group));
  DATELINE_ASSIGN_OR_RETURN(
      const auto oldest,
      ReadNumber(connection, "SELECT min(sequence) FROM event_open WHERE topic = ? AND group_name = ?", topic, group));
  DATELINE_ASSIGN_OR_RETURN(
      const auto dead,
      ReadNumber(connection, "SELECT count(*) FROM event_dead WHERE topic = ? AND group_name = ?", topic, group));
  lag.open = open.value_or(0);
  lag.dead = dead.value_or(0);
  lag.done_below = std::min(begin, Sequence(oldest.value_or(begin.value())));
  return lag;
}

absl::StatusOr<TrimResult> TrimTopic(sql::Connection& connection, const TrimRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const TopicRow topic, ReadTopic(connection, request.topic));
  DATELINE_ASSIGN_OR_RETURN(const Sequence pinned, PinnedBelow(connection, request.topic, topic.head));
  TrimResult result{.low_water = topic.low_water};
  DATELINE_RETURN_IF_ERROR(FindLowWater(connection, request, pinned, &result));
  if (result.trimmed > 0) DATELINE_RETURN_IF_ERROR(DropBelow(connection, request, &result));
  return result;
}

}  // namespace dateline::eventlog
