#include "common/eventlog/postgres_work.h"

#include <algorithm>
#include <string>

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/postgres_schema.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

constexpr std::string_view kLockGroup =
    "SELECT next_sequence FROM event_group WHERE topic = $1 AND group_name = $2 FOR UPDATE";

// Everything that one lease call asks, sent together.
struct Questions {
  Connection::Ticket topic = 0;
  Connection::Ticket expired = 0;
  Connection::Ticket open = 0;
  Connection::Ticket fresh = 0;
};

Questions Ask(Connection& connection, WallTime now, const WorkLimits& limits, const LeaseRequest& request) {
  Questions questions;
  questions.topic = SendTopic(connection, request.topic);
  // What another call is taking at this moment is passed over instead of waited for.
  questions.expired = connection.Send(
      "SELECT o.attempts, o.holder, o.error, " DATELINE_PG_EVENT_COLUMNS
      " FROM event_open o JOIN event e ON e.topic = o.topic AND e.sequence = o.sequence WHERE o.topic = $1 AND "
      "o.group_name = $2 AND o.available_time <= $3 ORDER BY o.available_time, o.sequence LIMIT $4 FOR UPDATE OF o "
      "SKIP LOCKED",
      Parameters::Of(request.topic, request.group, ToMicros(now), request.max));
  questions.open =
      connection.Send("SELECT count(*) FROM (SELECT 1 FROM event_open WHERE topic = $1 AND group_name = $2 LIMIT $3) o",
                      Parameters::Of(request.topic, request.group, limits.open_max + request.max));
  // The group's row is locked, so no other call gives the same new events.
  questions.fresh = connection.Send(
      "SELECT " DATELINE_PG_EVENT_COLUMNS
      " FROM event e WHERE e.topic = $1 AND e.sequence >= (SELECT next_sequence FROM event_group WHERE topic = $1 AND "
      "group_name = $2) ORDER BY e.sequence LIMIT $3",
      Parameters::Of(request.topic, request.group, request.max));
  return questions;
}

absl::Status MakeGroup(Connection& connection, const LeaseRequest& request) {
  const auto count =
      connection.Send("SELECT count(*) FROM event_group WHERE topic = $1", Parameters::Of(request.topic));
  const auto topic_ticket = SendTopic(connection, request.topic);
  DATELINE_ASSIGN_OR_RETURN(const PostgresTopic topic, TakeTopic(connection, topic_ticket, request.topic));
  DATELINE_ASSIGN_OR_RETURN(const Result groups, connection.Take(count));
  if (groups.Uint64(0, 0) >= kGroupsMax) return TooManyGroups(request);
  // Another process may make it at the same time.
  connection.Post(
      "INSERT INTO event_group (topic, group_name, next_sequence) VALUES ($1, $2, $3) ON CONFLICT (topic, group_name) "
      "DO "
      "NOTHING",
      Parameters::Of(request.topic, request.group, topic.low_water.value()));
  return absl::OkStatus();
}

void Bury(Connection& connection, WallTime now, const LeaseReference& lease, std::string_view error,
          uint32_t attempts) {
  connection.Post(
      "INSERT INTO event_dead (topic, group_name, sequence, subject, error, attempts, dead_time) SELECT topic, $2, "
      "sequence, subject, $4, $5, $6 FROM event WHERE topic = $1 AND sequence = $3",
      Parameters::Of(lease.topic, lease.group, lease.sequence.value(), Bytes{error}, attempts, ToMicros(now)));
  connection.Post("DELETE FROM event_open WHERE topic = $1 AND group_name = $2 AND sequence = $3",
                  Parameters::Of(lease.topic, lease.group, lease.sequence.value()));
}

