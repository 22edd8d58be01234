#include "services/notification/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/bus/consumer_runner.h"
#include "common/bus/options.h"
#include "common/eventlog/bus_relay.h"
#include "common/eventlog/event_log_client.h"
#include "common/eventlog/event_log_service.h"
#include "common/log/log.h"
#include "common/metrics/readiness.h"
#include "common/rpc/channel.h"
#include "services/notification/backfill_operation.h"
#include "services/notification/delivery/delivery_metrics.h"
#include "services/notification/delivery/webhook/webhook_channel.h"
#include "services/notification/event_stream_service.h"
#include "services/notification/leases/part_leases.h"
#include "services/notification/matching/matcher.h"
#include "services/notification/release_follower.h"
#include "services/notification/saved_searches/saved_search_service.h"
#include "services/notification/storage_archive.h"
#include "services/notification/stream_metrics.h"
#include "services/notification/subscription_service.h"
#include "services/notification/subscriptions/postgres/postgres_lease_table.h"
#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"
#include "services/notification/subscriptions/secret_sealing.h"
#include "services/notification/subscriptions/sqlite/sqlite_subscription_store.h"

namespace dateline::notification {
namespace {

constexpr char kStorageCondition[] = "storage";
// A whole release is read for filters that look at its text; storage keeps records of up to 8 MiB, and a stream would
// wait for ever behind one that does not fit.
constexpr int64_t kStorageMessageBytesMax = int64_t{16} << 20;

constexpr char kDatabaseFile[] = "notification.db";
// How long attempts under way are waited for at the end.
constexpr std::chrono::milliseconds kDrainMax{2'000};

absl::Status CheckDataDir(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_MISSING",
                 fmt::format("notification.data_dir = {}: there is no such folder; make it, or name another", path),
                 {{"path", path}});
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "DATA_DIR_NOT_WRITABLE",
        fmt::format("notification.data_dir = {}: this user may not write there; change its owner or mode", path),
        {{"path", path}});
  }
  return absl::OkStatus();
}

// Uniform in [0, 1), for one thread.
Dispatcher::Random RandomSource() {
  std::random_device seed;
  auto generator = std::make_shared<std::mt19937_64>(seed());  // Copied with the function, which has to be copyable.
  return [generator] { return std::uniform_real_distribution<double>(0, 1)(*generator); };
}

