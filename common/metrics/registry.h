#pragma once
// The metrics of one process in Prometheus' model; a thin layer over prometheus-cpp, which this module keeps in one
// place. Metrics are made at start and kept by reference by those that count; a value that some object knows anyway (a
// depth, an age) is read at scrape time by a collector instead. Thread-safe. References stay valid as long as the
// Registry, which main owns and which outlives everything that counts. A bad name, or one name used for two kinds, is a
// mistake in the program and ends it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"

namespace prometheus {
class Registry;
}

namespace dateline::metrics {

using Counter = prometheus::Counter;      // Increment(), Increment(n)
using Gauge = prometheus::Gauge;          // Set(v), Increment(), Decrement()
using Histogram = prometheus::Histogram;  // Observe(seconds)
using Labels = std::map<std::string, std::string>;

// Upper bounds in seconds from 100 us to 10 s, five for each power of ten at the fast end.
const std::vector<double>& LatencyBuckets();
// Upper bounds in bytes from 256 to 16 MiB, by fours.
const std::vector<double>& SizeBuckets();
// For Observe().
inline double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Takes the values that a collector reports during one scrape. Names follow the same rules as in Registry; several
// collectors may report one name with different labels. A series that was reported before is left out, because one
// repeat makes Prometheus refuse the whole scrape.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Gauge(const std::string& name, const std::string& help, const Labels& labels, double value) = 0;
  virtual void Counter(const std::string& name, const std::string& help, const Labels& labels, double value) = 0;
};

class Registry;

// Removes its collector when it goes; after that the callback neither runs nor will run. Movable. Must go before the
// Registry does, and not from inside a collector.
class CollectorHandle {
 public:
  CollectorHandle() = default;
  CollectorHandle(CollectorHandle&& other) noexcept;
  CollectorHandle& operator=(CollectorHandle&& other) noexcept;
  ~CollectorHandle();

 private:
  friend class Registry;
  CollectorHandle(Registry* registry, uint64_t id) : registry_(registry), id_(id) {}
  Registry* registry_ = nullptr;
  uint64_t id_ = 0;
};

class Registry {
 public:
  // `service` is a label of dateline_build_info, which is always there with the value 1.
  explicit Registry(std::string_view service);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Returns the metric with this name and these labels, making it at the first call. Names are
  // dateline_<area>_<what>_<unit>, counters end in _total. Once a name has kSeriesMax label sets, further ones share
  // one series whose labels all read "other", and dateline_metrics_series_refused_total counts them: labels must not
  // carry unbounded values.
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels = {},
                          const std::vector<double>& buckets = LatencyBuckets());

  // Calls `collect` at every scrape, in the scraping thread, with a lock of the Registry held: it must be quick, must
  // not block on I/O and must not call this Registry.
  [[nodiscard]] CollectorHandle AddCollector(std::function<void(Sink&)> collect);

  // The text exposition format 0.0.4.
  std::string Scrape() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  static constexpr size_t kSeriesMax = 1000;

 private:
  friend class CollectorHandle;
  void RemoveCollector(uint64_t id);
  Labels Admit(const std::string& name, const Labels& labels) EXCLUDES(mutex_);

  const std::unique_ptr<prometheus::Registry> registry_;
  mutable Mutex mutex_;
  std::map<std::string, std::set<Labels>, std::less<>> series_ GUARDED_BY(mutex_);
  // Held while collectors run, so that a removed one is known to be at rest.
  mutable Mutex collectors_mutex_;
  std::map<uint64_t, std::function<void(Sink&)>> collectors_ GUARDED_BY(collectors_mutex_);
  uint64_t next_collector_ GUARDED_BY(collectors_mutex_) = 1;
  Counter* series_refused_ = nullptr;
};

}  // namespace dateline::metrics
