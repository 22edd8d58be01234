#pragma once
// The life of a service's process, the same for all of them: parse and check the configuration, set up logs, block
// signals, build, start, report readiness, wait for a signal, stop in order and in bounded time. A main.cc says only
// what the service is called, which options it has and how it is built:
//
//   int main(int argc, char** argv) {
//     rpc::ServiceProcess process({.name = "storage", .description = "The archive: …", .listen = "127.0.0.1:7410",
//                                  .ops_listen = "127.0.0.1:7415"});
//     storage::Options options;
//     storage::AddOptions(process.schema(), &options);
//     return process.Run(argc, argv, [&](rpc::ServiceParts& parts) { return storage::MakeApp(options, parts); });
//   }
//
// Keys that every service has: server.*, tls.*, ops.listen, log.*, process.stop_limit. Everything runs on the main
// thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/rpc/server.h"

namespace dateline::config {
class Schema;
}
namespace dateline::metrics {
class Registry;
class Readiness;
}  // namespace dateline::metrics

namespace dateline::rpc {

// What the process gives to the service. All of it outlives the ServiceApp.
struct ServiceParts {
  const Clock& clock;
  metrics::Registry& registry;
  metrics::Readiness& readiness;  // The service sets its own conditions; health and /readyz follow them.
  Server* server;                 // Null for a service without RPCs. Register services in ServiceApp::Start().
  // For ChannelOptions of every call to another of our services; null without tls.* in the configuration.
  std::shared_ptr<const TlsIdentity> tls{};
};

// The service itself: the object graph of one process.
class ServiceApp {
 public:
  virtual ~ServiceApp() = default;
  // Opens stores, starts threads, registers RPC services on the server, which begins to listen right after. An error
  // ends the process (after Stop()): with status 2 for INVALID_ARGUMENT, else 1.
  virtual absl::Status Start() = 0;
  // The first step of stopping, while the server still answers: take no new work from elsewhere (subscriptions,
  // schedulers, leases). Bounded, quick.
  virtual void Drain() {}
  // The last step, when no call runs any more: flush, close stores. Bounded. Called also after a failed Start().
  virtual void Stop() = 0;
};

class ServiceProcess {
 public:
  struct Spec {
    std::string name{};         // "storage"; the program is "dateline-storage".
    std::string description{};  // One line for --help.
    std::string listen{};       // Default of server.listen; empty: a service without RPCs.
    std::string ops_listen{};   // Default of ops.listen.
  };
  using MakeApp = std::function<absl::StatusOr<std::unique_ptr<ServiceApp>>(ServiceParts&)>;

  explicit ServiceProcess(Spec spec);
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  // Where the service registers its own keys, before Run().
  config::Schema& schema();
  // To change defaults before Run(), for example a longer server.stop_limit.
  Server::Options& server_options();

  // Returns the exit status of the process: 0 after a clean stop, 1 when the service could not start or stop, 2 for a
  // wrong configuration, an address that cannot be listened on by its form or family included. `make` is called after
  // the configuration was read and must not do I/O.
  int Run(int argc, char** argv, const MakeApp& make);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dateline::rpc
