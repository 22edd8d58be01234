#pragma once
// The eventbus as a process without main: its options, the forwarder, the ops port and the metrics, started and stopped
// in order. One thread calls Start, Tick and Stop.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/log/log.h"
#include "common/metrics/ops_server.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "services/eventbus/forwarder.h"

namespace dateline::config {
class Schema;
}

namespace dateline::eventbus {

struct AppOptions {
  std::string publishers_listen = "127.0.0.1:7450";
  std::string subscribers_listen = "127.0.0.1:7451";
  int high_water_mark = 10'000;
  // All three empty: no encryption, everybody may connect.
  std::string secret_key_file;
  std::string publishers_file;
  std::string subscribers_file;
  metrics::OpsServer::Options ops{.listen = "127.0.0.1:7455"};
  log::Options log{.service = "eventbus"};
};

// Registers all keys; `options` outlives the schema.
void AddOptions(config::Schema& schema, AppOptions* options);

class App {
 public:
  explicit App(AppOptions options);
  // Calls Stop().
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  absl::Status Start();
  // Brings the metrics up to date; call every kTickInterval.
  void Tick();
  // Within two seconds. Idempotent.
  void Stop();

  const Forwarder& forwarder() const { return forwarder_; }
  uint16_t ops_port() const { return ops_.port(); }

  static constexpr std::chrono::milliseconds kTickInterval{1000};
  static constexpr std::chrono::milliseconds kStopLimit{5000};

 private:
  void Collect(metrics::Sink& sink) const;

  const AppOptions options_;
  metrics::Registry registry_;
  metrics::Readiness readiness_;
  Forwarder forwarder_;
  metrics::OpsServer ops_;
  // The last sample: a scrape must not wait for the proxy.
  std::atomic<uint64_t> published_messages_{0};
  std::atomic<uint64_t> published_bytes_{0};
  std::atomic<uint64_t> forwarded_messages_{0};
  std::atomic<uint64_t> forwarded_bytes_{0};
  std::atomic<uint64_t> subscription_changes_{0};
  metrics::CollectorHandle collector_;
};

}  // namespace dateline::eventbus
