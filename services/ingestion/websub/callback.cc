#include "services/ingestion/websub/callback.h"

#include <utility>

#include "common/base/error.h"
#include "common/log/log.h"
#include "common/text/utf8.h"
#include "services/ingestion/websub/signature.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kChallengeBytesMax = 4'096;
constexpr size_t kContentTypeBytesMax = 200;
constexpr int kRetryAfterSeconds = 60;

std::string ValueOf(const std::multimap<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

// An error of the store in the words of HTTP. A hub tries again after 503.
CallbackAnswer AnswerOf(const absl::Status& status) {
  if (absl::IsNotFound(status)) return {.status = 404};
  log::Warn("callback_failed", {{"error", status}});
  return {.status = 503, .retry_after_s = kRetryAfterSeconds};
}

}  // namespace

void WebSubCallback::Count(const std::string& kind, const std::string& result) {
  registry_
      .GetCounter("dateline_ingestion_callbacks_total",
                  "Requests of hubs: subscribe, unsubscribe, denied or push, by result.",
                  {{"kind", kind}, {"result", result}})
      .Increment();
}

CallbackAnswer WebSubCallback::Verify(std::string_view token, const std::multimap<std::string, std::string>& query) {
  const HubIntent intent{.mode = ValueOf(query, "hub.mode"),
                         .topic = ValueOf(query, "hub.topic"),
                         .lease_seconds = ValueOf(query, "hub.lease_seconds"),
                         .reason = ValueOf(query, "hub.reason")};
  std::string challenge = ValueOf(query, "hub.challenge");
  const bool known_mode = intent.mode == "subscribe" || intent.mode == "unsubscribe" || intent.mode == "denied";
  const std::string kind = known_mode ? intent.mode : "other";
  if (!known_mode || challenge.size() > kChallengeBytesMax || (challenge.empty() && intent.mode != "denied")) {
    Count(kind, "malformed");
    return {.status = 400, .body = "hub.mode, hub.topic and hub.challenge are wanted"};
  }
  bool agreed = false;
  std::string source;
  const absl::Status changed = store_.ChangeSubscription(token, [&](SubscriptionRecord* subscription) {
    SubscriptionRecord taken = *subscription;
    agreed = TakeIntent(intent, clock_.Now(), &taken);
    source = taken.source;
    if (agreed) *subscription = std::move(taken);
    return absl::OkStatus();
  });
  if (!changed.ok()) {
    Count(kind, absl::IsNotFound(changed) ? "unknown" : "failed");
    return AnswerOf(changed);
  }
  Count(kind, agreed ? "agreed" : "refused");
  log::Info("hub_called_back", {{"source", source}, {"mode", intent.mode}, {"agreed", agreed}});
  // What we did not ask for gets what an unknown address gets.
  if (!agreed) return {.status = 404};
  return {.status = 200, .body = std::move(challenge)};
}

CallbackAnswer WebSubCallback::Expect(std::string_view token) {
  const auto subscription = store_.FindSubscription(token);
  if (!subscription.ok()) {
    Count("push", absl::IsNotFound(subscription.status()) ? "unknown" : "failed");
    return AnswerOf(subscription.status());
  }
  if (TakesPushes(*subscription, clock_.Now())) return {.status = 200};
  Count("push", "unwanted");
  // Tells the hub that the subscription is over.
  return {.status = 410};
}

CallbackAnswer WebSubCallback::Push(std::string_view token, std::string_view signature, std::string content_type,
                                    std::string body) {
  const auto subscription = store_.FindSubscription(token);
  if (!subscription.ok()) return AnswerOf(subscription.status());
  if (!IsSignedBy(subscription->state.secret(), signature, body)) {
    // A 2xx and nothing else, as WebSub asks: whoever guesses learns nothing.
    Count("push", signature.empty() ? "unsigned" : "bad_signature");
    log::Warn("push_ignored", {{"source", subscription->source}, {"cause", "its signature is missing or wrong"}});
    return {.status = 202};
  }
  const absl::Status kept = store_.AddDelivery(
      token, {.topic = subscription->topic,
              .content_type = text::ReplaceInvalidUtf8(text::TruncateUtf8(content_type, kContentTypeBytesMax)),
              .body = std::move(body),
              .receive_time = clock_.Now()});
  if (!kept.ok()) {
    Count("push", absl::IsResourceExhausted(kept) ? "full" : "failed");
    return AnswerOf(kept);
  }
  Count("push", "kept");
  nudge_();
  return {.status = 202};
}

}  // namespace dateline::ingestion
