#include "services/ingestion/sources/postgres/subscription_rows.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/sources/postgres/source_rows.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

#define SUBSCRIPTION_COLUMNS "id, token, source, hub, topic, host, due_us, state"

absl::StatusOr<SubscriptionRecord> ReadSubscription(const Result& result, int row) {
  SubscriptionRecord subscription;
  subscription.id = result.Int64(row, 0);
  subscription.token = result.String(row, 1);
  subscription.source = result.String(row, 2);
  subscription.hub = result.String(row, 3);
  subscription.topic = result.String(row, 4);
  subscription.host = result.String(row, 5);
  if (!result.IsNull(row, 6)) subscription.due = FromMicros(result.Int64(row, 6));
  const std::string_view state = result.Bytes(row, 7);
  if (!subscription.state.ParseFromArray(state.data(), static_cast<int>(state.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 "the subscription of " + subscription.source +
                     " cannot be read back; restore ingestion's database from a backup");
  }
  return subscription;
}

absl::StatusOr<std::vector<SubscriptionRecord>> ReadAll(const Result& result) {
  std::vector<SubscriptionRecord> found;
  for (int row = 0; row < result.rows(); ++row) {
    DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord subscription, ReadSubscription(result, row));
    found.push_back(std::move(subscription));
  }
  return found;
}

std::optional<int64_t> Micros(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return ToMicros(*time);
}

void Write(Connection& connection, const SubscriptionRecord& subscription) {
  if (subscription.ended) {
    connection.Post("DELETE FROM subscription WHERE token = $1", Parameters::Of(subscription.token));
    return;
  }
  const std::string state = subscription.state.SerializeAsString();
  connection.Post(
      "INSERT INTO subscription (token, source, hub, topic, host, due_us, state) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token) DO UPDATE SET due_us = excluded.due_us, "
      "state = excluded.state",
      Parameters::Of(subscription.token, subscription.source, subscription.hub, subscription.topic, subscription.host,
                     Micros(subscription.due), Bytes{state}));
}

}  // namespace

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, std::string_view token,
                                                                   bool locked) {
  constexpr std::string_view kRead = "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE token = $1";
  constexpr std::string_view kLocked =
      "SELECT " SUBSCRIPTION_COLUMNS " FROM subscription WHERE token = $1 FOR NO KEY UPDATE";
  DATELINE_ASSIGN_OR_RETURN(const Result result, connection.Query(locked ? kLocked : kRead, Parameters::Of(token)));
  if (result.empty()) return std::optional<SubscriptionRecord>();
  DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord subscription, ReadSubscription(result, 0));
  return std::optional<SubscriptionRecord>(std::move(subscription));
}

absl::StatusOr<std::vector<SubscriptionRecord>> DueSubscriptions(Connection& connection, const std::string& host,
                                                                 WallTime now, int max) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " SUBSCRIPTION_COLUMNS
                       " FROM subscription WHERE host = $1 AND due_us <= $2 ORDER BY due_us, id LIMIT $3",
                       Parameters::Of(host, ToMicros(now), max)));
  return ReadAll(result);
}

absl::Status PutSubscription(Connection& connection, const SubscriptionRecord& subscription,
                             std::set<std::string>* hosts) {
  DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, subscription.source, Lock::kRow));
  Write(connection, subscription);
  hosts->insert(subscription.host);
  if (!row) return absl::OkStatus();
  ShowSubscription(subscription, &row->record);
  UpdateSource(connection, *row);
  return absl::OkStatus();
}

absl::Status ReconcileSubscriptions(Connection& connection, SourceRecord* source, const std::string& name, WallTime now,
                                    std::set<std::string>* hosts) {
  DATELINE_ASSIGN_OR_RETURN(const Result result,
                            connection.Query("SELECT " SUBSCRIPTION_COLUMNS
                                             " FROM subscription WHERE source = $1 ORDER BY id FOR NO KEY UPDATE",
                                             Parameters::Of(name)));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<SubscriptionRecord> known, ReadAll(result));
  for (const SubscriptionRecord& changed : PlanSubscriptions(source, name, known, now)) {
    Write(connection, changed);
    hosts->insert(changed.host);
  }
  return absl::OkStatus();
}

absl::Status InsertDelivery(Connection& connection, std::string_view source, const Delivery& delivery,
                            std::set<std::string>* hosts) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source, Lock::kRow));
  if (!row) return SourceNotFound(source);
  DATELINE_ASSIGN_OR_RETURN(const Result count, connection.Query("SELECT count(*) FROM delivery WHERE source_id = $1",
                                                                 Parameters::Of(row->id)));
  if (count.Int64(0, 0) >= kDeliveriesMax) return DeliveriesWait(source);
  connection.Post(
      "INSERT INTO delivery (source_id, topic, content_type, receive_us, body) "
      "VALUES ($1, $2, $3, $4, $5)",
      Parameters::Of(row->id, delivery.topic, delivery.content_type, ToMicros(delivery.receive_time),
                     Bytes{delivery.body}));
  hosts->insert(row->record.host);
  return absl::OkStatus();
}

void DeleteDelivery(Connection& connection, int64_t id) {
  connection.Post("DELETE FROM delivery WHERE id = $1", Parameters::Of(id));
}

}  // namespace dateline::ingestion::pg
