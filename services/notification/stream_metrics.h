#pragma once
// The service's metrics: what streams did, counted as it happens, and sizes and ages, read at scrape time. README.md
// lists them. Thread-safe. All that it reads outlives it.

#include <memory>

#include "common/bus/consumer_runner.h"
#include "common/metrics/registry.h"
#include "services/notification/event_loader.h"
#include "services/notification/event_ring.h"
#include "services/notification/shared_filter.h"
#include "services/notification/stream_hub.h"

namespace dateline::notification {

class StreamMetrics final : public StreamObserver {
 public:
  StreamMetrics(metrics::Registry& registry, const Clock& clock);

  void OnSent(const StreamCursor::Send& message) override;
  void OnEnded(const std::string& reason) override;

  struct Sources {
    const EventRing& ring;
    const EventLoader& loader;
    const StreamHub& hub;
    const FilterSet& filters;
    const bus::ConsumerRunner& runner;
  };
  // From here on these are read at every scrape, until Unwatch().
  void Watch(const Sources& sources);
  void Unwatch() { collector_ = {}; }

 private:
  metrics::Registry& registry_;
  const Clock& clock_;
  metrics::Counter& events_;
  metrics::Counter& heartbeats_;
  metrics::Histogram& delay_;
  metrics::CollectorHandle collector_;
};

}  // namespace dateline::notification
