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
#include "common/bus/publisher.h"
#include "common/config/schema.h"
#include "common/config/units.h"
#include "common/eventlog/bus_port.h"
#include "common/eventlog/event_log_client.h"
#include "common/eventlog/event_log_service.h"
#include "common/eventlog/relay.h"
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

absl::StatusOr<RetrySchedule> ParseSchedule(const std::vector<std::string>& offsets) {
  RetrySchedule schedule;
  if (offsets.empty()) return schedule;
  schedule.offsets.clear();
  for (const std::string& text : offsets) {
    const auto offset = config::ParseDuration(text);
    const bool ascending = schedule.offsets.empty() || (offset && *offset > schedule.offsets.back());
    if (!offset || !ascending || offset->count() == 0) {
      return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                   fmt::format("delivery.retry_offsets: \"{}\"; give ascending durations such as 5s, 5m, 2h", text));
    }
    schedule.offsets.push_back(*offset);
  }
  return schedule;
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
        webhook_(fetcher_, parts.clock) {
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
        sql::postgres::ConnectionOf(options_.back_end, "dateline-notification");
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

  // Of the events about subscriptions.
  absl::Status StartPublishing() {
    if (options_.publish_endpoints.empty()) return absl::OkStatus();
    bus::PublisherOptions publisher;
    publisher.endpoints = options_.publish_endpoints;
    DATELINE_ASSIGN_OR_RETURN(publisher.curve, bus::LoadCurveKeys(options_.bus_keys));
    publisher_ = std::make_unique<bus::Publisher>(std::move(publisher));
    DATELINE_RETURN_IF_ERROR(publisher_->Start());
    port_ = std::make_unique<eventlog::BusPort>(*publisher_);
    relay_ = std::make_unique<eventlog::Relay>(store_->events(), *port_,
                                               eventlog::Relay::Options{.turn = store_->relay_turn()});
    DATELINE_RETURN_IF_ERROR(relay_->Start());
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
    if (publisher_ != nullptr) publisher_->Stop();
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

  // Subscriptions; what Start() makes is destroyed the other way round, so that callbacks find what they call.
  DeliveryMetrics delivery_metrics_;
  std::unique_ptr<SubscriptionStore> store_;
  PostgresSubscriptionStore* shared_store_ = nullptr;  // store_, when replicas may share it.
  std::function<sql::Stats()> database_stats_;
  SoleLeases sole_leases_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<eventlog::BusPort> port_;
  std::unique_ptr<eventlog::Relay> relay_;
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

void AddDeliveryOptions(config::Schema& schema, Options* options) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  sql::postgres::AddBackEndOptions(schema, "notification", &options->back_end);
  schema.String("notification.data_dir", &options->data_dir,
                "sqlite: folder of the database of subscriptions; has to exist");
  schema.Duration("notification.lease", &options->lease, milliseconds(1'000), milliseconds(300'000),
                  "postgres: after which other replicas take over from one that has died");
  schema.Int("notification.subscriptions_max", &options->limits.subscriptions_max, 1, 10'000'000,
             "subscriptions that are taken");
  schema.Int("notification.backlog_max", &options->limits.backlog_max, 10, 10'000'000,
             "waiting deliveries of one subscription; with more it stands behind until there is room");
  schema.Int("delivery.in_flight_max", &options->dispatch.in_flight_max, 2, 10'000,
             "attempts at the same time; those to failing receivers may be half of them");
  schema.StringList("delivery.retry_offsets", &options->retry_offsets,
                    "when to try again, counted from the first attempt; by default 5s, 5m, 30m, 2h, 5h, 10h, 14h, 20h, "
                    "24h");
  schema.Duration("delivery.retention", &options->history.retention, hours(1), hours(24 * 3650),
                  "how long finished deliveries are kept");
  schema.Duration("eventlog.retention", &options->history.event_retention, hours(1), hours(24 * 3650),
                  "events about subscriptions that every group is done with are kept this long");
  schema.Duration("eventlog.retention_hard", &options->history.event_retention_hard, hours(1), hours(24 * 3650),
                  "no event is kept longer, whoever still waits for it");
  schema.StringList("webhook.allow_private_addresses", &options->allow_private_addresses,
                    "addresses that webhooks may go to although they are not public: an address, a range such as "
                    "10.0.0.0/8, or a host name; repeatable");
  schema.Bool("webhook.allow_loopback", &options->fetcher.typed_loopback,
              "whether webhooks may go to this machine, by http too");
  schema.Bool("webhook.allow_http", &options->allow_http, "whether webhooks may go by http, which is not private");
  schema.Duration("webhook.connect_timeout", &options->fetcher.connect_timeout, milliseconds(100), milliseconds(60'000),
                  "how long one connection may take");
  schema.String("webhook.user_agent", &options->fetcher.user_agent, "how we introduce ourselves");
  schema.String("webhook.ca_file", &options->fetcher.ca_file,
                "certificates of the authorities that receivers are trusted by; the system's when empty");
  schema.String("email.smtp_url", &options->email.smtp_url,
                "the SMTP server, smtp://host:port or smtps://host:port; without one there is no e-mail");
  schema.String("email.from", &options->email.sender.address, "the sender's address");
  schema.String("email.from_name", &options->email.sender.display_name, "the sender's name");
  schema.String("email.user", &options->email.user, "the user at the SMTP server; empty for none");
  schema.SecretFile("email.password_file", &options->email.password, "file with the user's password");
  schema.Bool("email.require_tls", &options->email.require_tls,
              "whether smtp:// has to change to TLS before anything is sent");
  schema.String("email.ca_file", &options->email.ca_file,
                "certificates of the authorities that the SMTP server is trusted by; the system's when empty");
  schema.Duration("email.timeout", &options->email.timeout, milliseconds(1'000), milliseconds(300'000),
                  "how long one message may take");
  schema.String("nats.url", &options->nats.url, "the NATS server, nats://host:port; without one there is no NATS");
  schema.String("nats.credentials_file", &options->nats.credentials_file, "file with the credentials for NATS");
  schema.Duration("nats.timeout", &options->nats.timeout, milliseconds(100), milliseconds(60'000),
                  "how long a connection or an acknowledgement may take");
}

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  using std::chrono::milliseconds;
  constexpr int64_t kMiB = 1 << 20;
  schema.String("storage.address", &options->storage_address, "where the storage service is: host:port or unix:/path");
  schema.Duration("storage.deadline", &options->storage_deadline, milliseconds(100), milliseconds(60'000),
                  "how long one call to storage may take");
  schema.StringList("bus.subscribe_endpoints", &options->bus_endpoints,
                    "where the bus is subscribed to; without any the log is polled");
  schema.StringList("bus.publish_endpoints", &options->publish_endpoints,
                    "where the event buses take messages; an empty list: events about subscriptions are found by "
                    "polling only");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Duration("bus.poll_interval", &options->poll_interval, milliseconds(10), milliseconds(60'000),
                  "between reads of the log while there is no bus, or it is silent");
  schema.Int("ring.max_events", &options->ring.events_max, 1, 10'000'000,
             "events kept in memory for streams that keep up");
  schema.Bytes("ring.max_bytes", &options->ring.bytes_max, kMiB, 64 * 1024 * kMiB, "what these events may take");
  AddDeliveryOptions(schema, options);
}

void SetServerDefaults(rpc::Server::Options* server) {
  server->kit.streams_max = 2'000;
  server->kit.streams_per_peer_max = 1'000;  // Behind a proxy, and on one machine, all clients have one address.
  // After a broadcast every stream asks for its next turn at once.
  server->kit.queue_max = 8'192;
  server->concurrent_calls_max = 1'100;
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  Options complete = options;
  DATELINE_ASSIGN_OR_RETURN(complete.fetcher.policy, http::AddressPolicy::Create(options.allow_private_addresses));
  complete.fetcher.policy_key = "webhook.allow_private_addresses";
  DATELINE_ASSIGN_OR_RETURN(complete.dispatch.retry, ParseSchedule(options.retry_offsets));
  return std::make_unique<App>(complete, parts);
}

}  // namespace dateline::notification
