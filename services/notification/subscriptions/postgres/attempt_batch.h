#pragma once
// The outcomes of attempts that one transaction writes together: one round trip asks for everything that they build on,
// the second carries all rows and the commit. Internal to PostgresSubscriptionStore.

#include <vector>

#include "absl/status/status.h"
#include "common/sql/postgres/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification::pg {

// One of them on its way.
struct AttemptWork {
  AttemptCommit commit;
  SubscriptionStore::Done done;
  absl::Status outcome;  // LEASE_LOST: nothing of it is written.
};

// Writes them all in this order; what an outcome means for the state of a subscription is left out, see ApplyAttempt().
absl::Status WriteAttempts(sql::postgres::Connection& connection, const std::vector<AttemptWork*>& works);

}  // namespace dateline::notification::pg
