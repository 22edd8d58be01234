#pragma once
// HTTP/1.1 over cpp-httplib, which parses and writes, with our own connections and threads below it: keep-alive, gzip,
// and a bound on everything that a client can use up. One handler answers every request; it runs on the connection's
// thread and may block on calls with deadlines. An answer may take its connection over (server-sent events).

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "services/gateway/http/message.h"

namespace dateline::config {
class Schema;
}
namespace dateline::metrics {
class Registry;
}

namespace dateline::gateway {

struct ServerOptions {
  std::string listen = "127.0.0.1:7480";
  size_t threads = 64;
  size_t queue_max = 1'024;
  size_t body_bytes_max = size_t{33} << 20;  // A document of 32 MiB, and what is around it.
  size_t head_bytes_max = size_t{32} << 10;
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{60'000};
  std::chrono::milliseconds write_time{20'000};
  std::chrono::milliseconds idle_time{15'000};
  size_t requests_per_connection_max = 10'000;
  // Between "not ready" and the end of service, for balancers that learn of it late (in a cluster: 5 s).
  std::chrono::milliseconds drain_delay{0};
};

void AddOptions(config::Schema& schema, ServerOptions* options);

class Server {
 public:
  Server(const ServerOptions& options, Handler handler, metrics::Registry& registry);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and begins to serve. INVALID_ARGUMENT (BAD_ADDRESS) or FAILED_PRECONDITION (ADDRESS_IN_USE).
  absl::Status Start();
  // Serves on for `drain_delay`, with answers that close their connections; then takes no more connections, cuts
  // streams, lets other requests that run end, and ends the threads. Idempotent.
  void Stop();
  int port() const;

 private:
  class Http;
  std::unique_ptr<Http> http_;
};

}  // namespace dateline::gateway
