#include "common/metrics/queue_metrics.h"

#include <utility>

namespace dateline::metrics {

QueueMetrics::QueueMetrics(Registry& registry, Options options)
    : rejects_(registry.GetCounter("dateline_queue_rejects_total", "Items refused because the queue was full.",
                                   {{"queue", options.queue}})),
      wait_(registry.GetHistogram("dateline_queue_wait_seconds", "Time that items spent in the queue.",
                                  {{"queue", options.queue}})) {
  collector_ = registry.AddCollector([options = std::move(options)](Sink& sink) {
    const Labels labels = {{"queue", options.queue}};
    sink.Gauge("dateline_queue_depth_items", "Items that wait in the queue.", labels,
               static_cast<double>(options.depth()));
    sink.Gauge("dateline_queue_capacity_items", "Items at which the queue refuses more.", labels,
               static_cast<double>(options.capacity));
  });
}

}  // namespace dateline::metrics