// One word, unique for this run, that tells an operator where it runs.
std::string ReplicaName() {
  char host[HOST_NAME_MAX + 1] = "host";
  if (::gethostname(host, sizeof(host)) != 0) host[0] = '\0';
  host[HOST_NAME_MAX] = '\0';
  return fmt::format("{}/{}", host, UuidV4().substr(0, 8));
}

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
        delivery_metrics_(parts.registry, parts.clock),
        fetcher_(options_.fetcher),
        webhook_(fetcher_, options_.secrets, parts.clock) {
    parts_.readiness.Set(kStorageCondition, false, "the log of " + options.storage_address + " has not been reached");
  }

  ~App() override { App::Stop(); }

  absl::Status Start() override {
    DATELINE_ASSIGN_OR_RETURN(bus::ConsumerRunnerOptions runner_options, RunnerOptions(options_));
    runner_ = std::make_unique<bus::ConsumerRunner>(std::move(runner_options), reader_, follower_, parts_.clock);
    DATELINE_RETURN_IF_ERROR(StartSubscriptions());
    parts_.server->AddService(&stream_service_);
    hub_.Start();
    metrics_.Watch({ring_, loader_, hub_, filters_, *runner_});
    return runner_->Start(ReleaseFollower::StartCursor());
  }

  void Drain() override {
    patience_->End(parts_.server->drain_delay());
    if (runner_ != nullptr) runner_->Stop();
    if (part_leases_ != nullptr) part_leases_->Drain();
    if (dispatcher_ != nullptr) dispatcher_->Drain(kDrainMax);
    hub_.EndAll(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                      "this server is stopping; stream again with the token of the last message"));
  }

  void Stop() override {
    if (runner_ != nullptr) runner_->Stop();
    StopSubscriptions();
    metrics_.Unwatch();
    hub_.Stop();
    loader_.Stop();
  }

 private:
  absl::Status OpenSqlite() {
    DATELINE_RETURN_IF_ERROR(CheckDataDir(options_.data_dir));
    const std::string path = (std::filesystem::path(options_.data_dir) / kDatabaseFile).string();
    DATELINE_ASSIGN_OR_RETURN(auto store,
                              SqliteSubscriptionStore::Open({.path = path, .limits = options_.limits}, parts_.clock));
    database_stats_ = [raw = store.get()] { return raw->database_stats(); };
    store_ = std::move(store);
    leases_ = &sole_leases_;
    return absl::OkStatus();
  }

  absl::Status OpenPostgres() {
    const sql::postgres::ConnectionOptions connection =
        sql::postgres::ConnectionOf(options_.back_end, "dateline-notification", patience_);
    const std::string replica = ReplicaName();
    DATELINE_ASSIGN_OR_RETURN(auto store,
                              PostgresSubscriptionStore::Open({.connection = connection,
                                                               .readers = options_.back_end.readers,
                                                               .reconnect_max = options_.back_end.reconnect_max,
                                                               .limits = options_.limits,
                                                               .replica = replica},
                                                              parts_.clock));
    database_stats_ = [raw = store.get()] { return raw->database_stats(); };
    shared_store_ = store.get();
    store_ = std::move(store);
    lease_table_ = std::make_unique<PostgresLeaseTable>(connection);
    part_leases_ = std::make_unique<PartLeases>(
        PartLeases::Options{.replica = replica, .duration = options_.lease}, *lease_table_,
        [this] { LookAtEverything(); }, parts_.clock);
    leases_ = part_leases_.get();
    log::Info("replica_started", {{"replica", replica}});
    return absl::OkStatus();
  }

  absl::Status StartSubscriptions() {
    DATELINE_RETURN_IF_ERROR(options_.back_end.postgres() ? OpenPostgres() : OpenSqlite());
    DATELINE_RETURN_IF_ERROR(SealSecrets());
    if (!options_.email.smtp_url.empty()) email_ = std::make_unique<EmailChannel>(options_.email, parts_.clock);
    if (!options_.nats.url.empty()) nats_ = std::make_unique<NatsChannel>(options_.nats);
    const Channels channels{.webhook = &webhook_, .email = email_.get(), .nats = nats_.get()};
    dispatcher_ = std::make_unique<Dispatcher>(options_.dispatch, *store_, *leases_, channels, delivery_metrics_,
                                               parts_.clock, RandomSource());
    const auto notify = [this](const std::vector<int64_t>& ids) { dispatcher_->Notify(ids); };
    history_ = std::make_unique<HistoryReader>(options_.history, archive_, *store_, *leases_, notify, parts_.clock);
    matcher_ = std::make_unique<Matcher>(Matcher::Options{}, ring_, archive_, *store_, *leases_, notify, parts_.clock);
    ChannelRules rules;
    rules.policy = options_.fetcher.policy;
    rules.allow_loopback = options_.fetcher.typed_loopback;
    rules.allow_http = options_.allow_http;
    rules.has_email = email_ != nullptr;
    rules.has_nats = nats_ != nullptr;
    rpc::ServerKit& kit = parts_.server->kit();
    subscription_service_ = std::make_unique<SubscriptionService>(
        kit, rules,
        SubscriptionService::Ports{.store = *store_,
                                   .archive = archive_,
                                   .channels = channels,
                                   .secrets = options_.secrets,
                                   .clock = parts_.clock,
                                   .changed = [this](int64_t id) { OnSubscriptionChanged(id); }});
    operation_service_ = std::make_unique<OperationService>(
        kit, *store_, [this] { history_->Wake(); }, parts_.clock);
    event_log_service_ = std::make_unique<eventlog::EventLogService>(kit, store_->events());
    parts_.server->AddService(event_log_service_.get());
    parts_.server->AddService(subscription_service_.get());
    saved_search_service_ = std::make_unique<SavedSearchService>(kit, store_->saved_searches(), parts_.clock);
    parts_.server->AddService(saved_search_service_.get());
    parts_.server->AddService(operation_service_.get());
    delivery_metrics_.Watch({*store_, *dispatcher_, *matcher_, part_leases_.get(), ring_, database_stats_});
    dispatcher_->Start();
    history_->Start();
    matcher_->Start();
    if (shared_store_ != nullptr) shared_store_->Listen([this](const ChangeNotice& notice) { OnNotice(notice); });
    if (part_leases_ != nullptr) part_leases_->Start();
    return StartPublishing();
  }

  absl::Status SealSecrets() {
    if (!options_.secrets.has_keys()) {
      log::Warn("secrets_not_sealed", {{"cause",
                                        "notification.secrets_key_file is empty; signing secrets are kept as "
                                        "plain text"}});
    }
    DATELINE_ASSIGN_OR_RETURN(const size_t sealed, SealStoredSecrets(*store_, options_.secrets));
    if (sealed > 0) log::Info("secrets_sealed", {{"subscriptions", sealed}});
    return absl::OkStatus();
  }

  // Of the events about subscriptions.
  absl::Status StartPublishing() {
    if (options_.publish_endpoints.empty()) return absl::OkStatus();
    DATELINE_ASSIGN_OR_RETURN(relay_,
                              eventlog::BusRelay::Start(store_->events(), {.endpoints = options_.publish_endpoints,
                                                                           .keys = options_.bus_keys,
                                                                           .relay = {.turn = store_->relay_turn()}}));
    store_->SetCommitListener([relay = relay_.get()] { relay->Wake(); });
    return absl::OkStatus();
  }

  // Another replica has written.
  void OnNotice(const ChangeNotice& notice) {
    if (notice.all) return LookAtEverything();
    matcher_->Wake();
    history_->Wake();
    dispatcher_->Notify(notice.subscriptions);
  }

  void LookAtEverything() {
    matcher_->Wake();
    history_->Wake();
    dispatcher_->LookAgain();
  }

  void StopSubscriptions() {
    if (store_ == nullptr) return;
    delivery_metrics_.Unwatch();
    if (matcher_ != nullptr) matcher_->Stop();
    if (history_ != nullptr) history_->Stop();
    if (part_leases_ != nullptr) part_leases_->Drain();
    if (dispatcher_ != nullptr) dispatcher_->Drain(std::chrono::milliseconds(0));
    fetcher_.Stop();
    if (email_ != nullptr) email_->Stop();
    if (nats_ != nullptr) nats_->Stop();
    store_->SetCommitListener(nullptr);
    if (relay_ != nullptr) relay_->Stop();
    // Outcomes that are still on their way are written first: they call the dispatcher.
    if (absl::Status closed = store_->Close(); !closed.ok()) log::Error("store_close_failed", {{"error", closed}});
    // Only now may others begin what was under way here.
    if (part_leases_ != nullptr) part_leases_->Stop();
    if (dispatcher_ != nullptr) dispatcher_->Stop();
  }

  void OnRingChanged() {
    parts_.readiness.Set(kStorageCondition, true);
    hub_.Notify();
    if (matcher_ != nullptr) matcher_->Wake();
  }

  void OnSubscriptionChanged(int64_t id) {
    matcher_->Wake();
    history_->Wake();
    if (id != 0) dispatcher_->Notify({id});
  }

  const Options options_;
  rpc::ServiceParts parts_;
  const std::shared_ptr<sql::postgres::Patience> patience_ = std::make_shared<sql::postgres::Patience>();
  const std::shared_ptr<grpc::ChannelInterface> channel_;
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

  // Subscriptions; what Start() makes is destroyed the other way round, so that callbacks find what they call.
  DeliveryMetrics delivery_metrics_;
  std::unique_ptr<SubscriptionStore> store_;
  PostgresSubscriptionStore* shared_store_ = nullptr;  // store_, when replicas may share it.
  std::function<sql::Stats()> database_stats_;
  SoleLeases sole_leases_;
  std::unique_ptr<eventlog::BusRelay> relay_;
  std::unique_ptr<eventlog::EventLogService> event_log_service_;
  std::unique_ptr<LeaseTable> lease_table_;
  std::unique_ptr<PartLeases> part_leases_;
  Leases* leases_ = nullptr;  // One of the two.
  std::unique_ptr<Dispatcher> dispatcher_;
  http::CurlFetcher fetcher_;
  WebhookChannel webhook_;
  std::unique_ptr<EmailChannel> email_;
  std::unique_ptr<NatsChannel> nats_;
  std::unique_ptr<HistoryReader> history_;
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<SubscriptionService> subscription_service_;
  std::unique_ptr<SavedSearchService> saved_search_service_;
  std::unique_ptr<OperationService> operation_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  DATELINE_ASSIGN_OR_RETURN(const Options complete, Complete(options));
  return std::make_unique<App>(complete, parts);
}

}  // namespace dateline::notification
