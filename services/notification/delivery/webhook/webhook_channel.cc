#include "services/notification/delivery/webhook/webhook_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/export/event_json.h"
#include "common/http/freshness.h"
#include "common/text/utf8.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/notification/delivery/webhook/webhook_signature.h"
#include "services/notification/subscriptions/secret_sealing.h"

namespace dateline::notification {
namespace {

absl::StatusOr<std::string> DeliveryJson(const PendingDelivery& delivery) {
  io::cloudevents::v1::CloudEvent event;
  if (!event.ParseFromString(delivery.payload)) {
    return Error(absl::StatusCode::kInternal, "UNKNOWN_EVENT_DATA",
                 fmt::format("event {} cannot be decoded", delivery.event_id));
  }
  if (delivery.backfill) (*event.mutable_attributes())["backfill"].set_ce_boolean(true);
  return exporting::EventJson(event);
}

std::string Snippet(std::string_view body) {
  const std::string valid = text::ReplaceInvalidUtf8(text::TruncateUtf8(body, kSnippetBytesMax));
  return std::string(text::TruncateUtf8(valid, kSnippetBytesMax));
}

SendResult Judge(absl::StatusOr<http::Response> answer, WallTime now) {
  SendResult result;
  if (!answer.ok()) {
    const bool stopping = ErrorReason(answer.status()) == "CANCELLED";
    result.kind = stopping ? SendResult::Kind::kCancelled : SendResult::Kind::kFailed;
    result.error = text::ReplaceInvalidUtf8(ToStd(answer.status().message()));
    return result;
  }
  result.http_status = answer->status;
  result.snippet = Snippet(answer->body);
  if (answer->Succeeded()) {
    result.kind = SendResult::Kind::kDelivered;
    return result;
  }
  if (answer->status == 410) {
    result.kind = SendResult::Kind::kGone;
    result.error = "the receiver answered 410: it wants no more events";
    return result;
  }
  const bool redirect = answer->status >= 300 && answer->status < 400;
  result.error = redirect ? fmt::format(
                                "the receiver answered {}, a redirect to {}; webhooks follow none, so give the "
                                "subscription the final URL",
                                answer->status, Snippet(answer->Header("location")))
                          : fmt::format("the receiver answered {}", answer->status);
  result.retry_after = http::RetryAfter(*answer, now);
  return result;
}

}  // namespace

absl::StatusOr<WebhookMessage> MakeWebhookMessage(const std::vector<PendingDelivery>& deliveries, bool batched) {
  WebhookMessage message;
  if (!batched) {
    message.id = deliveries.front().event_id;
    message.content_type = "application/cloudevents+json; charset=utf-8";
    DATELINE_ASSIGN_OR_RETURN(message.body, DeliveryJson(deliveries.front()));
    return message;
  }
  std::string ids;
  message.body = "[";
  for (const PendingDelivery& delivery : deliveries) {
    DATELINE_ASSIGN_OR_RETURN(const std::string json, DeliveryJson(delivery));
    if (message.body.size() > 1) message.body += ',';
    message.body += json;
    ids += delivery.event_id + '\n';
  }
  message.body += ']';
  message.id = UuidV5(ids);
  message.content_type = "application/cloudevents-batch+json; charset=utf-8";
  return message;
}

size_t WebhookChannel::BatchMax(const SubscriptionRecord& subscription) const {
  return std::max<size_t>(subscription.settings.webhook().batch_size(), 1);
}

size_t WebhookChannel::ConcurrencyMax(const SubscriptionRecord& subscription) const {
  return std::max<size_t>(subscription.settings.webhook().concurrency(), 1);
}

void WebhookChannel::Send(SendRequest request, Done done) {
  const v1::WebhookChannel& webhook = request.subscription.settings.webhook();
  auto message = MakeWebhookMessage(request.deliveries, BatchMax(request.subscription) > 1);
  const auto secrets = OpenSecrets(secrets_, request.subscription);
  for (const absl::Status& status : {message.status(), secrets.status()}) {
    if (status.ok()) continue;
    SendResult result;
    result.error = std::string(ToStd(status.message()));
    return done(std::move(result));
  }
  const WallTime now = clock_.Now();
  http::Request http;
  http.url = webhook.uri();
  http.timeout = FromDuration(webhook.timeout());
  http.body_bytes_max = kAnswerBytesMax;
  http.cut_body = true;
  http.follow_redirects = false;
  http.typed = true;
  http.headers = {{"Content-Type", message->content_type},
                  {"webhook-id", message->id},
                  {"webhook-timestamp", std::to_string(ToMicros(now) / 1'000'000)},
                  {"webhook-signature", WebhookSignatures(*secrets, message->id, now, message->body)}};
  http.post = std::move(message->body);
  fetcher_.Start(std::move(http), [this, done = std::move(done)](absl::StatusOr<http::Response> answer) {
    done(Judge(std::move(answer), clock_.Now()));
  });
}

}  // namespace dateline::notification
