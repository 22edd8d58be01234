#include "common/eventlog/postgres_upkeep.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/postgres_schema.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// The first event that a group still has to do with: not yet leased, open, or dead.
constexpr std::string_view kPinned =
    "SELECT min(least(g.next_sequence, (SELECT min(o.sequence) FROM event_open o WHERE o.topic = g.topic AND "
    "o.group_name = g.group_name), (SELECT min(d.sequence) FROM event_dead d WHERE d.topic = g.topic AND d.group_name "
    "= "
    "g.group_name))) FROM event_group g WHERE g.topic = $1";

absl::Status DropBelow(Connection& connection, const TrimRequest& request, TrimResult* result) {
  const uint64_t low_water = result->low_water.value();
  const auto open = connection.Send("DELETE FROM event_open WHERE topic = $1 AND sequence < $2",
                                    Parameters::Of(request.topic, low_water));
  const auto dead = connection.Send("DELETE FROM event_dead WHERE topic = $1 AND sequence < $2",
                                    Parameters::Of(request.topic, low_water));
  connection.Post("UPDATE event_group SET next_sequence = $2 WHERE topic = $1 AND next_sequence < $2",
                  Parameters::Of(request.topic, low_water));
  connection.Post("DELETE FROM event WHERE topic = $1 AND sequence < $2", Parameters::Of(request.topic, low_water));
  connection.Post("UPDATE event_low_water SET low_water = $2 WHERE topic = $1",
                  Parameters::Of(request.topic, low_water));
  for (const auto ticket : {open, dead}) {
    DATELINE_ASSIGN_OR_RETURN(const Result removed, connection.Take(ticket));
    result->abandoned += static_cast<uint64_t>(removed.affected());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeadLetterPage> ReadDeadLetters(Connection& connection, const DeadLetterQuery& query) {
  if (!query.topic.empty()) {
    const auto topic = SendTopic(connection, query.topic);
    DATELINE_RETURN_IF_ERROR(TakeTopic(connection, topic, query.topic).status());
  }
  const auto limit = static_cast<int>(std::clamp<uint32_t>(query.limit, 1, kReadLimitMax));
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT id, topic, group_name, sequence, subject, error, attempts, dead_time FROM event_dead "
          "WHERE id > $1 AND ($2 = '' OR topic = $2) AND ($3 = '' OR group_name = $3) ORDER BY id LIMIT $4",
          Parameters::Of(ToBigint(query.after_id), query.topic, query.group, limit + 1)));
  DeadLetterPage page;
  for (int i = 0; i < rows.rows(); ++i) {
    if (i == limit) {
      page.next_after_id = page.dead_letters.back().id;
      return page;
    }
    page.dead_letters.push_back({.id = rows.Uint64(i, 0),
                                 .topic = rows.String(i, 1),
                                 .group = rows.String(i, 2),
                                 .sequence = Sequence(rows.Uint64(i, 3)),
                                 .subject = rows.String(i, 4),
                                 .error = rows.String(i, 5),
                                 .attempts = static_cast<uint32_t>(rows.Int64(i, 6)),
                                 .dead_time = FromMicros(rows.Int64(i, 7))});
  }
  return page;
}

absl::StatusOr<uint32_t> ReviveDeadLetters(Connection& connection, WallTime now, const RetryRequest& request) {
  const auto topic = SendTopic(connection, request.topic);
  DATELINE_RETURN_IF_ERROR(TakeTopic(connection, topic, request.topic).status());
  if (request.sequences.size() > kReadLimitMax) return TooManySequences(request);
  std::vector<int64_t> wanted;
  for (const Sequence sequence : request.sequences) wanted.push_back(ToBigint(sequence.value()));
  DATELINE_ASSIGN_OR_RETURN(
      const Result revived,
      connection.Query("WITH chosen AS (SELECT id FROM event_dead WHERE topic = $1 AND group_name = $2 AND "
                       "(cardinality($3::bigint[]) = 0 OR sequence = ANY ($3)) ORDER BY id LIMIT $4 FOR UPDATE), "
                       "revived AS (DELETE FROM event_dead WHERE id IN (SELECT id FROM chosen) RETURNING sequence, "
                       "error) INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, "
                       "holder, error) SELECT $1, $2, sequence, 0, $5, '', '', error FROM revived",
                       Parameters::Of(request.topic, request.group, wanted, kReadLimitMax, ToMicros(now))));
  return static_cast<uint32_t>(revived.affected());
}

absl::StatusOr<GroupLag> ReadLag(Connection& connection, std::string_view group, std::string_view topic) {
  const auto topic_ticket = SendTopic(connection, topic);
  const auto ticket = connection.Send(
      "SELECT g.next_sequence, (SELECT count(*) FROM event_open o WHERE o.topic = $1 AND o.group_name = $2), (SELECT "
      "count(*) FROM event_dead d WHERE d.topic = $1 AND d.group_name = $2), (SELECT min(o.sequence) FROM event_open o "
      "WHERE o.topic = $1 AND o.group_name = $2) FROM event_group g WHERE g.topic = $1 AND g.group_name = $2",
      Parameters::Of(topic, group));
  DATELINE_ASSIGN_OR_RETURN(const PostgresTopic row, TakeTopic(connection, topic_ticket, topic));
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  const Sequence begin = rows.empty() ? row.low_water : Sequence(rows.Uint64(0, 0));
  GroupLag lag{.waiting = row.head.value() + 1 - begin.value(), .done_below = begin};
  if (rows.empty()) return lag;
  lag.open = rows.Uint64(0, 1);
  lag.dead = rows.Uint64(0, 2);
  if (!rows.IsNull(0, 3)) lag.done_below = std::min(begin, Sequence(rows.Uint64(0, 3)));
  return lag;
}

absl::StatusOr<TrimResult> TrimTopic(Connection& connection, const TrimRequest& request) {
  // Several processes trim one after the other.
  const auto lock = connection.Send("SELECT low_water FROM event_low_water WHERE topic = $1 FOR UPDATE",
                                    Parameters::Of(request.topic));
  const auto topic_ticket = SendTopic(connection, request.topic);
  const auto pinned_ticket = connection.Send(kPinned, Parameters::Of(request.topic));
  const auto oldest = connection.Send(
      "SELECT sequence, time FROM event WHERE topic = $1 AND sequence >= (SELECT low_water FROM event_low_water WHERE "
      "topic = $1) ORDER BY sequence LIMIT $2",
      Parameters::Of(request.topic, uint64_t{request.limit} + 1));
  DATELINE_RETURN_IF_ERROR(connection.Take(lock).status());
  DATELINE_ASSIGN_OR_RETURN(const PostgresTopic topic, TakeTopic(connection, topic_ticket, request.topic));
  DATELINE_ASSIGN_OR_RETURN(const Result pinned_rows, connection.Take(pinned_ticket));
  const Sequence pinned = pinned_rows.IsNull(0, 0) ? topic.head.Next() : Sequence(pinned_rows.Uint64(0, 0));
  TrimResult result{.low_water = topic.low_water};
  DATELINE_ASSIGN_OR_RETURN(const Result events, connection.Take(oldest));
  for (int i = 0; i < events.rows(); ++i) {
    if (!TakeToTrim(request, pinned, Sequence(events.Uint64(i, 0)), FromMicros(events.Int64(i, 1)), &result)) break;
  }
  if (result.trimmed > 0) DATELINE_RETURN_IF_ERROR(DropBelow(connection, request, &result));
  return result;
}

}  // namespace dateline::eventlog
