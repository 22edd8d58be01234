#pragma once
// Subscriptions and deliveries in the database of a SqliteSourceStore, which owns this. Thread-safe; the database
// outlives it. Failure model: see common/sql/database.h.

#include "common/sql/database.h"
#include "services/ingestion/sources/subscription_store.h"

namespace dateline::ingestion {

class SqliteSubscriptionStore final : public SubscriptionStore {
 public:
  explicit SqliteSubscriptionStore(sql::Database& database) : database_(database) {}

  absl::StatusOr<SubscriptionRecord> FindSubscription(std::string_view token) override;
  absl::Status ChangeSubscription(std::string_view token, const Change& change) override;
  absl::Status AddDelivery(std::string_view token, const Delivery& delivery) override;

 private:
  sql::Database& database_;
};

}  // namespace dateline::ingestion
