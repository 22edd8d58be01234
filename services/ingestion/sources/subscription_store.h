#pragma once
// The port to what ingestion keeps of WebSub: subscriptions at hubs, and what hubs pushed until the crawler has read
// it. Every back end of SourceStore gives one, and both work in the same transactions: a source that is paused, removed
// or names another hub leaves its subscription in the very write that changes it (see websub/subscription_rules.h). A
// subscription outlives its source until its hub was told. Thread-safe.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/ingestion/sources/state.pb.h"

namespace dateline::ingestion {

// What hubs pushed for one source and nobody has read yet; more is refused, and a hub tries again.
inline constexpr int kDeliveriesMax = 16;

struct SubscriptionRecord {
  int64_t id = 0;      // 0: not stored yet.
  std::string token;   // The last part of the callback's address, which nobody can guess.
  std::string source;  // "sources/{source}"
  std::string hub;     // Where it is asked for.
  std::string topic;   // What it is for.
  std::string host;    // Of the hub, whose budget the requests use.
  state::SubscriptionState state;
  std::optional<WallTime> due;  // When the hub is to be asked next.
  bool ended = false;           // To be forgotten.
};

struct Delivery {
  int64_t id = 0;
  std::string topic;
  std::string content_type;
  std::string body;
  WallTime receive_time;
};

class SubscriptionStore {
 public:
  using Change = std::function<absl::Status(SubscriptionRecord*)>;
  virtual ~SubscriptionStore() = default;

  // NOT_FOUND (SUBSCRIPTION_NOT_FOUND).
  virtual absl::StatusOr<SubscriptionRecord> FindSubscription(std::string_view token) = 0;
  // Reads, changes and writes a subscription in one transaction, and enters into the source what it now is. `change`
  // may run more than once and gives the error to return. NOT_FOUND as above.
  virtual absl::Status ChangeSubscription(std::string_view token, const Change& change) = 0;
  // Keeps what a hub pushed; on disk when this returns. NOT_FOUND (SUBSCRIPTION_NOT_FOUND, SOURCE_NOT_FOUND),
  // RESOURCE_EXHAUSTED (DELIVERIES_WAIT).
  virtual absl::Status AddDelivery(std::string_view token, const Delivery& delivery) = 0;
};

absl::Status SubscriptionNotFound();
absl::Status DeliveriesWait(std::string_view source);

}  // namespace dateline::ingestion
