#include "services/notification/subscriptions/postgres/delivery_rows.h"

#include <algorithm>
#include <set>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"

namespace dateline::notification::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// Rows of one statement, so that none comes near the limits of time and of a message.
constexpr size_t kRowsAtOnce = 10'000;

// The columns of new deliveries.
struct Columns {
  std::vector<int64_t> subscriptions;
  std::vector<int64_t> events;
  std::vector<int64_t> sequences;
  std::vector<Bytes> details;
};

Columns ColumnsOf(const std::vector<NewDelivery>& deliveries, size_t begin, size_t end) {
  Columns columns;
  for (size_t i = begin; i < end; ++i) {
    columns.subscriptions.push_back(deliveries[i].subscription);
    columns.events.push_back(deliveries[i].event);
    columns.sequences.push_back(static_cast<int64_t>(deliveries[i].sequence));
    columns.details.push_back({deliveries[i].detail});
  }
  return columns;
}

}  // namespace

absl::StatusOr<std::map<std::string, int64_t>> PutEvents(Connection& connection,
                                                         const std::vector<MatchedEvent>& events) {
  std::vector<std::string> ids;
  std::vector<int64_t> sequences;
  std::vector<std::string> releases;
  std::vector<Bytes> payloads;
  std::set<std::string_view> once;
  for (const MatchedEvent& event : events) {
    if (event.receivers.empty() || !once.insert(event.event_id).second) continue;
    ids.push_back(event.event_id);
    sequences.push_back(static_cast<int64_t>(event.sequence));
    releases.push_back(event.release);
    payloads.push_back({event.payload});
  }
  std::map<std::string, int64_t> rows;
  if (ids.empty()) return rows;
  // matching is locked, so nobody else makes events meanwhile.
  connection.Post(
      "INSERT INTO matched_event (event_id, sequence, release, payload) SELECT * FROM unnest($1::text[], $2::bigint[], "
      "$3::text[], $4::bytea[]) ON CONFLICT (event_id) DO NOTHING",
      Parameters::Of(ids, sequences, releases, payloads));
  DATELINE_ASSIGN_OR_RETURN(
      const Result found,
      connection.Query("SELECT event_id, id FROM matched_event WHERE event_id = ANY($1)", Parameters::Of(ids)));
  for (int row = 0; row < found.rows(); ++row) rows[found.String(row, 0)] = found.Int64(row, 1);
  return rows;
}

absl::StatusOr<std::map<int64_t, Receiver>> LockReceivers(Connection& connection, const std::vector<int64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT id, backlog FROM subscription WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
                       Parameters::Of(ids)));
  std::map<int64_t, Receiver> receivers;
  for (int row = 0; row < rows.rows(); ++row) {
    receivers[rows.Int64(row, 0)] = {static_cast<uint64_t>(std::max<int64_t>(rows.Int64(row, 1), 0))};
  }
  return receivers;
}

