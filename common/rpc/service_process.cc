#include "common/rpc/service_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/process_signals.h"
#include "common/config/command_line.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "common/metrics/ops_server.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"

namespace dateline::rpc {
namespace {

// What the steps besides the server's may take together.
constexpr std::chrono::milliseconds kStopReserve{5'000};

// A value that was wrong from the start is the caller's to mend; what the machine refuses may work at the next try.
int ExitFor(const absl::Status& failed) {
  return failed.code() == absl::StatusCode::kInvalidArgument ? config::kExitUsage : config::kExitFailed;
}

}  // namespace

struct ServiceProcess::State {
  Spec spec;
  config::Schema schema;
  Server::Options server;
  metrics::OpsServer::Options ops;
  log::Options log;
  TlsFiles tls;
  std::chrono::milliseconds stop_limit{25'000};

  bool has_server() const { return !spec.listen.empty(); }
  void RegisterKeys();
  int Serve(ProcessSignals& signals, const MakeApp& make);
  absl::Status StartAll(ServiceApp& app, Server* rpc_server, metrics::Readiness& readiness);
  int StopAll(ServiceApp& app, Server* rpc_server, metrics::Readiness& readiness);
};

void ServiceProcess::State::RegisterKeys() {
  if (has_server()) rpc::AddOptions(schema, &server);
  rpc::AddOptions(schema, &tls);
  metrics::AddOptions(schema, &ops);
  log::AddOptions(schema, &log);
  schema.Duration("process.stop_limit", &stop_limit, std::chrono::seconds(1), std::chrono::minutes(10),
                  "the process ends itself when stopping takes longer");
  schema.Validate([this] {
    const auto needed =
        (has_server() ? server.drain_delay + server.stop_limit : std::chrono::milliseconds(0)) + kStopReserve;
    if (stop_limit >= needed) return absl::OkStatus();
    return Error(
        absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
        fmt::format("process.stop_limit = {} ms is less than server.drain_delay + server.stop_limit + {} ms = {} "
                    "ms; raise it or lower those",
                    stop_limit.count(), kStopReserve.count(), needed.count()));
  });
}

absl::Status ServiceProcess::State::StartAll(ServiceApp& app, Server* rpc_server, metrics::Readiness& readiness) {
  if (absl::Status started = app.Start(); !started.ok()) return started;
  if (rpc_server == nullptr) return absl::OkStatus();
  if (absl::Status started = rpc_server->Start(); !started.ok()) return started;
  readiness.SetListener([rpc_server](bool ready) { rpc_server->SetReady(ready); });
  return absl::OkStatus();
}

int ServiceProcess::State::StopAll(ServiceApp& app, Server* rpc_server, metrics::Readiness& readiness) {
  readiness.Drain();
  readiness.SetListener(nullptr);
  app.Drain();
  if (rpc_server != nullptr) {
    if (absl::Status stopped = rpc_server->Stop(); !stopped.ok()) {
      // A handler still uses what the application owns: nothing may be destroyed any more.
      log::Error("stop_failed", {{"error", stopped}});
      log::Flush();
      ::_exit(config::kExitFailed);
    }
  }
  app.Stop();
  return config::kExitOk;
}

int ServiceProcess::State::Serve(ProcessSignals& signals, const MakeApp& make) {
  metrics::Registry registry(spec.name);
  metrics::Readiness readiness;
  readiness.Set("started", false, "the service is starting");
  metrics::OpsServer ops_server(ops, registry, readiness);
  if (absl::Status started = ops_server.Start(); !started.ok()) {
    log::Error("start_failed", {{"error", started}});
    return ExitFor(started);
  }
  absl::StatusOr<std::shared_ptr<const TlsIdentity>> identity = TlsIdentity::Open(tls);
  if (!identity.ok()) {
    log::Error("start_failed", {{"error", identity.status()}});
    return ExitFor(identity.status());
  }
  server.tls = *identity;
  std::unique_ptr<Server> rpc_server;
  if (has_server()) rpc_server = std::make_unique<Server>(server, registry, RealClock());
  ServiceParts parts{RealClock(), registry, readiness, rpc_server.get(), *std::move(identity)};
  absl::StatusOr<std::unique_ptr<ServiceApp>> app = make(parts);
  if (!app.ok()) {
    log::Error("start_failed", {{"error", app.status()}});
    return ExitFor(app.status());
  }
  const absl::Status started = StartAll(**app, rpc_server.get(), readiness);
  if (started.ok()) {
    readiness.Set("started", true);
    log::Info("started", {{"version", DATELINE_VERSION},
                          {"pid", ::getpid()},
                          {"listen", rpc_server != nullptr ? rpc_server->target() : std::string()},
                          {"ops_port", ops_server.port()}});
    const int signal = signals.Wait();
    log::Info("stopping", {{"signal", signal}});
  } else {
    log::Error("start_failed", {{"error", started}});
  }
  signals.StartWatchdog(stop_limit);
  const int stopped = StopAll(**app, rpc_server.get(), readiness);
  rpc_server.reset();
  app->reset();
  ops_server.Stop();
  log::Info("stopped");
  log::Flush();
  return started.ok() ? stopped : ExitFor(started);
}

ServiceProcess::ServiceProcess(Spec spec) : state_(std::make_unique<State>()) {
  state_->server.listen = spec.listen;
  state_->ops.listen = spec.ops_listen;
  state_->log.service = spec.name;
  state_->spec = std::move(spec);
}

ServiceProcess::~ServiceProcess() = default;

config::Schema& ServiceProcess::schema() {
  return state_->schema;
}

Server::Options& ServiceProcess::server_options() {
  return state_->server;
}

int ServiceProcess::Run(int argc, char** argv, const MakeApp& make) {
  State& state = *state_;
  state.RegisterKeys();
  const config::Run parsed =
      config::ParseCommandLine(state.schema, "dateline-" + state.spec.name, state.spec.description, argc, argv);
  if (!parsed.proceed) return parsed.exit_code;
  log::Init(state.log);
  ProcessSignals signals;
  return state.Serve(signals, make);
}

}  // namespace dateline::rpc
