#include "services/notification/delivery/delivery_metrics.h"

#include <string>

#include "common/log/log.h"

namespace dateline::notification {
namespace {

const char* ChannelName(const v1::Subscription& subscription) {
  switch (subscription.channel_case()) {
    case v1::Subscription::kWebhook:
      return "webhook";
    case v1::Subscription::kEmail:
      return "email";
    case v1::Subscription::kNats:
      return "nats";
    case v1::Subscription::CHANNEL_NOT_SET:
      break;
  }
  return "none";
}

// Few values, so that they may be a label.
std::string Outcome(const SendResult& result) {
  if (result.kind == SendResult::Kind::kDelivered) return "delivered";
  if (result.kind == SendResult::Kind::kGone) return "gone";
  if (result.http_status == 0) return "no_answer";
  return std::to_string(result.http_status / 100) + "xx";
}

void Collect(const DeliveryMetrics::Sources& from, metrics::Sink& sink) {
  if (const auto counts = from.store.Count(); counts.ok()) {
    const auto gauge = [&](const char* state, int64_t value) {
      sink.Gauge("dateline_notification_subscriptions", "Subscriptions, by state.", {{"state", state}},
                 static_cast<double>(value));
    };
    gauge("active", counts->active);
    gauge("paused", counts->paused);
    gauge("disabled", counts->disabled);
    sink.Gauge("dateline_notification_subscriptions_behind", "Active subscriptions that are being caught up.", {},
               static_cast<double>(counts->behind));
    sink.Gauge("dateline_notification_backlog_deliveries", "Deliveries that wait.", {},
               static_cast<double>(counts->backlog));
  }
  const Dispatcher::Stats dispatcher = from.dispatcher.stats();
  sink.Gauge("dateline_notification_attempts_in_flight", "Attempts under way.", {},
             static_cast<double>(dispatcher.in_flight));
  sink.Gauge("dateline_notification_subscriptions_waiting", "Subscriptions that wait for an attempt of others to end.",
             {}, static_cast<double>(dispatcher.waiting));
  const Matcher::Stats matcher = from.matcher.stats();
  sink.Counter("dateline_notification_matched_events_total", "Events matched with subscriptions.", {},
               static_cast<double>(matcher.events));
  sink.Counter("dateline_notification_matches_total", "Deliveries that were made by matching.", {},
               static_cast<double>(matcher.deliveries));
  sink.Counter("dateline_notification_missed_events_total", "Events that were gone before they were matched.", {},
               static_cast<double>(matcher.missed));
  sink.Counter("dateline_notification_match_failures_total", "Steps of matching that failed and were repeated.", {},
               static_cast<double>(matcher.failures));
  sink.Gauge("dateline_notification_matched_filters", "Distinct filters of live subscriptions.", {},
             static_cast<double>(matcher.filters));
  const auto head = from.ring.head();
  const uint64_t lag = head && head->sequence > matcher.cursor ? head->sequence - matcher.cursor : 0;
  sink.Gauge("dateline_notification_match_lag_events", "Events that are known and not matched yet.", {},
             static_cast<double>(lag));
  if (from.leases != nullptr) {
    const PartLeases::Stats leases = from.leases->stats();
    sink.Gauge("dateline_notification_lease_parts",
               "Of 64 parts of the subscriptions, those this replica delivers for.", {}, leases.held);
    sink.Gauge("dateline_notification_replicas", "Replicas that share the subscriptions, as of the latest look.", {},
               leases.replicas);
    sink.Gauge("dateline_notification_leads", "1 when this replica matches events for all.", {}, leases.leads ? 1 : 0);
    sink.Counter("dateline_notification_lease_failures_total", "Renewals of the leases that failed.", {},
                 static_cast<double>(leases.failures));
    sink.Counter("dateline_notification_lease_lost_total", "Parts that were lost without having been given up.", {},
                 static_cast<double>(leases.lost));
  }
  const sql::Stats sql = from.database();
  sink.Gauge("dateline_sql_queue_items", "Writes that wait.", {}, static_cast<double>(sql.queue_depth));
  sink.Counter("dateline_sql_writes_total", "Writes that were run.", {}, static_cast<double>(sql.writes));
  sink.Counter("dateline_sql_write_failures_total", "Writes that gave an error.", {},
               static_cast<double>(sql.write_failures));
  sink.Counter("dateline_sql_groups_total", "Transactions that were committed; writes by groups is the group size.", {},
               static_cast<double>(sql.groups));
}

}  // namespace

DeliveryMetrics::DeliveryMetrics(metrics::Registry& registry, const Clock& clock)
    : registry_(registry),
      clock_(clock),
      given_up_(registry.GetCounter("dateline_notification_deliveries_given_up_total",
                                    "Deliveries of which every attempt failed.")),
      disabled_(registry.GetCounter("dateline_notification_subscriptions_disabled_total",
                                    "Subscriptions that were switched off because their channel failed.")),
      store_failures_(registry.GetCounter("dateline_notification_store_failures_total",
                                          "Reads and writes of deliveries that failed and are repeated.")),
      leases_lost_(registry.GetCounter("dateline_notification_outcomes_refused_total",
                                       "Outcomes of attempts that were refused, because another replica had taken "
                                       "over; it repeats the attempt.")),
      wait_(registry.GetHistogram("dateline_notification_delivery_wait_seconds",
                                  "From the making of a delivery to its arrival.")) {}

void DeliveryMetrics::OnAttempt(const SendRequest& request, const SendResult& result,
                                std::chrono::nanoseconds duration) {
  const std::string channel = ChannelName(request.subscription.settings);
  registry_
      .GetCounter("dateline_notification_attempts_total", "Attempts to deliver, by channel and outcome.",
                  {{"channel", channel}, {"outcome", Outcome(result)}})
      .Increment();
  registry_
      .GetHistogram("dateline_notification_attempt_seconds", "How long attempts took, by channel.",
                    {{"channel", channel}})
      .Observe(metrics::Seconds(duration));
  if (result.kind != SendResult::Kind::kDelivered) {
    log::Debug("delivery_failed", {{"subscription", request.subscription.settings.name()},
                                   {"deliveries", request.deliveries.size()},
                                   {"http_status", result.http_status},
                                   {"error", result.error}});
    return;
  }
  const WallTime now = clock_.Now();
  for (const PendingDelivery& delivery : request.deliveries)
    wait_.Observe(metrics::Seconds(now - delivery.create_time));
}

void DeliveryMetrics::OnGivenUp(const SubscriptionRecord& subscription, const PendingDelivery& delivery) {
  given_up_.Increment();
  log::Warn(
      "delivery_given_up",
      {{"subscription", subscription.settings.name()}, {"delivery", delivery.id}, {"event_id", delivery.event_id}});
}

void DeliveryMetrics::OnDisabled(const SubscriptionRecord& subscription, const std::string& cause) {
  disabled_.Increment();
  log::Warn("subscription_disabled", {{"subscription", subscription.settings.name()}, {"cause", cause}});
}

void DeliveryMetrics::OnStoreFailed(const absl::Status& status) {
  store_failures_.Increment();
  log::Error("delivery_store_failed", {{"error", status}});
}

void DeliveryMetrics::OnLeaseLost(const SubscriptionRecord& subscription) {
  leases_lost_.Increment();
  log::Warn("delivery_lease_lost", {{"subscription", subscription.settings.name()}});
}

void DeliveryMetrics::Watch(const Sources& sources) {
  collector_ = registry_.AddCollector([sources](metrics::Sink& sink) { Collect(sources, sink); });
}

}  // namespace dateline::notification
