#pragma once
// The counters of polling; the README lists them. Thread-safe; the Registry outlives it.

#include <chrono>
#include <string>

#include "common/metrics/registry.h"

namespace dateline::ingestion {

class CrawlMetrics {
 public:
  explicit CrawlMetrics(metrics::Registry& registry)
      : registry_(registry),
        fetch_seconds_(
            registry.GetHistogram("dateline_ingestion_poll_fetch_seconds", "Time of one request of the poller.")),
        detect_seconds_(registry.GetHistogram("dateline_ingestion_detect_seconds",
                                              "From the publication date that a source gives to the archive's OK.", {},
                                              {1, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400})),
        received_bytes_(
            registry.GetCounter("dateline_ingestion_received_bytes_total", "Bytes of bodies, after decompression.")) {}

  // `kind`: source, page, robots or hub. `result`: ok, not_modified, refused, failed or cached.
  void Fetched(const std::string& kind, const std::string& result, std::chrono::nanoseconds took, size_t bytes) {
    registry_
        .GetCounter("dateline_ingestion_poll_fetches_total", "Requests of the poller, by kind and result.",
                    {{"kind", kind}, {"result", result}})
        .Increment();
    fetch_seconds_.Observe(metrics::Seconds(took));
    received_bytes_.Increment(static_cast<double>(bytes));
  }
  void Polled(const std::string& result) {
    registry_.GetCounter("dateline_ingestion_polls_total", "Polls of sources, by result.", {{"result", result}})
        .Increment();
  }
  void Pushed(const std::string& result) {
    registry_
        .GetCounter("dateline_ingestion_pushes_total", "What hubs pushed, by what it held: items or unreadable.",
                    {{"result", result}})
        .Increment();
  }
  void Item(const std::string& what) {
    registry_
        .GetCounter("dateline_ingestion_items_total",
                    "Items: new, edited or moved in a list; page, content or given_up when taken.", {{"what", what}})
        .Increment();
  }
  void Detected(std::chrono::nanoseconds after) { detect_seconds_.Observe(metrics::Seconds(after)); }
  void HealthChanged(const std::string& health) {
    registry_
        .GetCounter("dateline_ingestion_health_changes_total", "Changes of a source's health, by the new one.",
                    {{"health", health}})
        .Increment();
  }
  void LeaseLost() {
    registry_.GetCounter("dateline_ingestion_leases_lost_total", "Outcomes refused because another took the host.")
        .Increment();
  }

 private:
  metrics::Registry& registry_;
  metrics::Histogram& fetch_seconds_;
  metrics::Histogram& detect_seconds_;
  metrics::Counter& received_bytes_;
};

}  // namespace dateline::ingestion