absl::Status InsertDeliveries(Connection& connection, const std::vector<NewDelivery>& deliveries, WallTime now) {
  for (size_t begin = 0; begin < deliveries.size(); begin += kRowsAtOnce) {
    const Columns columns = ColumnsOf(deliveries, begin, std::min(begin + kRowsAtOnce, deliveries.size()));
    // Ids follow the order of the rows, which is the order of delivering.
    DATELINE_RETURN_IF_ERROR(
        connection
            .Query("WITH made AS (INSERT INTO delivery (subscription_id, event, sequence, state, lane, backfill, "
                   "attempt_count, next_attempt_us, create_us, detail) SELECT u.s, u.e, u.q, 1, 0, false, 0, $5, $5, "
                   "u.d FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) WITH ORDINALITY AS u (s, e, "
                   "q, d, place) ORDER BY u.place ON CONFLICT (subscription_id, event) DO NOTHING RETURNING "
                   "subscription_id), added AS (SELECT subscription_id, count(*) AS n FROM made GROUP BY 1) UPDATE "
                   "subscription s SET backlog = s.backlog + added.n FROM added WHERE s.id = added.subscription_id",
                   Parameters::Of(columns.subscriptions, columns.events, columns.sequences, columns.details,
                                  ToMicros(now)))
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> InsertBackfilled(Connection& connection, const std::vector<NewDelivery>& deliveries,
                                         WallTime now) {
  int64_t waiting = 0;
  for (size_t begin = 0; begin < deliveries.size(); begin += kRowsAtOnce) {
    const Columns columns = ColumnsOf(deliveries, begin, std::min(begin + kRowsAtOnce, deliveries.size()));
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection.Query(
            "WITH made AS (INSERT INTO delivery AS d (subscription_id, event, sequence, state, lane, "
            "backfill, attempt_count, next_attempt_us, create_us, detail) SELECT u.s, u.e, u.q, 1, 1, "
            "true, 0, $5, $5, u.d FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) WITH "
            "ORDINALITY AS u (s, e, q, d, place) ORDER BY u.place ON CONFLICT (subscription_id, event) DO "
            "UPDATE SET state = 1, lane = 1, backfill = true, attempt_count = 0, first_attempt_us = NULL, "
            "next_attempt_us = $5 WHERE d.state <> 1 RETURNING subscription_id), added AS (SELECT "
            "subscription_id, count(*) AS n FROM made GROUP BY 1) UPDATE subscription s SET backlog = "
            "s.backlog + added.n FROM added WHERE s.id = added.subscription_id RETURNING added.n",
            Parameters::Of(columns.subscriptions, columns.events, columns.sequences, columns.details, ToMicros(now))));
    for (int row = 0; row < rows.rows(); ++row) waiting += rows.Int64(row, 0);
  }
  return waiting;
}

PendingTickets AskPending(Connection& connection, const PendingQuery& query) {
  PendingTickets tickets;
  const int64_t due_by = query.due_by ? ToMicros(*query.due_by) : INT64_MAX;
  const int lane = static_cast<int>(query.lane);
  if (query.limit > 0) {
    tickets.deliveries = connection.Send(
        "SELECT d.id, d.sequence, e.event_id, e.release, e.payload, d.backfill, d.attempt_count, d.first_attempt_us, "
        "d.next_attempt_us, d.create_us, d.detail FROM delivery d JOIN matched_event e ON e.id = d.event WHERE "
        "d.subscription_id = $1 AND d.lane = $2 AND d.state = 1 AND d.next_attempt_us <= $4 AND d.id <> ALL($5) ORDER "
        "BY d.id LIMIT $3",
        Parameters::Of(query.subscription, lane, query.limit, due_by, query.except));
  }
  if (query.due_by) {
    tickets.next = connection.Send(
        "SELECT min(next_attempt_us) FROM delivery WHERE subscription_id = $1 AND lane = $2 AND state = 1 AND "
        "next_attempt_us > $3",
        Parameters::Of(query.subscription, lane, due_by));
  }
  return tickets;
}

absl::Status TakePending(Connection& connection, const PendingQuery& query, const PendingTickets& tickets,
                         PendingWork* work) {
  if (tickets.deliveries != 0) {
    DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(tickets.deliveries));
    for (int row = 0; row < rows.rows(); ++row) {
      PendingDelivery& delivery = work->deliveries.emplace_back();
      delivery.id = rows.Int64(row, 0);
      delivery.sequence = rows.Uint64(row, 1);
      delivery.event_id = rows.String(row, 2);
      delivery.release = rows.String(row, 3);
      delivery.payload = std::string(rows.Bytes(row, 4));
      delivery.backfill = rows.Bool(row, 5);
      delivery.lane = query.lane;
      delivery.attempt_count = rows.Int(row, 6);
      if (!rows.IsNull(row, 7)) delivery.first_attempt = FromMicros(rows.Int64(row, 7));
      delivery.next_attempt = FromMicros(rows.Int64(row, 8));
      delivery.create_time = FromMicros(rows.Int64(row, 9));
      const v1::Delivery detail = ParseDeliveryDetail(rows.Bytes(row, 10));
      delivery.reasons.assign(detail.match_reasons().begin(), detail.match_reasons().end());
    }
  }
  if (tickets.next == 0) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const Result next, connection.Take(tickets.next));
  if (work->deliveries.empty() && !next.IsNull(0, 0)) work->next_due = FromMicros(next.Int64(0, 0));
  return absl::OkStatus();
}

