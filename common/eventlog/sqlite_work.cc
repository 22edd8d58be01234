#include "common/eventlog/sqlite_work.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/sqlite_schema.h"
#include "common/sql/statement.h"

namespace dateline::eventlog {
namespace {

// A group's row while a lease works on it.
struct Group {
  Sequence next;
  uint64_t open = 0;
};

struct OpenRow {
  Sequence sequence;
  uint32_t attempts = 0;
  std::string holder;
  std::string error;
};

absl::StatusOr<Group> MakeGroup(sql::Connection& connection, const LeaseRequest& request, Sequence low_water) {
  sql::Statement count(connection, "SELECT count(*) FROM event_group WHERE topic = ?");
  DATELINE_RETURN_IF_ERROR(count.Bind(1, request.topic).Step().status());
  if (count.ColumnUint64(0) >= kGroupsMax) return TooManyGroups(request);
  sql::Statement insert(connection,
                        "INSERT INTO event_group (topic, group_name, next_sequence, open_count) VALUES (?, ?, ?, 0)");
  DATELINE_RETURN_IF_ERROR(insert.BindAll(request.topic, request.group, low_water.value()).Run());
  return Group{low_water, 0};
}

absl::StatusOr<Group> ReadOrMakeGroup(sql::Connection& connection, const LeaseRequest& request, Sequence low_water) {
  sql::Statement select(connection,
                        "SELECT next_sequence, open_count FROM event_group WHERE topic = ? AND group_name = ?");
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.BindAll(request.topic, request.group).Step());
  if (!found) return MakeGroup(connection, request, low_water);
  return Group{Sequence(select.ColumnUint64(0)), select.ColumnUint64(1)};
}

absl::StatusOr<std::vector<OpenRow>> ReadAvailable(sql::Connection& connection, WallTime now,
                                                   const LeaseRequest& request) {
  sql::Statement select(
      connection,
      "SELECT sequence, attempts, holder, error FROM event_open WHERE topic = ? AND group_name = ? AND "
      "available_time <= ? ORDER BY available_time, sequence LIMIT ?");
  select.BindAll(request.topic, request.group, ToMicros(now), request.max);
  std::vector<OpenRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return rows;
    rows.push_back({Sequence(select.ColumnUint64(0)), static_cast<uint32_t>(select.ColumnInt64(1)),
                    select.ColumnString(2), select.ColumnString(3)});
  }
}

absl::Status Bury(sql::Connection& connection, WallTime now, std::string_view topic, std::string_view group,
                  const OpenRow& open) {
  DATELINE_ASSIGN_OR_RETURN(const Record record, ReadRecord(connection, topic, open.sequence));
  sql::Statement insert(connection,
                        "INSERT INTO event_dead (topic, group_name, sequence, subject, error, attempts, dead_time) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)");
  insert.BindAll(topic, group, open.sequence.value(), record.subject, open.error, open.attempts, ToMicros(now));
  DATELINE_RETURN_IF_ERROR(insert.Run());
  sql::Statement remove(connection, "DELETE FROM event_open WHERE topic = ? AND group_name = ? AND sequence = ?");
  return remove.BindAll(topic, group, open.sequence.value()).Run();
}

absl::Status TakeExpired(sql::Connection& connection, WallTime now, const WorkLimits& limits,
                         const LeaseRequest& request, std::string_view token, Group* group, LeaseResult* result) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<OpenRow> rows, ReadAvailable(connection, now, request));
  const int64_t expire = ToMicros(now + request.duration);
  sql::Statement update(connection,
                        "UPDATE event_open SET attempts = ?, available_time = ?, token = ?, holder = ? WHERE topic = ? "
                        "AND group_name = ? AND sequence = ?");
  for (OpenRow& row : rows) {
    if (row.attempts >= limits.attempts_max) {
      row.error = ErrorOfExpired(row.error, row.holder, row.attempts);
      DATELINE_RETURN_IF_ERROR(Bury(connection, now, request.topic, request.group, row));
      --group->open;
      continue;
    }
    DATELINE_ASSIGN_OR_RETURN(Record record, ReadRecord(connection, request.topic, row.sequence));
    if (!FitsLease(request, *result, record)) return absl::OkStatus();
    update.BindAll(row.attempts + 1, expire, token, request.holder, request.topic, request.group, row.sequence.value());
    DATELINE_RETURN_IF_ERROR(update.Run());
    result->events.push_back({std::move(record), std::string(token), row.attempts + 1, FromMicros(expire)});
  }
  return absl::OkStatus();
}

absl::Status TakeNew(sql::Connection& connection, WallTime now, const WorkLimits& limits, const LeaseRequest& request,
                     std::string_view token, Group* group, LeaseResult* result) {
  const int64_t expire = ToMicros(now + request.duration);
  sql::Statement select(connection, "SELECT " DATELINE_EVENT_COLUMNS
                                    " FROM event WHERE topic = ? AND sequence >= ? ORDER BY sequence LIMIT ?");
  select.BindAll(request.topic, group->next.value(), request.max - result->events.size());
  sql::Statement insert(connection,
                        "INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, holder, "
                        "error) VALUES (?, ?, ?, 1, ?, ?, ?, '')");
  while (group->open < limits.open_max) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    Record record = RecordOf(select);
    if (!FitsLease(request, *result, record)) return absl::OkStatus();
    insert.BindAll(request.topic, request.group, record.sequence.value(), expire, token, request.holder);
    DATELINE_RETURN_IF_ERROR(insert.Run());
    group->next = record.sequence.Next();
    ++group->open;
    result->events.push_back({std::move(record), std::string(token), 1, FromMicros(expire)});
  }
  return absl::OkStatus();
}

