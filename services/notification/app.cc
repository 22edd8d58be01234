#include "services/notification/app.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/consumer_runner.h"
#include "common/bus/options.h"
#include "common/config/schema.h"
#include "common/eventlog/event_log_client.h"
#include "common/metrics/readiness.h"
#include "common/rpc/channel.h"
#include "services/notification/event_stream_service.h"
#include "services/notification/release_follower.h"
#include "services/notification/storage_archive.h"
#include "services/notification/stream_metrics.h"
#include "services/notification/subscription_service.h"

namespace dateline::notification {
namespace {

constexpr char kStorageCondition[] = "storage";
// A whole release is read for filters that look at its text; storage keeps records of up to 8 MiB, and a stream would
// wait for ever behind one that does not fit.
constexpr int64_t kStorageMessageBytesMax = int64_t{16} << 20;

absl::StatusOr<bus::ConsumerRunnerOptions> RunnerOptions(const Options& options) {
  bus::ConsumerRunnerOptions runner;
  runner.consumer.topic = kReleaseTopic;
  runner.bus.endpoints = options.bus_endpoints;
  runner.consumer.poll_interval = options.poll_interval;
  // Without a bus there is nobody to wait for.
  if (options.bus_endpoints.empty()) runner.consumer.silence_after = options.poll_interval;
  DATELINE_ASSIGN_OR_RETURN(runner.bus.curve, bus::LoadCurveKeys(options.bus_keys));
  runner.read_timeout = options.storage_deadline;
  return runner;
}

class App final : public rpc::ServiceApp {
 public:
  App(const Options& options, rpc::ServiceParts& parts)
      : options_(options),
        parts_(parts),
        channel_(rpc::MakeChannel(
            options.storage_address,
            {.message_bytes_max = kStorageMessageBytesMax, .user_agent = "dateline-notification", .tls = parts.tls})),
        log_stub_(events::v1::EventLogService::NewStub(channel_)),
        release_stub_(storage::v1::ReleaseService::NewStub(channel_)),
        archive_(*log_stub_, *release_stub_, options.storage_deadline),
        metrics_(parts.registry, parts.clock),
        ring_(options.ring),
        loader_({}, archive_, parts.clock),
        hub_(ring_, loader_, metrics_, parts.clock),
        follower_(
            {}, ring_, archive_, [this] { OnRingChanged(); }, parts.clock),
        remote_reader_(*log_stub_),
        reader_(remote_reader_, ring_),
        stream_service_(parts.server->kit(), hub_, filters_, ring_, archive_),
        subscription_service_(parts.server->kit()) {
    parts_.readiness.Set(kStorageCondition, false, "the log of " + options.storage_address + " has not been reached");
  }

  ~App() override { App::Stop(); }

  absl::Status Start() override {
    DATELINE_ASSIGN_OR_RETURN(bus::ConsumerRunnerOptions runner_options, RunnerOptions(options_));
    runner_ = std::make_unique<bus::ConsumerRunner>(std::move(runner_options), reader_, follower_, parts_.clock);
    parts_.server->AddService(&stream_service_);
    parts_.server->AddService(&subscription_service_);
    hub_.Start();
    metrics_.Watch({ring_, loader_, hub_, filters_, *runner_});
    return runner_->Start(ReleaseFollower::StartCursor());
  }

  void Drain() override {
    if (runner_ != nullptr) runner_->Stop();
    hub_.EndAll(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                      "this server is stopping; stream again with the token of the last message"));
  }

  void Stop() override {
    if (runner_ != nullptr) runner_->Stop();
    metrics_.Unwatch();
    hub_.Stop();
    loader_.Stop();
  }

 private:
  void OnRingChanged() {
    parts_.readiness.Set(kStorageCondition, true);
    hub_.Notify();
  }

  const Options options_;
  rpc::ServiceParts parts_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<events::v1::EventLogService::Stub> log_stub_;
  const std::unique_ptr<storage::v1::ReleaseService::Stub> release_stub_;
  StorageArchive archive_;
  StreamMetrics metrics_;
  FilterSet filters_;
  EventRing ring_;
  EventLoader loader_;
  StreamHub hub_;
  ReleaseFollower follower_;
  eventlog::RemoteLogReader remote_reader_;
  HeadNotingReader reader_;
  std::unique_ptr<bus::ConsumerRunner> runner_;  // Made by Start(), because it may read key files.
  EventStreamService stream_service_;
  SubscriptionService subscription_service_;
};

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  using std::chrono::milliseconds;
  constexpr int64_t kMiB = 1 << 20;
  schema.String("storage.address", &options->storage_address, "where the storage service is: host:port or unix:/path");
  schema.Duration("storage.deadline", &options->storage_deadline, milliseconds(100), milliseconds(60'000),
                  "how long one call to storage may take");
  schema.StringList("bus.subscribe_endpoints", &options->bus_endpoints,
                    "where the bus is subscribed to; without any the log is polled");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Duration("bus.poll_interval", &options->poll_interval, milliseconds(10), milliseconds(60'000),
                  "between reads of the log while there is no bus, or it is silent");
  schema.Int("ring.max_events", &options->ring.events_max, 1, 10'000'000,
             "events kept in memory for streams that keep up");
  schema.Bytes("ring.max_bytes", &options->ring.bytes_max, kMiB, 64 * 1024 * kMiB, "what these events may take");
}

void SetServerDefaults(rpc::Server::Options* server) {
  server->kit.streams_max = 2'000;
  server->kit.streams_per_peer_max = 1'000;  // Behind a proxy, and on one machine, all clients have one address.
  // After a broadcast every stream asks for its next turn at once.
  server->kit.queue_max = 8'192;
  server->concurrent_calls_max = 1'100;
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  return std::make_unique<App>(options, parts);
}

}  // namespace dateline::notification
