#pragma once
// The rows of subscriptions and of the shared cursor in PostgreSQL. Functions of one connection within a transaction;
// errors are those of common/sql/postgres.
//
// Lock order: matching, then subscriptions (several of them by ascending id), then leases, then deliveries. Whoever
// writes a subscription's settings, its place or its deliveries locks matching first; the outcomes of attempts, which
// are most of the writes, do without it and lock subscriptions by ascending id.

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification::pg {

// The one row of matching.
struct MatchingRow {
  std::optional<MatchCursor> cursor;
  uint64_t version = 0;
};
absl::StatusOr<MatchingRow> ReadMatching(sql::postgres::Connection& connection);
// The same, and nobody else changes it, or any subscription's settings, before this transaction ends.
absl::StatusOr<MatchingRow> LockMatching(sql::postgres::Connection& connection);
void WriteCursor(sql::postgres::Connection& connection, const MatchCursor& cursor);
// The next version, of which `matching` is told too.
uint64_t NextVersion(sql::postgres::Connection& connection, MatchingRow* matching);

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(sql::postgres::Connection& connection,
                                                                   std::string_view name);
absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(sql::postgres::Connection& connection, int64_t id);
// In two steps, so that the answer comes in one round trip with others.
sql::postgres::Connection::Ticket AskSubscription(sql::postgres::Connection& connection, int64_t id);
absl::StatusOr<std::optional<SubscriptionRecord>> TakeSubscription(sql::postgres::Connection& connection,
                                                                   sql::postgres::Connection::Ticket ticket);

// With the id that it was given.
absl::StatusOr<int64_t> InsertSubscription(sql::postgres::Connection& connection, const SubscriptionRecord& record);
void UpdateSubscription(sql::postgres::Connection& connection, const SubscriptionRecord& record);
void RemoveSubscription(sql::postgres::Connection& connection, int64_t id, uint64_t version);
// Those above kRemovalsKept go.
void TrimRemovals(sql::postgres::Connection& connection);
// Nobody stands behind at a sequence above this one.
void LimitBehind(sql::postgres::Connection& connection, uint64_t sequence);

absl::StatusOr<SubscriptionPage> SelectSubscriptions(sql::postgres::Connection& connection, int limit,
                                                     std::string_view after);
absl::StatusOr<SubscriptionChanges> SelectChanges(sql::postgres::Connection& connection, uint64_t after);
absl::StatusOr<std::vector<SubscriptionRecord>> SelectBehind(sql::postgres::Connection& connection,
                                                             uint64_t backlog_below, int limit);
absl::StatusOr<std::vector<int64_t>> SelectWithPending(sql::postgres::Connection& connection);
absl::StatusOr<StoreCounts> SelectCounts(sql::postgres::Connection& connection);
absl::StatusOr<int64_t> CountSubscriptions(sql::postgres::Connection& connection);

}  // namespace dateline::notification::pg
