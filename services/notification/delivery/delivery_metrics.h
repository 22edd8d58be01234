#pragma once
// What subscriptions, matching and delivering show: counted as it happens, and counts read at scrape time. README.md
// lists the metrics. Also writes the log lines about what an operator should know. Thread-safe.

#include <functional>

#include "common/metrics/registry.h"
#include "common/sql/stats.h"
#include "services/notification/delivery/dispatcher.h"
#include "services/notification/event_ring.h"
#include "services/notification/leases/part_leases.h"
#include "services/notification/matching/matcher.h"

namespace dateline::notification {

class DeliveryMetrics final : public DeliveryObserver {
 public:
  DeliveryMetrics(metrics::Registry& registry, const Clock& clock);

  void OnAttempt(const SendRequest& request, const SendResult& result, std::chrono::nanoseconds duration) override;
  void OnGivenUp(const SubscriptionRecord& subscription, const PendingDelivery& delivery) override;
  void OnDisabled(const SubscriptionRecord& subscription, const std::string& cause) override;
  void OnStoreFailed(const absl::Status& status) override;
  void OnLeaseLost(const SubscriptionRecord& subscription) override;

  struct Sources {
    SubscriptionStore& store;
    const Dispatcher& dispatcher;
    const Matcher& matcher;
    const PartLeases* leases;  // Null where nobody shares the store.
    const EventRing& ring;
    std::function<sql::Stats()> database;
  };
  // From here on these are read at every scrape, until Unwatch().
  void Watch(const Sources& sources);
  void Unwatch() { collector_ = {}; }

 private:
  metrics::Registry& registry_;
  const Clock& clock_;
  metrics::Counter& given_up_;
  metrics::Counter& disabled_;
  metrics::Counter& store_failures_;
  metrics::Counter& leases_lost_;
  metrics::Histogram& wait_;
  metrics::CollectorHandle collector_;
};

}  // namespace dateline::notification
