#pragma once
// The port to what carries deliveries away: webhooks, e-mail, NATS. A channel knows nothing of retries, order or
// records; it makes one attempt and says what came of it. Thread-safe; it outlives its calls.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// What of an answer is kept.
inline constexpr size_t kSnippetBytesMax = 1'024;

// One attempt: these deliveries, together, to this subscription. At least one.
struct SendRequest {
  SubscriptionRecord subscription;
  std::vector<PendingDelivery> deliveries;
};

struct SendResult {
  enum class Kind {
    kDelivered,
    kFailed,     // Worth trying again.
    kGone,       // The receiver wants nothing more, ever.
    kCancelled,  // We are stopping: as if it had not been tried.
  };
  Kind kind = Kind::kFailed;
  int http_status = 0;
  std::string error;    // One sentence; empty when delivered.
  std::string snippet;  // The beginning of the answer, at most kSnippetBytesMax of valid UTF-8.
  std::optional<std::chrono::milliseconds> retry_after;
};

class Channel {
 public:
  using Done = std::function<void(SendResult)>;
  virtual ~Channel() = default;
  // `done` comes exactly once, from any thread or before this returns, and does not block. The caller bounds how many
  // it has open.
  virtual void Send(SendRequest request, Done done) = 0;
  // How many deliveries one attempt may carry for this subscription.
  virtual size_t BatchMax(const SubscriptionRecord& subscription) const = 0;
  // How many attempts may run at once for this subscription; 1 keeps the order.
  virtual size_t ConcurrencyMax(const SubscriptionRecord& subscription) const = 0;
};

}  // namespace dateline::notification
