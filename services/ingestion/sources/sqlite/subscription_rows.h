#pragma once
// Subscriptions and deliveries in SQLite: the statements, and how rows become records. Functions of a connection, for
// the bodies of reads and writes of the stores; they belong to its transaction.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(sql::Connection& connection, std::string_view token);
// Those at this hub's host that are due, the longest due first.
absl::StatusOr<std::vector<SubscriptionRecord>> DueSubscriptions(sql::Connection& connection, const std::string& host,
                                                                 WallTime now, int max);
// Inserts, updates or, when it is ended, removes; enters into its source what it now is, and refreshes its host.
absl::Status PutSubscription(sql::Connection& connection, const SubscriptionRecord& subscription);
// Plans the subscriptions of a source as it is now (null: removed), and changes its record accordingly without writing
// it.
absl::Status ReconcileSubscriptions(sql::Connection& connection, SourceRecord* source, std::string_view name,
                                    WallTime now);

absl::Status InsertDelivery(sql::Connection& connection, std::string_view source, const Delivery& delivery);
absl::Status DeleteDelivery(sql::Connection& connection, int64_t id);

}  // namespace dateline::ingestion
