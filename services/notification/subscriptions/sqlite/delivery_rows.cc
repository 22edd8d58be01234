#include "services/notification/subscriptions/sqlite/delivery_rows.h"

#include <algorithm>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/notification/subscriptions/sqlite/subscription_rows.h"

namespace dateline::notification {
namespace {

using sql::Connection;
using sql::Statement;

}  // namespace

absl::StatusOr<int64_t> PutEvent(Connection& connection, const MatchedEvent& event) {
  Statement find(connection, "SELECT id FROM matched_event WHERE event_id = ?1");
  find.Bind(1, event.event_id);
  DATELINE_ASSIGN_OR_RETURN(const bool known, find.Step());
  if (known) return find.ColumnInt64(0);
  Statement insert(connection,
                   "INSERT INTO matched_event (event_id, sequence, release, payload) VALUES (?1, ?2, ?3, ?4)");
  insert.BindAll(event.event_id, event.sequence, event.release, sql::Blob{event.payload});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  return connection.last_insert_rowid();
}

absl::StatusOr<bool> PutDelivery(Connection& connection, const NewDelivery& delivery, const InsertOptions& options) {
  Statement insert(connection,
                   "INSERT INTO delivery (subscription_id, event, sequence, state, lane, backfill, attempt_count, "
                   "next_attempt_us, create_us, detail) VALUES (?1, ?2, ?3, 1, ?4, ?5, 0, ?6, ?6, ?7) "
                   "ON CONFLICT (subscription_id, event) DO NOTHING");
  insert.BindAll(delivery.subscription, delivery.event, delivery.sequence, static_cast<int>(options.lane),
                 options.backfill, ToMicros(options.now), sql::Blob{delivery.detail});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  if (connection.changes() == 0) {
    if (!options.backfill) return false;
    Statement again(
        connection,
        "UPDATE delivery SET state = 1, lane = 1, backfill = 1, attempt_count = 0, first_attempt_us = NULL, "
        "next_attempt_us = ?3 WHERE subscription_id = ?1 AND event = ?2 AND state <> 1");
    again.BindAll(delivery.subscription, delivery.event, ToMicros(options.now));
    DATELINE_RETURN_IF_ERROR(again.Run());
    if (connection.changes() == 0) return false;
  }
  DATELINE_RETURN_IF_ERROR(ChangeBacklog(connection, delivery.subscription, 1));
  return true;
}

absl::Status SelectPending(Connection& connection, const PendingQuery& query, PendingWork* work) {
  Statement select(
      connection,
      "SELECT d.id, d.sequence, e.event_id, e.release, e.payload, d.backfill, d.attempt_count, "
      "d.first_attempt_us, d.next_attempt_us, d.create_us, d.detail FROM delivery d JOIN matched_event e ON e.id = "
      "d.event WHERE d.subscription_id = ?1 AND d.lane = ?2 AND d.state = 1 AND d.next_attempt_us <= ?4 "
      "ORDER BY d.id LIMIT ?3");
  const int64_t due_by = query.due_by ? ToMicros(*query.due_by) : INT64_MAX;
  select.BindAll(query.subscription, static_cast<int>(query.lane),
                 static_cast<int64_t>(query.limit) + static_cast<int64_t>(query.except.size()), due_by);
  while (work->deliveries.size() < static_cast<size_t>(query.limit)) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) break;
    PendingDelivery delivery;
    delivery.id = select.ColumnInt64(0);
    if (std::find(query.except.begin(), query.except.end(), delivery.id) != query.except.end()) continue;
    delivery.sequence = select.ColumnUint64(1);
    delivery.event_id = select.ColumnString(2);
    delivery.release = select.ColumnString(3);
    delivery.payload = std::string(select.ColumnBlob(4));
    delivery.backfill = select.ColumnBool(5);
    delivery.lane = query.lane;
    delivery.attempt_count = select.ColumnInt(6);
    if (!select.ColumnIsNull(7)) delivery.first_attempt = FromMicros(select.ColumnInt64(7));
    delivery.next_attempt = FromMicros(select.ColumnInt64(8));
    delivery.create_time = FromMicros(select.ColumnInt64(9));
    const v1::Delivery detail = ParseDeliveryDetail(select.ColumnBlob(10));
    delivery.reasons.assign(detail.match_reasons().begin(), detail.match_reasons().end());
    work->deliveries.push_back(std::move(delivery));
  }
  if (!query.due_by || !work->deliveries.empty()) return absl::OkStatus();
  Statement next(connection,
                 "SELECT min(next_attempt_us) FROM delivery WHERE subscription_id = ?1 AND lane = ?2 AND state = 1 AND "
                 "next_attempt_us > ?3");
  next.BindAll(query.subscription, static_cast<int>(query.lane), due_by);
  DATELINE_RETURN_IF_ERROR(next.Step().status());
  if (!next.ColumnIsNull(0)) work->next_due = FromMicros(next.ColumnInt64(0));
  return absl::OkStatus();
}

absl::Status ApplyOutcome(Connection& connection, int64_t subscription, const DeliveryOutcome& outcome) {
  Statement find(connection, "SELECT detail, state FROM delivery WHERE id = ?1 AND subscription_id = ?2");
  find.BindAll(outcome.delivery, subscription);
  DATELINE_ASSIGN_OR_RETURN(const bool known, find.Step());
  if (!known) return absl::OkStatus();
  v1::Delivery detail = ParseDeliveryDetail(find.ColumnBlob(0));
  const bool was_pending = find.ColumnInt(1) == v1::Delivery::STATE_PENDING;
  AppendAttempt(outcome.attempt, &detail);
  const v1::Delivery::State state = was_pending ? outcome.state : static_cast<v1::Delivery::State>(find.ColumnInt(1));
  Statement update(
      connection,
      "UPDATE delivery SET state = ?2, attempt_count = attempt_count + 1, "
      "first_attempt_us = coalesce(first_attempt_us, ?3), next_attempt_us = ?4, detail = ?5 WHERE id = ?1");
  update.BindAll(outcome.delivery, static_cast<int>(state), ToMicros(FromTimestamp(outcome.attempt.start_time())),
                 ToMicros(outcome.next_attempt), sql::Blob{detail.SerializeAsString()});
  DATELINE_RETURN_IF_ERROR(update.Run());
  if (!was_pending || state == v1::Delivery::STATE_PENDING) return absl::OkStatus();
  return ChangeBacklog(connection, subscription, -1);
}

