#pragma once
// The rows of subscriptions and of the shared cursor. Functions of one connection; errors are those of common/sql.

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// The one row of matching.
struct MatchingRow {
  std::optional<MatchCursor> cursor;
  uint64_t version = 0;
};
absl::StatusOr<MatchingRow> ReadMatching(sql::Connection& connection);
absl::Status WriteCursor(sql::Connection& connection, const MatchCursor& cursor);
// Raises the count of changes; the new one.
absl::StatusOr<uint64_t> NextVersion(sql::Connection& connection);

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(sql::Connection& connection, std::string_view name);
absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(sql::Connection& connection, int64_t id);
// How many of its deliveries wait; nullopt when there is no such subscription.
absl::StatusOr<std::optional<uint64_t>> FindBacklog(sql::Connection& connection, int64_t id);
// With the id that it was given.
absl::StatusOr<int64_t> InsertSubscription(sql::Connection& connection, const SubscriptionRecord& record);
absl::Status UpdateSubscription(sql::Connection& connection, const SubscriptionRecord& record);
absl::Status RemoveSubscription(sql::Connection& connection, int64_t id, uint64_t version);
// Nobody stands behind at a sequence above this one.
absl::Status LimitBehind(sql::Connection& connection, uint64_t sequence);
absl::Status ChangeBacklog(sql::Connection& connection, int64_t id, int64_t by);

absl::StatusOr<SubscriptionPage> SelectSubscriptions(sql::Connection& connection, int limit, std::string_view after);
absl::StatusOr<SubscriptionChanges> SelectChanges(sql::Connection& connection, uint64_t after);
absl::StatusOr<std::vector<SubscriptionRecord>> SelectBehind(sql::Connection& connection, uint64_t backlog_below,
                                                             int limit);
absl::StatusOr<std::vector<int64_t>> SelectWithPending(sql::Connection& connection);
absl::StatusOr<StoreCounts> SelectCounts(sql::Connection& connection);

}  // namespace dateline::notification
