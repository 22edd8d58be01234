#pragma once
// The rows of events and deliveries. Functions of one connection; errors are those of common/sql.

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// How an event becomes deliveries.
struct InsertOptions {
  Lane lane = Lane::kInOrder;
  bool backfill = false;  // Finished deliveries of the same event are made pending anew, and marked.
  WallTime now;
};
struct NewDelivery {
  int64_t subscription = 0;
  int64_t event = 0;  // Its row.
  uint64_t sequence = 0;
  std::string_view detail;  // DeliveryDetail(). Outlives the call.
};
// The row of the event, made unless it is there.
absl::StatusOr<int64_t> PutEvent(sql::Connection& connection, const MatchedEvent& event);
// True when a delivery waits now that did not before; the subscription's backlog is counted up then.
absl::StatusOr<bool> PutDelivery(sql::Connection& connection, const NewDelivery& delivery,
                                 const InsertOptions& options);

// The deliveries and `next_due` of a PendingWork.
absl::Status SelectPending(sql::Connection& connection, const PendingQuery& query, PendingWork* work);
// Writes an outcome; one for a delivery that is gone is passed over. The backlog is counted down when it is finished.
absl::Status ApplyOutcome(sql::Connection& connection, int64_t subscription, const DeliveryOutcome& outcome);

absl::StatusOr<DeliveryPage> SelectDeliveries(sql::Connection& connection, int64_t subscription,
                                              const DeliveryQuery& query);
// Makes one finished delivery pending again; false when it waits already or there is none.
absl::StatusOr<bool> ReplayDelivery(sql::Connection& connection, int64_t subscription, int64_t id, WallTime now);
absl::StatusOr<std::vector<int64_t>> SelectRange(sql::Connection& connection, int64_t subscription,
                                                 uint64_t start_sequence, uint64_t end_sequence, int limit);
absl::StatusOr<bool> HasDelivery(sql::Connection& connection, int64_t subscription, int64_t id);
absl::StatusOr<int> TrimDeliveries(sql::Connection& connection, WallTime before, int limit);

}  // namespace dateline::notification
