#pragma once
// Subscriptions and deliveries in PostgreSQL: the statements, and how rows become records. Functions of a connection,
// for the bodies of reads and writes of the stores; they belong to its transaction.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion::pg {

using sql::postgres::Connection;

// `locked`: against other writers, until the transaction ends.
absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, std::string_view token,
                                                                   bool locked);
// Those at this hub's host that are due, the longest due first.
absl::StatusOr<std::vector<SubscriptionRecord>> DueSubscriptions(Connection& connection, const std::string& host,
                                                                 WallTime now, int max);
// Inserts, updates or, when it is ended, removes; enters into its source what it now is. The hosts whose work changed
// are added to `hosts`, for RefreshHosts().
absl::Status PutSubscription(Connection& connection, const SubscriptionRecord& subscription,
                             std::set<std::string>* hosts);
// Plans the subscriptions of a source as it is now (null: removed), and changes its record accordingly without writing
// it. Hosts as above.
absl::Status ReconcileSubscriptions(Connection& connection, SourceRecord* source, const std::string& name, WallTime now,
                                    std::set<std::string>* hosts);

absl::Status InsertDelivery(Connection& connection, std::string_view source, const Delivery& delivery,
                            std::set<std::string>* hosts);
// Posts.
void DeleteDelivery(Connection& connection, int64_t id);

}  // namespace dateline::ingestion::pg
