#pragma once
// The HTTP port for operators: GET /healthz (200 while the process serves), /readyz (200, or 503 with what is missing,
// one per line) and /metrics. One thread runs a poll loop with at most kConnectionsMax connections, one request on
// each, a limit on the size of a request and on the time of a whole exchange. When all connections are taken a new one
// replaces the oldest, so that no set of slow clients can keep a probe out. Start and Stop are called by one thread.
// The Registry and the Readiness outlive it. There is no TLS and no authentication: the port belongs on loopback or in
// a cluster's own network.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"

namespace dateline::config {
class Schema;
}

namespace dateline::metrics {

class OpsServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // "host:port"; an IPv6 host in brackets; port 0 takes any free one.
    std::chrono::milliseconds exchange_timeout = std::chrono::seconds(5);  // From accept to the last byte.
  };

  OpsServer(Options options, Registry& registry, const Readiness& readiness);
  // Calls Stop().
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  // Binds and serves. INVALID_ARGUMENT (LISTEN_ADDRESS_INVALID) for a malformed address; FAILED_PRECONDITION with
  // reason ADDRESS_IN_USE when another process has it; UNAVAILABLE (LISTEN_FAILED) for the rest.
  absl::Status Start();
  // Closes all connections and joins the thread, within 200 ms. Idempotent.
  void Stop();
  // The port that was bound; 0 before Start(). It stays after Stop().
  uint16_t port() const { return port_; }

  static constexpr size_t kConnectionsMax = 16;
  static constexpr size_t kRequestBytesMax = 8 * 1024;

 private:
  class Loop;

  const Options options_;
  Registry& registry_;
  const Readiness& readiness_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
  uint16_t port_ = 0;
};

// Registers ops.listen with the value in `options` as default.
void AddOptions(config::Schema& schema, OpsServer::Options* options);

}  // namespace dateline::metrics