absl::StatusOr<DeliveryPage> SelectDeliveries(Connection& connection, int64_t subscription,
                                              const DeliveryQuery& query) {
#define DATELINE_LIST                                                                                              \
  "SELECT d.id, e.event_id, d.sequence, e.release, d.state, d.next_attempt_us, d.create_us, d.backfill, d.detail " \
  "FROM delivery d JOIN matched_event e ON e.id = d.event WHERE d.subscription_id = $1 AND d.id < $2"
  const int64_t before = query.before.value_or(INT64_MAX);
  absl::StatusOr<Result> rows;
  switch (query.state) {
    case v1::Delivery::STATE_FAILED:
      // The index of those that failed is found by the constant.
      rows = connection.Query(DATELINE_LIST " AND d.state = 3 ORDER BY d.id DESC LIMIT $3",
                              Parameters::Of(subscription, before, query.limit + 1));
      break;
    case v1::Delivery::STATE_UNSPECIFIED:
      rows = connection.Query(DATELINE_LIST " ORDER BY d.id DESC LIMIT $3",
                              Parameters::Of(subscription, before, query.limit + 1));
      break;
    default:
      rows = connection.Query(DATELINE_LIST " AND d.state = $4 ORDER BY d.id DESC LIMIT $3",
                              Parameters::Of(subscription, before, query.limit + 1, static_cast<int>(query.state)));
  }
#undef DATELINE_LIST
  if (!rows.ok()) return rows.status();
  DeliveryPage page;
  for (int row = 0; row < rows->rows(); ++row) {
    if (page.deliveries.size() == static_cast<size_t>(query.limit)) {
      page.next = rows->Int64(row - 1, 0);
      break;
    }
    v1::Delivery delivery = ParseDeliveryDetail(rows->Bytes(row, 8));
    delivery.set_name(DeliveryName(query.subscription, rows->Int64(row, 0)));
    delivery.set_event_id(rows->String(row, 1));
    delivery.set_event_sequence(rows->Uint64(row, 2));
    delivery.set_release(rows->String(row, 3));
    delivery.set_state(static_cast<v1::Delivery::State>(rows->Int(row, 4)));
    if (delivery.state() == v1::Delivery::STATE_PENDING) {
      *delivery.mutable_next_attempt_time() = ToTimestamp(FromMicros(rows->Int64(row, 5)));
    }
    *delivery.mutable_create_time() = ToTimestamp(FromMicros(rows->Int64(row, 6)));
    delivery.set_backfill(rows->Bool(row, 7));
    page.deliveries.push_back(std::move(delivery));
  }
  return page;
}

absl::StatusOr<int> ReplayDeliveries(Connection& connection, int64_t subscription, const std::vector<int64_t>& ids,
                                     WallTime now) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("UPDATE delivery SET state = 1, lane = 1, attempt_count = 0, first_attempt_us = NULL, "
                       "next_attempt_us = $3 WHERE id = ANY($2) AND subscription_id = $1 AND state <> 1",
                       Parameters::Of(subscription, ids, ToMicros(now))));
  const int64_t count = rows.affected();
  connection.Post("UPDATE subscription SET backlog = backlog + $2 WHERE id = $1", Parameters::Of(subscription, count));
  return static_cast<int>(count);
}

absl::StatusOr<std::vector<int64_t>> SelectRange(Connection& connection, int64_t subscription, uint64_t start_sequence,
                                                 uint64_t end_sequence, int limit) {
  constexpr uint64_t kMax = INT64_MAX;
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT id FROM delivery WHERE subscription_id = $1 AND sequence BETWEEN $2 AND $3 AND state <> "
          "1 ORDER BY sequence, id LIMIT $4",
          Parameters::Of(subscription, std::min(start_sequence, kMax), std::min(end_sequence, kMax), limit)));
  std::vector<int64_t> ids;
  for (int row = 0; row < rows.rows(); ++row) ids.push_back(rows.Int64(row, 0));
  return ids;
}

absl::StatusOr<int64_t> FirstUnknown(Connection& connection, int64_t subscription, const std::vector<int64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT u.id FROM unnest($2::bigint[]) WITH ORDINALITY AS u (id, place) WHERE NOT EXISTS (SELECT "
          "1 FROM delivery d WHERE d.id = u.id AND d.subscription_id = $1) ORDER BY u.place LIMIT 1",
          Parameters::Of(subscription, ids)));
  return rows.empty() ? 0 : rows.Int64(0, 0);
}

absl::StatusOr<int> TrimDeliveries(Connection& connection, WallTime before, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state <> 1 AND create_us < $1 "
                       "ORDER BY create_us LIMIT $2)",
                       Parameters::Of(ToMicros(before), limit)));
  return static_cast<int>(rows.affected());
}

absl::StatusOr<std::vector<int64_t>> SelectUnusedEvents(Connection& connection, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT e.id FROM matched_event e WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = e.id) LIMIT "
          "$1",
          Parameters::Of(limit)));
  std::vector<int64_t> ids;
  for (int row = 0; row < rows.rows(); ++row) ids.push_back(rows.Int64(row, 0));
  return ids;
}

void RemoveUnusedEvents(Connection& connection, const std::vector<int64_t>& ids) {
  connection.Post(
      "DELETE FROM matched_event e WHERE e.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = e.id)",
      Parameters::Of(ids));
}

}  // namespace dateline::notification::pg
