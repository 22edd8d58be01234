#include "services/ingestion/sources/sqlite/sqlite_subscription_store.h"

#include <utility>

#include "common/base/status_macros.h"
#include "services/ingestion/sources/sqlite/subscription_rows.h"

namespace dateline::ingestion {

using sql::Connection;

absl::StatusOr<SubscriptionRecord> SqliteSubscriptionStore::FindSubscription(std::string_view token) {
  std::optional<SubscriptionRecord> found;
  DATELINE_RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(found, ingestion::FindSubscription(connection, token));
    return absl::OkStatus();
  }));
  if (!found) return SubscriptionNotFound();
  return *std::move(found);
}

absl::Status SqliteSubscriptionStore::ChangeSubscription(std::string_view token, const Change& change) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto subscription, ingestion::FindSubscription(connection, token));
    if (!subscription) return SubscriptionNotFound();
    DATELINE_RETURN_IF_ERROR(change(&*subscription));
    return PutSubscription(connection, *subscription);
  });
}

absl::Status SqliteSubscriptionStore::AddDelivery(std::string_view token, const Delivery& delivery) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto subscription, ingestion::FindSubscription(connection, token));
    if (!subscription) return SubscriptionNotFound();
    return InsertDelivery(connection, subscription->source, delivery);
  });
}

}  // namespace dateline::ingestion
