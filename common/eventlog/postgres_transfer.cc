#include "common/eventlog/postgres_transfer.h"

#include <algorithm>
#include <map>

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/postgres_schema.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

}  // namespace

absl::StatusOr<LogState> ReadLogState(Connection& connection) {
  LogState state;
  const auto epoch_ticket = connection.Send("SELECT epoch FROM event_epoch WHERE id = 1");
  DATELINE_ASSIGN_OR_RETURN(
      const Result topics,
      connection.Query("SELECT t.topic, t.head, l.low_water FROM event_topic t JOIN event_low_water l "
                       "ON l.topic = t.topic ORDER BY t.topic"));
  DATELINE_ASSIGN_OR_RETURN(const Result epoch, connection.Take(epoch_ticket));
  EpochFromBytes(epoch.Bytes(0, 0), &state.epoch);
  for (int i = 0; i < topics.rows(); ++i) {
    state.topics.push_back({topics.String(i, 0), Sequence(topics.Uint64(i, 1)), Sequence(topics.Uint64(i, 2))});
  }
  return state;
}

absl::StatusOr<std::vector<GroupState>> ReadGroupStates(Connection& connection) {
  const auto open_ticket = connection.Send(
      "SELECT topic, group_name, sequence FROM event_open UNION SELECT topic, group_name, sequence FROM event_dead "
      "ORDER BY topic, group_name, sequence");
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT topic, group_name, next_sequence FROM event_group ORDER BY topic, group_name"));
  DATELINE_ASSIGN_OR_RETURN(const Result open, connection.Take(open_ticket));
  std::map<std::pair<std::string, std::string>, std::vector<Sequence>> waiting;
  for (int i = 0; i < open.rows(); ++i) waiting[{open.String(i, 0), open.String(i, 1)}].emplace_back(open.Uint64(i, 2));
  std::vector<GroupState> groups;
  for (int i = 0; i < rows.rows(); ++i) {
    groups.push_back({rows.String(i, 0), rows.String(i, 1), Sequence(rows.Uint64(i, 2)),
                      std::move(waiting[{rows.String(i, 0), rows.String(i, 1)}])});
  }
  return groups;
}

absl::StatusOr<bool> AdoptLog(Connection& connection, const LogState& state) {
  DATELINE_ASSIGN_OR_RETURN(const LogState own, ReadLogState(connection));
  if (own.epoch == state.epoch) return false;
  if (std::ranges::any_of(own.topics, [](const TopicHead& topic) { return topic.head.value() > 0; })) {
    return LogNotEmpty();
  }
  connection.Post("UPDATE event_epoch SET epoch = $1 WHERE id = 1", Parameters::Of(Bytes{EpochToBytes(state.epoch)}));
  connection.Post("DELETE FROM event_group");
  connection.Post("DELETE FROM event_open");
  for (const TopicHead& topic : state.topics) {
    connection.Post("UPDATE event_topic SET head = $2 WHERE topic = $1",
                    Parameters::Of(topic.topic, topic.low_water.value() - 1));
    connection.Post("UPDATE event_low_water SET low_water = $2 WHERE topic = $1",
                    Parameters::Of(topic.topic, topic.low_water.value()));
  }
  return true;
}

absl::StatusOr<size_t> StoreRecords(Connection& connection, const std::vector<Record>& records) {
  DATELINE_ASSIGN_OR_RETURN(const LogState state, ReadLogState(connection));
  std::map<std::string, Sequence, std::less<>> heads;
  for (const TopicHead& topic : state.topics) heads[topic.topic] = topic.head;
  std::vector<const Record*> missing;
  for (const Record& record : records) {
    const auto head = heads.find(record.topic);
    if (head == heads.end()) return UnknownTopic(record.topic);
    if (record.sequence <= head->second) continue;
    if (record.sequence != head->second.Next()) return EventOutOfPlace(record.topic, record.sequence, head->second);
    head->second = record.sequence;
    missing.push_back(&record);
  }
  if (missing.empty()) return size_t{0};
  SendRecords(connection, missing);
  for (const auto& [topic, head] : heads) {
    connection.Post("UPDATE event_topic SET head = $2 WHERE topic = $1 AND head < $2",
                    Parameters::Of(topic, head.value()));
  }
  return missing.size();
}

absl::StatusOr<bool> AdoptGroup(Connection& connection, const GroupState& state) {
  std::vector<int64_t> open;
  for (const Sequence sequence : state.open) open.push_back(static_cast<int64_t>(sequence.value()));
  DATELINE_ASSIGN_OR_RETURN(
      const Result that_far,
      connection.Query("SELECT 1 FROM event_group g WHERE g.topic = $1 AND g.group_name = $2 AND g.next_sequence >= $3 "
                       "AND (SELECT count(*) FROM event_open o WHERE o.topic = $1 AND o.group_name = $2) = $4",
                       Parameters::Of(state.topic, state.group, state.next.value(), state.open.size())));
  if (!that_far.empty()) return false;
  connection.Post("DELETE FROM event_open WHERE topic = $1 AND group_name = $2",
                  Parameters::Of(state.topic, state.group));
  connection.Post(
      "INSERT INTO event_group (topic, group_name, next_sequence) VALUES ($1, $2, $3) "
      "ON CONFLICT (topic, group_name) DO UPDATE SET next_sequence = excluded.next_sequence",
      Parameters::Of(state.topic, state.group, state.next.value()));
  connection.Post(
      "INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, holder, error) "
      "SELECT $1, $2, r.sequence, 0, 0, '', '', '' FROM unnest($3) AS r (sequence)",
      Parameters::Of(state.topic, state.group, open));
  return true;
}

}  // namespace dateline::eventlog
