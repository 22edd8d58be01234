#include "common/metrics/registry.h"

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "common/base/check.h"
#include "prometheus/check_names.h"
#include "prometheus/family.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace dateline::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Gets or makes one series. prometheus-cpp throws for a bad name or a second kind: mistakes of the program.
template <typename Builder, typename... Arguments>
auto& Get(Builder builder, prometheus::Registry& registry, const std::string& name, const std::string& help,
          const Labels& labels, const Arguments&... arguments) {
  try {
    return builder.Name(name).Help(help).Register(registry).Add(labels, arguments...);
  } catch (const std::exception& error) {
    CheckFailed(__FILE__, __LINE__, "valid metric", name + ": " + error.what());
  }
}

// Gathers what collectors report, by name.
class FamilySink final : public Sink {
 public:
  void Gauge(const std::string& name, const std::string& help, const Labels& labels, double value) override {
    ClientMetric metric;
    metric.gauge.value = value;
    Add(MetricType::Gauge, name, help, labels, std::move(metric));
  }
  void Counter(const std::string& name, const std::string& help, const Labels& labels, double value) override {
    ClientMetric metric;
    metric.counter.value = value;
    Add(MetricType::Counter, name, help, labels, std::move(metric));
  }
  std::vector<MetricFamily> Take() {
    std::vector<MetricFamily> families;
    for (auto& [unused, family] : families_) families.push_back(std::move(family));
    return families;
  }

 private:
  void Add(MetricType type, const std::string& name, const std::string& help, const Labels& labels,
           ClientMetric metric) {
    DATELINE_CHECK(prometheus::CheckMetricName(name), name + " is not a metric name");
    MetricFamily& family = families_[name];
    if (family.name.empty()) {
      family.name = name;
      family.help = help;
      family.type = type;
    }
    DATELINE_CHECK(family.type == type, name + " is reported as two kinds");
    if (family.metric.size() >= Registry::kSeriesMax || !seen_.emplace(name, labels).second) return;
    for (const auto& [label, text] : labels) {
      DATELINE_CHECK(prometheus::CheckLabelName(label), label + " is not a label name");
      metric.label.push_back({label, text});
    }
    family.metric.push_back(std::move(metric));
  }

  std::map<std::string, MetricFamily> families_;
  std::set<std::pair<std::string, Labels>> seen_;
};

}  // namespace

const std::vector<double>& LatencyBuckets() {
  static const std::vector<double> buckets = {0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.002,
                                              0.003,  0.005,  0.007,  0.01,   0.02,   0.03,  0.05,
                                              0.1,    0.2,    0.5,    1,      2,      5,     10};
  return buckets;
}

const std::vector<double>& SizeBuckets() {
  static const std::vector<double> buckets = {256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216};
  return buckets;
}

CollectorHandle::CollectorHandle(CollectorHandle&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}

CollectorHandle& CollectorHandle::operator=(CollectorHandle&& other) noexcept {
  if (this != &other) {
    if (registry_ != nullptr) registry_->RemoveCollector(id_);
    registry_ = std::exchange(other.registry_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

CollectorHandle::~CollectorHandle() {
  if (registry_ != nullptr) registry_->RemoveCollector(id_);
}

Registry::Registry(std::string_view service) : registry_(std::make_unique<prometheus::Registry>()) {
  series_refused_ = &Get(prometheus::BuildCounter(), *registry_, "dateline_metrics_series_refused_total",
                         "Label sets that were folded into one because their metric had too many.", {});
  GetGauge("dateline_build_info", "Always 1; the labels say what runs.",
           {{"service", std::string(service)}, {"version", DATELINE_VERSION}})
      .Set(1);
}

Registry::~Registry() = default;

Labels Registry::Admit(const std::string& name, const Labels& labels) {
  const MutexLock lock(mutex_);
  std::set<Labels>& known = series_[name];
  if (known.contains(labels)) return labels;
  if (known.size() < kSeriesMax) {
    known.insert(labels);
    return labels;
  }
  series_refused_->Increment();
  Labels folded = labels;
  for (auto& [unused, value] : folded) value = "other";
  return folded;
}

Counter& Registry::GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  return Get(prometheus::BuildCounter(), *registry_, name, help, Admit(name, labels));
}

Gauge& Registry::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Get(prometheus::BuildGauge(), *registry_, name, help, Admit(name, labels));
}

Histogram& Registry::GetHistogram(const std::string& name, const std::string& help, const Labels& labels,
                                  const std::vector<double>& buckets) {
  DATELINE_CHECK(std::is_sorted(buckets.begin(), buckets.end()), name + ": bucket bounds have to rise");
  return Get(prometheus::BuildHistogram(), *registry_, name, help, Admit(name, labels), buckets);
}

CollectorHandle Registry::AddCollector(std::function<void(Sink&)> collect) {
  const MutexLock lock(collectors_mutex_);
  const uint64_t id = next_collector_++;
  collectors_.emplace(id, std::move(collect));
  return {this, id};
}

void Registry::RemoveCollector(uint64_t id) {
  const MutexLock lock(collectors_mutex_);
  collectors_.erase(id);
}

std::string Registry::Scrape() const {
  std::vector<MetricFamily> families = registry_->Collect();
  FamilySink sink;
  {
    const MutexLock lock(collectors_mutex_);
    for (const auto& [unused, collect] : collectors_) collect(sink);
  }
  for (MetricFamily& family : sink.Take()) {
    const bool taken = std::any_of(families.begin(), families.end(),
                                   [&family](const MetricFamily& one) { return one.name == family.name; });
    DATELINE_CHECK(!taken, family.name + " is both counted and reported by a collector");
    families.push_back(std::move(family));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return std::move(text).str();
}

}  // namespace dateline::metrics