// Takes what was leased before and is free again; `*buried` counts what is dead now.
absl::Status TakeExpired(Connection& connection, WallTime now, const WorkLimits& limits, const LeaseRequest& request,
                         const Result& rows, std::string_view token, LeaseResult* result, uint64_t* buried) {
  const WallTime expire = FromMicros(ToMicros(now + request.duration));
  std::vector<int64_t> taken;
  for (int i = 0; i < rows.rows(); ++i) {
    const auto attempts = static_cast<uint32_t>(rows.Int64(i, 0));
    Record record = RecordOf(rows, i, 3);
    if (attempts >= limits.attempts_max) {
      Bury(connection, now, {.topic = request.topic, .group = request.group, .sequence = record.sequence},
           ErrorOfExpired(rows.Text(i, 2), rows.Text(i, 1), attempts), attempts);
      ++*buried;
      continue;
    }
    if (!FitsLease(request, *result, record)) break;
    taken.push_back(static_cast<int64_t>(record.sequence.value()));
    result->events.push_back({std::move(record), std::string(token), attempts + 1, expire});
  }
  if (taken.empty()) return absl::OkStatus();
  connection.Post(
      "UPDATE event_open SET attempts = attempts + 1, available_time = $4, token = $5, holder = $6 WHERE topic = $1 "
      "AND "
      "group_name = $2 AND sequence = ANY ($3)",
      Parameters::Of(request.topic, request.group, taken, ToMicros(expire), Bytes{token}, Bytes{request.holder}));
  return absl::OkStatus();
}

void TakeNew(Connection& connection, WallTime now, uint64_t room, const LeaseRequest& request, const Result& rows,
             std::string_view token, Sequence* next, LeaseResult* result) {
  const WallTime expire = FromMicros(ToMicros(now + request.duration));
  std::vector<int64_t> taken;
  for (int i = 0; i < rows.rows() && taken.size() < room && result->events.size() < request.max; ++i) {
    Record record = RecordOf(rows, i);
    if (!FitsLease(request, *result, record)) break;
    *next = record.sequence.Next();
    taken.push_back(static_cast<int64_t>(record.sequence.value()));
    result->events.push_back({std::move(record), std::string(token), 1, expire});
  }
  if (taken.empty()) return;
  connection.Post(
      "INSERT INTO event_open (topic, group_name, sequence, attempts, available_time, token, holder, error) SELECT $1, "
      "$2, s, 1, $4, $5, $6, '' FROM unnest($3::bigint[]) AS s",
      Parameters::Of(request.topic, request.group, taken, ToMicros(expire), Bytes{token}, Bytes{request.holder}));
  connection.Post("UPDATE event_group SET next_sequence = $3 WHERE topic = $1 AND group_name = $2",
                  Parameters::Of(request.topic, request.group, next->value()));
}

}  // namespace

absl::StatusOr<LeaseResult> LeaseWork(Connection& connection, WallTime now, const WorkLimits& limits,
                                      const LeaseRequest& request) {
  auto group = connection.Send(kLockGroup, Parameters::Of(request.topic, request.group));
  Questions questions = Ask(connection, now, limits, request);
  DATELINE_ASSIGN_OR_RETURN(Result locked, connection.Take(group));
  if (locked.empty()) {
    DATELINE_RETURN_IF_ERROR(MakeGroup(connection, request));
    group = connection.Send(kLockGroup, Parameters::Of(request.topic, request.group));
    questions = Ask(connection, now, limits, request);
    DATELINE_ASSIGN_OR_RETURN(locked, connection.Take(group));
  }
  DATELINE_ASSIGN_OR_RETURN(const PostgresTopic topic, TakeTopic(connection, questions.topic, request.topic));
  DATELINE_ASSIGN_OR_RETURN(const Result expired, connection.Take(questions.expired));
  DATELINE_ASSIGN_OR_RETURN(const Result open, connection.Take(questions.open));
  DATELINE_ASSIGN_OR_RETURN(const Result fresh, connection.Take(questions.fresh));
  Sequence next(locked.Uint64(0, 0));
  // One token for the whole call: it tells this call's leases from all others, which is all that it is for.
  const std::string token = UuidV4();
  LeaseResult result;
  uint64_t buried = 0;
  DATELINE_RETURN_IF_ERROR(TakeExpired(connection, now, limits, request, expired, token, &result, &buried));
  const uint64_t left = open.Uint64(0, 0) - buried;
  TakeNew(connection, now, limits.open_max - std::min(limits.open_max, left), request, fresh, token, &next, &result);
  std::ranges::sort(result.events, {}, [](const LeasedEvent& event) { return event.record.sequence; });
  result.backlog = topic.head.value() + 1 - std::min(topic.head.value() + 1, next.value());
  return result;
}

