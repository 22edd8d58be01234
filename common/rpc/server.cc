#include "common/rpc/server.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <pthread.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "common/rpc/listen_address.h"

namespace dateline::rpc {
namespace {

constexpr const char* kReadiness = "readiness";
constexpr int kKeepaliveTimeMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Clients may ping this often; gRPC's own default of five minutes would cut off our clients, which ping every 30 s.
constexpr int kMinPingIntervalMs = 20'000;
constexpr int kConnectionAgeGraceMs = 30'000;
// What Stop() adds to stop_limit, for gRPC to cancel and for the threads to be joined.
constexpr std::chrono::milliseconds kStopSlack{2'000};

// Servers that are binding now. What gRPC logs then is said better by ExplainListenFailure. Global because gRPC's log
// is.
std::atomic<int> binding{0};

void WriteGrpcLog(gpr_log_func_args* args) {
  // What gRPC calls an error is mostly a peer that went away.
  const bool loud = args->severity == GPR_LOG_SEVERITY_ERROR && binding.load(std::memory_order_relaxed) == 0;
  const log::Level level = loud ? log::Level::kWarn : log::Level::kDebug;
  log::Write(level, "grpc", {{"message", args->message}, {"file", args->file}, {"line", args->line}});
}

// Settings of the whole process that gRPC reads when a server is built.
void SetUpGrpcOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(WriteGrpcLog);
    grpc::EnableDefaultHealthCheckService(true);
    // Names the reflection library, which the linker would leave out otherwise; it registers itself by being there.
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

// Takes the reflection plug-in out again, which is in every builder once its library is linked.
class NoReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

void Configure(grpc::ServerBuilder& builder, const Server::Options& options) {
  const int message_bytes_max = static_cast<int>(options.message_bytes_max);
  builder.SetMaxReceiveMessageSize(message_bytes_max);
  builder.SetMaxSendMessageSize(message_bytes_max);
  grpc::ResourceQuota quota("dateline-server");
  quota.Resize(static_cast<size_t>(options.memory_bytes_max));
  builder.SetResourceQuota(quota);
  // A second process on the same port must fail, not share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(options.concurrent_calls_max));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(options.connection_age_max.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  // Reflection is served by gRPC's synchronous threads; it needs few.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  if (!options.reflection) builder.SetOption(std::make_unique<NoReflection>());
}

// What is larger than gRPC sends is refused before, with a reason.
ServerKit::Options KitOptions(const Server::Options& options) {
  ServerKit::Options kit = options.kit;
  kit.response_bytes_max = options.message_bytes_max;
  return kit;
}

}  // namespace

struct Server::State {
  State(Options o, metrics::Registry& registry, const Clock& c)
      : options(std::move(o)), clock(c), kit(KitOptions(options), registry, c) {}

  const Options options;
  const Clock& clock;
  ServerKit kit;  // Goes after the server, whose calls use it.
  std::vector<grpc::Service*> services;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::thread stopper;