absl::StatusOr<DeliveryPage> SelectDeliveries(Connection& connection, int64_t subscription,
                                              const DeliveryQuery& query) {
  const bool any = query.state == v1::Delivery::STATE_UNSPECIFIED;
  Statement select(
      connection,
      any ? "SELECT d.id, e.event_id, d.sequence, e.release, d.state, d.next_attempt_us, d.create_us, "
            "d.backfill, d.detail FROM delivery d JOIN matched_event e ON e.id = d.event WHERE d.subscription_id = "
            "?1 AND d.id < ?2 AND ?4 = 0 ORDER BY d.id DESC LIMIT ?3"
          : "SELECT d.id, e.event_id, d.sequence, e.release, d.state, d.next_attempt_us, d.create_us, "
            "d.backfill, d.detail FROM delivery d JOIN matched_event e ON e.id = d.event WHERE d.subscription_id = "
            "?1 AND d.id < ?2 AND d.state = ?4 ORDER BY d.id DESC LIMIT ?3");
  select.BindAll(subscription, query.before.value_or(INT64_MAX), query.limit + 1, static_cast<int>(query.state));
  DeliveryPage page;
  int64_t last = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return page;
    if (page.deliveries.size() == static_cast<size_t>(query.limit)) {
      page.next = last;
      return page;
    }
    last = select.ColumnInt64(0);
    v1::Delivery delivery = ParseDeliveryDetail(select.ColumnBlob(8));
    delivery.set_name(DeliveryName(query.subscription, last));
    delivery.set_event_id(select.ColumnString(1));
    delivery.set_event_sequence(select.ColumnUint64(2));
    delivery.set_release(select.ColumnString(3));
    delivery.set_state(static_cast<v1::Delivery::State>(select.ColumnInt(4)));
    if (delivery.state() == v1::Delivery::STATE_PENDING) {
      *delivery.mutable_next_attempt_time() = ToTimestamp(FromMicros(select.ColumnInt64(5)));
    }
    *delivery.mutable_create_time() = ToTimestamp(FromMicros(select.ColumnInt64(6)));
    delivery.set_backfill(select.ColumnBool(7));
    page.deliveries.push_back(std::move(delivery));
  }
}

absl::StatusOr<bool> HasDelivery(Connection& connection, int64_t subscription, int64_t id) {
  Statement find(connection, "SELECT 1 FROM delivery WHERE id = ?1 AND subscription_id = ?2");
  find.BindAll(id, subscription);
  return find.Step();
}

absl::StatusOr<bool> ReplayDelivery(Connection& connection, int64_t subscription, int64_t id, WallTime now) {
  Statement update(connection,
                   "UPDATE delivery SET state = 1, lane = 1, attempt_count = 0, first_attempt_us = NULL, "
                   "next_attempt_us = ?3 WHERE id = ?1 AND subscription_id = ?2 AND state <> 1");
  update.BindAll(id, subscription, ToMicros(now));
  DATELINE_RETURN_IF_ERROR(update.Run());
  if (connection.changes() == 0) return false;
  DATELINE_RETURN_IF_ERROR(ChangeBacklog(connection, subscription, 1));
  return true;
}

absl::StatusOr<std::vector<int64_t>> SelectRange(Connection& connection, int64_t subscription, uint64_t start_sequence,
                                                 uint64_t end_sequence, int limit) {
  Statement select(connection,
                   "SELECT id FROM delivery WHERE subscription_id = ?1 AND sequence BETWEEN ?2 AND ?3 AND state <> 1 "
                   "ORDER BY sequence, id LIMIT ?4");
  constexpr uint64_t kMax = INT64_MAX;
  select.BindAll(subscription, std::min(start_sequence, kMax), std::min(end_sequence, kMax), limit);
  std::vector<int64_t> ids;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return ids;
    ids.push_back(select.ColumnInt64(0));
  }
}

absl::StatusOr<int> TrimDeliveries(Connection& connection, WallTime before, int limit) {
  Statement remove(
      connection,
      "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state <> 1 AND create_us < ?1 LIMIT "
      "?2)");
  remove.BindAll(ToMicros(before), limit);
  DATELINE_RETURN_IF_ERROR(remove.Run());
  const auto removed = static_cast<int>(connection.changes());
  Statement events(connection,
                   "DELETE FROM matched_event WHERE id IN (SELECT e.id FROM matched_event e WHERE NOT EXISTS (SELECT 1 "
                   "FROM delivery d "
                   "WHERE d.event = e.id) LIMIT ?1)");
  events.Bind(1, limit);
  DATELINE_RETURN_IF_ERROR(events.Run());
  Statement removals(
      connection,
      "DELETE FROM subscription_removal WHERE version <= (SELECT version FROM subscription_removal ORDER "
      "BY version DESC LIMIT 1 OFFSET ?1)");
  removals.Bind(1, kRemovalsKept);
  DATELINE_RETURN_IF_ERROR(removals.Run());
  return removed;
}

}  // namespace dateline::notification
