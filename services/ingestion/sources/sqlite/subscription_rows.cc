#include "services/ingestion/sources/sqlite/subscription_rows.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/ingestion/sources/sqlite/source_rows.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

#define SUBSCRIPTION_COLUMNS "id, token, source, hub, topic, host, due_us, state"

absl::StatusOr<SubscriptionRecord> ReadSubscription(const Statement& row) {
  SubscriptionRecord subscription;
  subscription.id = row.ColumnInt64(0);
  subscription.token = row.ColumnString(1);
  subscription.source = row.ColumnString(2);
  subscription.hub = row.ColumnString(3);
  subscription.topic = row.ColumnString(4);
  subscription.host = row.ColumnString(5);
  if (!row.ColumnIsNull(6)) subscription.due = FromMicros(row.ColumnInt64(6));
  const std::string_view state = row.ColumnBlob(7);
  if (!subscription.state.ParseFromArray(state.data(), static_cast<int>(state.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 "the subscription of " + subscription.source +
                     " cannot be read back; restore ingestion's database from a backup");
  }
  return subscription;
}

absl::StatusOr<std::vector<SubscriptionRecord>> ReadAll(Statement& select) {
  std::vector<SubscriptionRecord> found;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return found;
    DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord subscription, ReadSubscription(select));
    found.push_back(std::move(subscription));
  }
}

absl::Status WriteSubscription(Connection& connection, const SubscriptionRecord& subscription) {
  if (subscription.ended) {
    Statement remove(connection, "DELETE FROM subscription WHERE token = ?1");
    DATELINE_RETURN_IF_ERROR(remove.Bind(1, subscription.token).Run());
    return RefreshHost(connection, subscription.host);
  }
  Statement put(connection,
                "INSERT INTO subscription (token, source, hub, topic, host, due_us, state) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (token) DO UPDATE SET due_us = ?6, state = ?7");
  const std::string state = subscription.state.SerializeAsString();
  const auto due = subscription.due ? std::optional<int64_t>(ToMicros(*subscription.due)) : std::nullopt;
  put.BindAll(subscription.token, subscription.source, subscription.hub, subscription.topic, subscription.host, due,
              Blob{state});
  DATELINE_RETURN_IF_ERROR(put.Run());
  return RefreshHost(connection, subscription.host);
}

}  // namespace

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, std::string_view token) {
  Statement select(connection, "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE token = ?1");
  select.Bind(1, token);
  DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return std::optional<SubscriptionRecord>();
  DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord subscription, ReadSubscription(select));
  return std::optional<SubscriptionRecord>(std::move(subscription));
}

absl::StatusOr<std::vector<SubscriptionRecord>> DueSubscriptions(Connection& connection, const std::string& host,
                                                                 WallTime now, int max) {
  Statement select(connection, "SELECT " SUBSCRIPTION_COLUMNS
                               " FROM subscription WHERE host = ?1 AND due_us <= ?2 ORDER BY due_us, id LIMIT ?3");
  select.BindAll(host, ToMicros(now), max);
  return ReadAll(select);
}

absl::Status PutSubscription(Connection& connection, const SubscriptionRecord& subscription) {
  DATELINE_RETURN_IF_ERROR(WriteSubscription(connection, subscription));
  DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, subscription.source));
  if (!row) return absl::OkStatus();
  ShowSubscription(subscription, &row->record);
  return UpdateSource(connection, *row);
}

absl::Status ReconcileSubscriptions(Connection& connection, SourceRecord* source, std::string_view name, WallTime now) {
  Statement select(connection, "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE source = ?1 ORDER BY id");
  select.Bind(1, name);
  DATELINE_ASSIGN_OR_RETURN(const std::vector<SubscriptionRecord> known, ReadAll(select));
  for (const SubscriptionRecord& changed : PlanSubscriptions(source, std::string(name), known, now)) {
    DATELINE_RETURN_IF_ERROR(WriteSubscription(connection, changed));
  }
  return absl::OkStatus();
}

absl::Status InsertDelivery(Connection& connection, std::string_view source, const Delivery& delivery) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source));
  if (!row) return SourceNotFound(source);
  Statement count(connection, "SELECT count(*) FROM delivery WHERE source_id = ?1");
  count.Bind(1, row->id);
  DATELINE_RETURN_IF_ERROR(count.Step().status());
  if (count.ColumnInt64(0) >= kDeliveriesMax) return DeliveriesWait(source);
  Statement insert(connection,
                   "INSERT INTO delivery (source_id, topic, content_type, receive_us, body) "
                   "VALUES (?1, ?2, ?3, ?4, ?5)");
  insert.BindAll(row->id, delivery.topic, delivery.content_type, ToMicros(delivery.receive_time), Blob{delivery.body});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  return RefreshHost(connection, row->record.host);
}

absl::Status DeleteDelivery(Connection& connection, int64_t id) {
  Statement remove(connection, "DELETE FROM delivery WHERE id = ?1");
  return remove.Bind(1, id).Run();
}

}  // namespace dateline::ingestion
