#pragma once
// Webhooks as Standard Webhooks 1.0 say, with CloudEvents 1.0 in JSON as their body: one event in the structured mode,
// several (a subscription's batch_size, or a digest) in the batched mode. Success is a 2xx and nothing else; a redirect
// is a failure and is not followed. Thread-safe; fetcher, secrets and clock
// outlive it.

#include <string>
#include <vector>

#include "common/http/fetcher.h"
#include "common/secrets/secret_box.h"
#include "services/notification/delivery/channel.h"

namespace dateline::notification {

// What is read of an answer; the rest is not waited for.
inline constexpr size_t kAnswerBytesMax = size_t{64} << 10;

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(http::AsyncFetcher& fetcher, const secrets::SecretBox& secrets, const Clock& clock)
      : fetcher_(fetcher), secrets_(secrets), clock_(clock) {}

  void Send(SendRequest request, Done done) override;
  size_t BatchMax(const SubscriptionRecord& subscription) const override;
  size_t ConcurrencyMax(const SubscriptionRecord& subscription) const override;

 private:
  http::AsyncFetcher& fetcher_;
  const secrets::SecretBox& secrets_;
  const Clock& clock_;
};

// The body and what names it.
struct WebhookMessage {
  std::string id;  // Of the event; of several a derived one, the same whenever they are sent together.
  std::string content_type;
  std::string body;
};
// `backfill` deliveries bear the extension attribute "backfill". INTERNAL (UNKNOWN_EVENT_DATA) for an event that cannot
// be decoded.
absl::StatusOr<WebhookMessage> MakeWebhookMessage(const std::vector<PendingDelivery>& deliveries, bool batched);

}  // namespace dateline::notification
