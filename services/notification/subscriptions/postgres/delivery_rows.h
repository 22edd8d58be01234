#pragma once
// The rows of events and deliveries in PostgreSQL, many at a time. Functions of one connection within a transaction,
// whose lock order subscription_rows.h says; errors are those of common/sql/postgres.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification::pg {

// The rows of the events, by id; made where they are not there yet.
absl::StatusOr<std::map<std::string, int64_t>> PutEvents(sql::postgres::Connection& connection,
                                                         const std::vector<MatchedEvent>& events);

// A subscription that matches are written for.
struct Receiver {
  uint64_t backlog = 0;
};
// Those of these ids that are there, locked.
absl::StatusOr<std::map<int64_t, Receiver>> LockReceivers(sql::postgres::Connection& connection,
                                                          const std::vector<int64_t>& ids);

// A delivery that is to be made.
struct NewDelivery {
  int64_t subscription = 0;
  int64_t event = 0;
  uint64_t sequence = 0;
  std::string detail;  // DeliveryDetail().
};
// Makes them in this order, in the lane kInOrder; one that is there already stays as it is. Backlogs are counted up.
absl::Status InsertDeliveries(sql::postgres::Connection& connection, const std::vector<NewDelivery>& deliveries,
                              WallTime now);
// The same for a backfill: aside, marked, and finished ones are made pending anew. How many wait now that did not.
absl::StatusOr<int64_t> InsertBackfilled(sql::postgres::Connection& connection,
                                         const std::vector<NewDelivery>& deliveries, WallTime now);

// The deliveries and `next_due` of a PendingWork, in two steps.
struct PendingTickets {
  sql::postgres::Connection::Ticket deliveries = 0;
  sql::postgres::Connection::Ticket next = 0;
};
PendingTickets AskPending(sql::postgres::Connection& connection, const PendingQuery& query);
absl::Status TakePending(sql::postgres::Connection& connection, const PendingQuery& query,
                         const PendingTickets& tickets, PendingWork* work);

absl::StatusOr<DeliveryPage> SelectDeliveries(sql::postgres::Connection& connection, int64_t subscription,
                                              const DeliveryQuery& query);
// Makes finished ones of these pending again. How many.
absl::StatusOr<int> ReplayDeliveries(sql::postgres::Connection& connection, int64_t subscription,
                                     const std::vector<int64_t>& ids, WallTime now);
// Finished deliveries of a range.
absl::StatusOr<std::vector<int64_t>> SelectRange(sql::postgres::Connection& connection, int64_t subscription,
                                                 uint64_t start_sequence, uint64_t end_sequence, int limit);
// The first of these ids that is no delivery of the subscription; 0 when all are.
absl::StatusOr<int64_t> FirstUnknown(sql::postgres::Connection& connection, int64_t subscription,
                                     const std::vector<int64_t>& ids);

absl::StatusOr<int> TrimDeliveries(sql::postgres::Connection& connection, WallTime before, int limit);
// Events that no delivery refers to: found without a lock, then removed if that is still so.
absl::StatusOr<std::vector<int64_t>> SelectUnusedEvents(sql::postgres::Connection& connection, int limit);
void RemoveUnusedEvents(sql::postgres::Connection& connection, const std::vector<int64_t>& ids);

}  // namespace dateline::notification::pg