absl::StatusOr<std::vector<LeaseReference>> ExtendWork(Connection& connection, WallTime expire_time,
                                                       const std::vector<LeaseReference>& leases) {
  std::vector<Connection::Ticket> tickets;
  for (const LeaseReference& lease : leases) {
    tickets.push_back(
        connection.Send("UPDATE event_open SET available_time = $5 WHERE topic = $1 AND group_name = $2 AND sequence = "
                        "$3 AND token = $4 "
                        "AND token <> ''",
                        Parameters::Of(lease.topic, lease.group, ToBigint(lease.sequence.value()), Bytes{lease.token},
                                       ToMicros(expire_time))));
  }
  std::vector<LeaseReference> lost;
  for (size_t i = 0; i < leases.size(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(const Result updated, connection.Take(tickets[i]));
    if (updated.affected() != 1) lost.push_back(leases[i]);
  }
  return lost;
}

Connection::Ticket SendAckWork(Connection& connection, const LeaseReference& lease) {
  return connection.Send(
      "DELETE FROM event_open WHERE topic = $1 AND group_name = $2 AND sequence = $3 AND token = $4 AND token <> ''",
      Parameters::Of(lease.topic, lease.group, ToBigint(lease.sequence.value()), Bytes{lease.token}));
}

absl::StatusOr<AckOutcome> TakeAckWork(Connection& connection, Connection::Ticket ticket, const LeaseReference& lease) {
  DATELINE_ASSIGN_OR_RETURN(const Result removed, connection.Take(ticket));
  if (removed.affected() == 1) return AckOutcome::kAcked;
  // What becomes of an event that is neither open nor known to be done: it is dead, or was never leased.
  DATELINE_ASSIGN_OR_RETURN(
      const Result done,
      connection.Query("SELECT 1 FROM event_group AS g WHERE g.topic = $1 AND g.group_name = $2 AND $3 > 0 AND $3 < "
                       "g.next_sequence AND NOT EXISTS (SELECT 1 FROM event_open AS o WHERE o.topic = $1 AND "
                       "o.group_name = $2 AND o.sequence = $3) AND NOT EXISTS (SELECT 1 FROM event_dead AS d WHERE "
                       "d.topic = $1 AND d.group_name = $2 AND d.sequence = $3)",
                       Parameters::Of(lease.topic, lease.group, ToBigint(lease.sequence.value()))));
  if (!done.empty()) return AckOutcome::kAlreadyDone;
  return LeaseLost(lease);
}

absl::StatusOr<NackResult> NackWork(Connection& connection, WallTime now, const WorkLimits& limits,
                                    const NackRequest& request) {
  const LeaseReference& lease = request.lease;
  DATELINE_ASSIGN_OR_RETURN(
      const Result held,
      connection.Query(
          "SELECT attempts FROM event_open WHERE topic = $1 AND group_name = $2 AND sequence = $3 AND token "
          "= $4 AND token <> '' FOR UPDATE",
          Parameters::Of(lease.topic, lease.group, ToBigint(lease.sequence.value()), Bytes{lease.token})));
  if (held.empty()) return LeaseLost(lease);
  const auto attempts = static_cast<uint32_t>(held.Int64(0, 0));
  const std::string error = CutError(request.error);
  if (request.permanent || attempts >= limits.attempts_max) {
    Bury(connection, now, lease, error, attempts);
    return NackResult{.dead = true};
  }
  connection.Post(
      "UPDATE event_open SET available_time = $4, token = '', holder = '', error = $5 WHERE topic = $1 AND group_name "
      "= "
      "$2 AND sequence = $3",
      Parameters::Of(lease.topic, lease.group, lease.sequence.value(), ToMicros(now + request.retry_delay),
                     Bytes{error}));
  return NackResult{.dead = false};
}

}  // namespace dateline::eventlog
