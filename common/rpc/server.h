#pragma once
// A gRPC server as every service here runs it: limits set explicitly, health ("" = the process answers, "readiness" =
// it can do its work), reflection, keepalive that suits our clients, and a stop that ends in bounded time even when a
// handler hangs. Services are registered between construction and Start() and outlive the server; handlers use kit().
// Start, Stop and SetReady are for one controlling thread; kit() is thread-safe.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/tls.h"

namespace dateline::config {
class Schema;
}

namespace dateline::rpc {

class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // "host:port" or "unix:/path"; port 0: any free one.
    ServerKit::Options kit;
    int64_t message_bytes_max = 4 << 20;                          // Largest message in and out.
    int64_t memory_bytes_max = 256 << 20;                         // gRPC's own buffers, all connections together.
    int64_t concurrent_calls_max = 1024;                          // For each connection; more wait at the client.
    std::chrono::milliseconds connection_age_max{5 * 60 * 1000};  // Then clients resolve the name again.
    std::chrono::milliseconds drain_delay{0};  // Between "not ready" and the end of service (behind balancers: 5 s).
    std::chrono::milliseconds stop_limit{10'000};  // For calls that run when Stop() is called.
    bool reflection = true;
    std::shared_ptr<const TlsIdentity> tls{};  // Null: plain text.
  };

  // `registry` and `clock` outlive the server. Does nothing else yet.
  Server(Options options, metrics::Registry& registry, const Clock& clock = RealClock());
  // Calls Stop(). What does not end by then is left behind on purpose (see Stop).
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  ServerKit& kit();

  // Before Start(). `service` outlives the server.
  void AddService(grpc::Service* service);

  // Listens and serves; readiness is still off. FAILED_PRECONDITION (ADDRESS_IN_USE) when another process has the
  // address, INVALID_ARGUMENT (BAD_ADDRESS) when it cannot be understood or does not belong to this machine,
  // PERMISSION_DENIED (ADDRESS_NOT_PERMITTED) for a port that needs privileges.
  absl::Status Start();
  // The port that was bound; 0 for a unix socket. After Start().
  int port() const;
  // What a client on this machine passes to MakeChannel. After Start().
  std::string target() const;

  // How long it serves on after Stop() was called.
  std::chrono::milliseconds drain_delay() const;

  // What the health service answers for "readiness". No effect before Start() or after Stop().
  void SetReady(bool ready);

  // Not ready, then drain_delay, then open streams end with UNAVAILABLE, running calls get stop_limit, the rest is
  // cancelled. Returns within drain_delay + stop_limit + 2 s. OK when everything ended; DEADLINE_EXCEEDED (STOP_STUCK)
  // when a handler still runs: then objects that it uses must not be destroyed and the process should exit at once.
  // May be called again, to wait once more.
  absl::Status Stop();

 private:
  struct State;
  // Shared with the thread that stops it, which is left behind when a handler never returns.
  std::shared_ptr<State> state_;
};

// Registers server.* keys for all of Server::Options. The values in `options` are the defaults; `options` outlives
// parsing.
void AddOptions(config::Schema& schema, Server::Options* options);

}  // namespace dateline::rpc