  Mutex mutex;
  CondVar changed;
  grpc::HealthCheckServiceInterface* health GUARDED_BY(mutex) = nullptr;  // Null unless serving.
  bool stop_called GUARDED_BY(mutex) = false;
  bool stopped GUARDED_BY(mutex) = false;
};

Server::Server(Options options, metrics::Registry& registry, const Clock& clock)
    : state_(std::make_shared<State>(std::move(options), registry, clock)) {}

Server::~Server() {
  if (absl::Status stopped = Stop(); !stopped.ok()) log::Error("server_left_behind", {{"error", stopped}});
  if (!state_->stopper.joinable()) return;
  if (MutexLock lock(state_->mutex); !state_->stopped) {
    state_->stopper.detach();
    return;
  }
  state_->stopper.join();
}

ServerKit& Server::kit() {
  return state_->kit;
}

void Server::AddService(grpc::Service* service) {
  DATELINE_CHECK(state_->server == nullptr, "services are added before the server starts");
  state_->services.push_back(service);
}

absl::Status Server::Start() {
  State& state = *state_;
  DATELINE_CHECK(state.server == nullptr, "a server starts once");
  SetUpGrpcOnce();
  const std::string& listen = state.options.listen;
  if (absl::Status usable = CheckListenAddress(listen); !usable.ok()) return usable;
  grpc::ServerBuilder builder;
  Configure(builder, state.options);
  for (grpc::Service* service : state.services) builder.RegisterService(service);
  int port = 0;
  const std::shared_ptr<const TlsIdentity>& tls = state.options.tls;
  builder.AddListeningPort(listen, tls == nullptr ? grpc::InsecureServerCredentials() : tls->server(), &port);
  binding.fetch_add(1, std::memory_order_relaxed);
  state.server = builder.BuildAndStart();
  binding.fetch_sub(1, std::memory_order_relaxed);
  if (state.server == nullptr) return ExplainListenFailure(listen);
  state.port = IsUnixAddress(listen) ? 0 : port;
  MutexLock lock(state.mutex);
  state.health = state.server->GetHealthCheckService();
  state.health->SetServingStatus(kReadiness, false);
  return absl::OkStatus();
}

int Server::port() const {
  return state_->port;
}

std::string Server::target() const {
  return TargetFor(state_->options.listen, state_->port);
}

std::chrono::milliseconds Server::drain_delay() const {
  return state_->options.drain_delay;
}

void Server::SetReady(bool ready) {
  MutexLock lock(state_->mutex);
  if (state_->health != nullptr) state_->health->SetServingStatus(kReadiness, ready);
}

absl::Status Server::Stop() {
  State& state = *state_;
  {
    MutexLock lock(state.mutex);
    if (state.stopped) return absl::OkStatus();
    if (!state.stop_called) {
      state.stop_called = true;
      if (state.health != nullptr) {
        state.health->SetServingStatus(kReadiness, false);
        state.health = nullptr;
        const MonotonicTime drained = state.clock.Monotonic() + state.options.drain_delay;
        while (state.clock.Monotonic() < drained) {
          state.changed.WaitFor(state.mutex, drained - state.clock.Monotonic());
        }
      }
    }
  }
  if (!state.stopper.joinable()) {
    state.kit.EndStreams();
    // On a thread of its own, because Shutdown does not return while one call is unfinished, whatever its deadline
    // says.
    state.stopper = std::thread([shared = state_] {
      ::pthread_setname_np(::pthread_self(), "rpc-stop");
      if (shared->server != nullptr) {
        shared->server->Shutdown(std::chrono::system_clock::now() + shared->options.stop_limit);
      }
      shared->kit.Stop();
      MutexLock lock(shared->mutex);
      shared->stopped = true;
      shared->changed.NotifyAll();
    });
  }
  MutexLock lock(state.mutex);
  const MonotonicTime limit = state.clock.Monotonic() + state.options.stop_limit + kStopSlack;
  while (!state.stopped) {
    const auto left = limit - state.clock.Monotonic();
    if (left <= left.zero()) {
      return Error(absl::StatusCode::kDeadlineExceeded, "STOP_STUCK",
                   "a handler did not return in time; end the process, nothing acknowledged is lost");
    }
    state.changed.WaitFor(state.mutex, left);
  }
  return absl::OkStatus();
}

void AddOptions(config::Schema& schema, Server::Options* options) {
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  constexpr int64_t kKiB = 1024;
  constexpr int64_t kMiB = 1024 * kKiB;
  schema.String("server.listen", &options->listen, "where RPCs are served: host:port, or unix:/path");
  schema.Int("server.threads", &options->kit.threads, 1, 256, "handlers that run at the same time");
  schema.Int("server.queue_max", &options->kit.queue_max, 1, 100'000, "calls that wait for a thread; more are refused");
  schema.Duration("server.deadline_floor", &options->kit.deadline_floor, milliseconds(0), seconds(10),
                  "calls with less time left than this are refused");
  schema.Int("server.streams_max", &options->kit.streams_max, 1, 100'000, "open server streams in all");
  schema.Int("server.streams_per_peer_max", &options->kit.streams_per_peer_max, 1, 100'000,
             "open server streams of one address");
  schema.Duration("server.stream_stall_max", &options->kit.stream_stall_max, milliseconds(100), minutes(10),
                  "how long a reader may leave a message untaken");
  schema.Bytes("server.message_bytes_max", &options->message_bytes_max, 64 * kKiB, 64 * kMiB,
               "the largest message, in and out");
  schema.Bytes("server.memory_bytes_max", &options->memory_bytes_max, 16 * kMiB, 16 * 1024 * kMiB,
               "gRPC's buffers, all connections together");
  schema.Int("server.concurrent_calls_max", &options->concurrent_calls_max, 1, 100'000, "open calls of one connection");
  schema.Duration("server.connection_age_max", &options->connection_age_max, seconds(10), minutes(24 * 60),
                  "after which a connection is closed, so that clients look for new instances");
  schema.Duration("server.drain_delay", &options->drain_delay, milliseconds(0), minutes(1),
                  "between not ready and the end of service; 5s behind a load balancer");
  schema.Duration("server.stop_limit", &options->stop_limit, milliseconds(100), minutes(5),
                  "how long running calls get when the server stops");
  schema.Bool("server.reflection", &options->reflection, "whether clients may ask which services there are");
}

}  // namespace dateline::rpc
