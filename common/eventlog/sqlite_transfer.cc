#include "common/eventlog/sqlite_transfer.h"

#include <algorithm>

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/sqlite_schema.h"
#include "common/sql/statement.h"

namespace dateline::eventlog {

absl::StatusOr<LogState> ReadLogState(sql::Connection& connection) {
  LogState state;
  sql::Statement epoch(connection, "SELECT epoch FROM event_epoch WHERE id = 1");
  DATELINE_RETURN_IF_ERROR(epoch.Step().status());
  EpochFromBytes(epoch.ColumnBlob(0), &state.epoch);
  sql::Statement topics(connection, "SELECT topic, head, low_water FROM event_topic ORDER BY topic");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, topics.Step());
    if (!row) return state;
    state.topics.push_back(
        {topics.ColumnString(0), Sequence(topics.ColumnUint64(1)), Sequence(topics.ColumnUint64(2))});
  }
}

absl::StatusOr<std::vector<GroupState>> ReadGroupStates(sql::Connection& connection) {
  std::vector<GroupState> groups;
  sql::Statement select(connection,
                        "SELECT topic, group_name, next_sequence FROM event_group ORDER BY topic, group_name");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    groups.push_back({select.ColumnString(0), select.ColumnString(1), Sequence(select.ColumnUint64(2)), {}});
  }
  for (GroupState& group : groups) {
    sql::Statement open(connection,
                        "SELECT sequence FROM event_open WHERE topic = ?1 AND group_name = ?2 UNION SELECT sequence "
                        "FROM event_dead WHERE topic = ?1 AND group_name = ?2 ORDER BY sequence");
    open.BindAll(group.topic, group.group);
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool row, open.Step());
      if (!row) break;
      group.open.emplace_back(open.ColumnUint64(0));
    }
  }
  return groups;
}

absl::StatusOr<bool> AdoptLog(sql::Connection& connection, const LogState& state) {
  DATELINE_ASSIGN_OR_RETURN(const LogState own, ReadLogState(connection));
  if (own.epoch == state.epoch) return false;
  if (std::ranges::any_of(own.topics, [](const TopicHead& topic) { return topic.head.value() > 0; })) {
    return LogNotEmpty();
  }
  sql::Statement epoch(connection, "UPDATE event_epoch SET epoch = ? WHERE id = 1");
  DATELINE_RETURN_IF_ERROR(epoch.Bind(1, sql::Blob{EpochToBytes(state.epoch)}).Run());
  DATELINE_RETURN_IF_ERROR(connection.Execute("DELETE FROM event_group; DELETE FROM event_open"));
  sql::Statement update(connection, "UPDATE event_topic SET head = ?2, low_water = ?2 + 1 WHERE topic = ?1");
  for (const TopicHead& topic : state.topics) {
    DATELINE_RETURN_IF_ERROR(update.BindAll(topic.topic, topic.low_water.value() - 1).Run());
  }
  return true;
}

absl::StatusOr<size_t> StoreRecords(sql::Connection& connection, const std::vector<Record>& records) {
  size_t stored = 0;
  sql::Statement insert(connection, "INSERT INTO event (" DATELINE_EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  sql::Statement head(connection, "UPDATE event_topic SET head = ?2 WHERE topic = ?1");
  for (const Record& record : records) {
    DATELINE_ASSIGN_OR_RETURN(const TopicRow topic, ReadTopic(connection, record.topic));
    if (record.sequence <= topic.head) continue;
    if (record.sequence != topic.head.Next()) return EventOutOfPlace(record.topic, record.sequence, topic.head);
    insert.BindAll(record.topic, record.sequence.value(), record.id, record.type, record.subject, record.partition_key,
                   ToMicros(record.time), sql::Blob{record.payload});
    DATELINE_RETURN_IF_ERROR(insert.Run());
    DATELINE_RETURN_IF_ERROR(head.BindAll(record.topic, record.sequence.value()).Run());
    ++stored;
  }
  return stored;
}

absl::StatusOr<bool> AdoptGroup(sql::Connection& connection, const GroupState& state) {
  DATELINE_RETURN_IF_ERROR(ReadTopic(connection, state.topic).status());
  {
    sql::Statement select(connection,
                          "SELECT next_sequence FROM event_group WHERE topic = ?1 AND group_name = ?2 AND "
                          "next_sequence >= ?3 AND open_count = ?4");
    select.BindAll(state.topic, state.group, state.next.value(), state.open.size());
    DATELINE_ASSIGN_OR_RETURN(const bool that_far, select.Step());
    if (that_far) return false;
  }
  sql::Statement remove(connection, "DELETE FROM event_open WHERE topic = ?1 AND group_name = ?2");
  DATELINE_RETURN_IF_ERROR(remove.BindAll(state.topic, state.group).Run());
  sql::Statement put(connection,
                     "INSERT INTO event_group (topic, group_name, next_sequence, open_count) VALUES (?1, ?2, ?3, ?4) "
                     "ON CONFLICT (topic, group_name) DO UPDATE SET next_sequence = excluded.next_sequence, "
                     "open_count = excluded.open_count");
  DATELINE_RETURN_IF_ERROR(put.BindAll(state.topic, state.group, state.next.value(), state.open.size()).Run());
  sql::Statement open(connection,
                      "INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, holder, "
                      "error) VALUES (?1, ?2, ?3, 0, 0, '', '', '')");
  for (const Sequence sequence : state.open) {
    DATELINE_RETURN_IF_ERROR(open.BindAll(state.topic, state.group, sequence.value()).Run());
  }
  return true;
}

}  // namespace dateline::eventlog
