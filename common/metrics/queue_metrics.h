#pragma once
// What an operator needs to know about a queue, the same for each of them: dateline_queue_depth_items,
// dateline_queue_capacity_items, dateline_queue_rejects_total and dateline_queue_wait_seconds, all with the label
// `queue`. Depth and capacity are read at scrape time from the queue itself, so they are never stale. Thread-safe.
// Declare it after the queue that it watches, so that it goes first; the Registry outlives it.

#include <chrono>
#include <functional>
#include <string>

#include "common/metrics/registry.h"

namespace dateline::metrics {

class QueueMetrics {
 public:
  struct Options {
    std::string queue = {};              // Label value: "rpc", "sql_write". One QueueMetrics for each name.
    std::function<size_t()> depth = {};  // Items that wait now. Called at scrape; takes leaf locks only.
    size_t capacity = 0;                 // The limit at which items are refused.
  };
  QueueMetrics(Registry& registry, Options options);

  // An item was refused because the queue was full.
  void Rejected() { rejects_.Increment(); }
  // An item was taken out after this long.
  void Waited(std::chrono::nanoseconds wait) { wait_.Observe(Seconds(wait)); }

 private:
  Counter& rejects_;
  Histogram& wait_;
  CollectorHandle collector_;
};

}  // namespace dateline::metrics