// What becomes of an event that is neither open nor known to be done: it is dead, or was never leased.
absl::StatusOr<bool> IsDone(sql::Connection& connection, const LeaseReference& lease) {
  sql::Statement select(connection,
                        "SELECT 1 FROM event_group AS g WHERE g.topic = ?1 AND g.group_name = ?2 AND ?3 > 0 AND "
                        "?3 < g.next_sequence AND NOT EXISTS (SELECT 1 FROM event_open AS o WHERE o.topic = ?1 AND "
                        "o.group_name = ?2 AND o.sequence = ?3) AND NOT EXISTS (SELECT 1 FROM event_dead AS d WHERE "
                        "d.topic = ?1 AND d.group_name = ?2 AND d.sequence = ?3)");
  return select.BindAll(lease.topic, lease.group, lease.sequence.value()).Step();
}

absl::Status AddToOpenCount(sql::Connection& connection, const LeaseReference& lease, int difference) {
  sql::Statement update(connection,
                        "UPDATE event_group SET open_count = open_count + ? WHERE topic = ? AND group_name = ?");
  return update.BindAll(difference, lease.topic, lease.group).Run();
}

}  // namespace

absl::StatusOr<LeaseResult> LeaseWork(sql::Connection& connection, WallTime now, const WorkLimits& limits,
                                      const LeaseRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const TopicRow topic, ReadTopic(connection, request.topic));
  DATELINE_ASSIGN_OR_RETURN(Group group, ReadOrMakeGroup(connection, request, topic.low_water));
  const Group before = group;
  // One token for the whole call: it tells this call's leases from all others, which is all that it is for.
  const std::string token = UuidV4();
  LeaseResult result;
  DATELINE_RETURN_IF_ERROR(TakeExpired(connection, now, limits, request, token, &group, &result));
  DATELINE_RETURN_IF_ERROR(TakeNew(connection, now, limits, request, token, &group, &result));
  if (group.next != before.next || group.open != before.open) {
    sql::Statement update(
        connection, "UPDATE event_group SET next_sequence = ?, open_count = ? WHERE topic = ? AND group_name = ?");
    update.BindAll(group.next.value(), group.open, request.topic, request.group);
    DATELINE_RETURN_IF_ERROR(update.Run());
  }
  std::ranges::sort(result.events, {}, [](const LeasedEvent& event) { return event.record.sequence; });
  result.backlog = topic.head.value() + 1 - group.next.value();
  return result;
}

absl::StatusOr<bool> ExtendWork(sql::Connection& connection, WallTime expire_time, const LeaseReference& lease) {
  DATELINE_RETURN_IF_ERROR(ReadTopic(connection, lease.topic).status());
  sql::Statement update(
      connection,
      "UPDATE event_open SET available_time = ? WHERE topic = ? AND group_name = ? AND sequence = ? AND "
      "token = ? AND token <> ''");
  update.BindAll(ToMicros(expire_time), lease.topic, lease.group, lease.sequence.value(), lease.token);
  DATELINE_RETURN_IF_ERROR(update.Run());
  return connection.changes() == 1;
}

absl::StatusOr<AckOutcome> AckWork(sql::Connection& connection, const LeaseReference& lease) {
  DATELINE_RETURN_IF_ERROR(ReadTopic(connection, lease.topic).status());
  sql::Statement remove(connection,
                        "DELETE FROM event_open WHERE topic = ? AND group_name = ? AND sequence = ? AND token = ? AND "
                        "token <> ''");
  remove.BindAll(lease.topic, lease.group, lease.sequence.value(), lease.token);
  DATELINE_RETURN_IF_ERROR(remove.Run());
  if (connection.changes() == 1) {
    DATELINE_RETURN_IF_ERROR(AddToOpenCount(connection, lease, -1));
    return AckOutcome::kAcked;
  }
  DATELINE_ASSIGN_OR_RETURN(const bool done, IsDone(connection, lease));
  if (done) return AckOutcome::kAlreadyDone;
  return LeaseLost(lease);
}

absl::StatusOr<NackResult> NackWork(sql::Connection& connection, WallTime now, const WorkLimits& limits,
                                    const NackRequest& request) {
  const LeaseReference& lease = request.lease;
  DATELINE_RETURN_IF_ERROR(ReadTopic(connection, lease.topic).status());
  OpenRow open{.sequence = lease.sequence, .attempts = 0, .holder = "", .error = CutError(request.error)};
  {
    sql::Statement select(connection,
                          "SELECT attempts FROM event_open WHERE topic = ? AND group_name = ? AND sequence = ? AND "
                          "token = ? AND token <> ''");
    select.BindAll(lease.topic, lease.group, lease.sequence.value(), lease.token);
    DATELINE_ASSIGN_OR_RETURN(const bool held, select.Step());
    if (!held) return LeaseLost(lease);
    open.attempts = static_cast<uint32_t>(select.ColumnInt64(0));
  }
  if (request.permanent || open.attempts >= limits.attempts_max) {
    DATELINE_RETURN_IF_ERROR(Bury(connection, now, lease.topic, lease.group, open));
    DATELINE_RETURN_IF_ERROR(AddToOpenCount(connection, lease, -1));
    return NackResult{.dead = true};
  }
  sql::Statement update(
      connection,
      "UPDATE event_open SET available_time = ?, token = '', holder = '', error = ? WHERE topic = ? AND "
      "group_name = ? AND sequence = ?");
  update.BindAll(ToMicros(now + request.retry_delay), open.error, lease.topic, lease.group, lease.sequence.value());
  DATELINE_RETURN_IF_ERROR(update.Run());
  return NackResult{.dead = false};
}

}  // namespace dateline::eventlog
