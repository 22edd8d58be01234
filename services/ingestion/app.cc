#include "services/ingestion/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/eventlog/bus_relay.h"
#include "common/eventlog/event_log_service.h"
#include "common/http/address_policy.h"
#include "common/log/log.h"
#include "common/metrics/readiness.h"
#include "common/url/url.h"
#include "services/ingestion/grpc_archive.h"
#include "services/ingestion/polling/crawl_thread.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/sources/postgres/postgres_source_store.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"
#include "services/ingestion/websub/callback_server.h"

namespace dateline::ingestion {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kStorageCondition = "storage";
constexpr std::string_view kDatabaseFile = "ingestion.db";
// How long what was begun may take to end when the service stops.
constexpr milliseconds kDrainMax{5'000};
// Events that are trimmed in one go.
constexpr uint32_t kTrimLimit = 1'000;

absl::Status CheckDataDir(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_MISSING",
                 fmt::format("ingestion.data_dir = {}: there is no such folder; make it, or name another", path),
                 {{"path", path}});
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_NOT_WRITABLE",
                 fmt::format("ingestion.data_dir = {}: this user may not write there; change its owner or mode", path),
                 {{"path", path}});
  }
  return absl::OkStatus();
}

class App final : public rpc::ServiceApp {
 public:
  App(const Options& options, rpc::ServiceParts& parts)
      : options_(options),
        parts_(parts),
        server_clock_(parts.clock),
        clock_(options_.back_end.postgres() ? server_clock_ : parts.clock),
        archive_(options.storage_address, parts.tls, StorageListener()),
        fetcher_(options_.fetcher),
        book_(options_.robots),
        robots_(book_, fetcher_, clock_),
        cache_({}, clock_),
        survey_({}, fetcher_, robots_, cache_, clock_),
        crawl_metrics_(parts.registry),
        thread_(clock_),
        ingest_(options_.service, parts.server->kit(), archive_, fetcher_, robots_, parts.registry, clock_) {}
  ~App() override { Stop(); }

  absl::Status Start() override {
    DATELINE_RETURN_IF_ERROR(OpenStore());
    DATELINE_RETURN_IF_ERROR(StartBus());
    MakeCrawler();
    DATELINE_RETURN_IF_ERROR(StartCallbacks());
    AddServices();
    collector_ = parts_.registry.AddCollector([this](metrics::Sink& sink) { Collect(sink); });
    if (options_.poll) {
      thread_.Start(*crawler_, [this] { Trim(); });
    } else {
      log::Warn("polling_off", {{"cause", "poll.enabled is false; sources are kept and not polled"}});
    }
    return absl::OkStatus();
  }

  void Drain() override {
    patience_->End(parts_.server->drain_delay());
    if (crawler_ != nullptr) crawler_->Drain();
  }

  void Stop() override {
    if (stopped_) return;
    stopped_ = true;
    callbacks_.reset();
    ingest_.Stop();
    if (sources_ != nullptr) sources_->Stop();
    if (crawler_ != nullptr) crawler_->Drain();
    fetcher_.Stop();
    thread_.Stop(kDrainMax);
    collector_ = {};
    if (store_ == nullptr) return;
    store_->SetCommitListener(nullptr);
    if (relay_ != nullptr) relay_->Stop();
    if (absl::Status closed = store_->Close(); !closed.ok()) log::Error("sources_close_failed", {{"error", closed}});
  }

 private:
  // Not ready while storage is not connected, from now on.
  std::function<void(bool)> StorageListener() {
    parts_.readiness.Set(kStorageCondition, false, fmt::format("not connected to {} yet", options_.storage_address));
    return [this](bool connected) {
      const std::string& address = options_.storage_address;
      parts_.readiness.Set(kStorageCondition, connected, fmt::format("{} cannot be reached", address));
      log::Info(connected ? "storage_connected" : "storage_disconnected", {{"address", address}});
    };
  }

  absl::Status OpenStore() {
    if (options_.back_end.postgres()) {
      DATELINE_ASSIGN_OR_RETURN(
          store_, PostgresSourceStore::Open(
                      {.connection = sql::postgres::ConnectionOf(options_.back_end, "dateline-ingestion", patience_),
                       .readers = options_.back_end.readers,
                       .reconnect_max = options_.back_end.reconnect_max,
                       .server_clock = &server_clock_},
                      clock_));
      return absl::OkStatus();
    }
    DATELINE_RETURN_IF_ERROR(CheckDataDir(options_.data_dir));
    const std::string path = (std::filesystem::path(options_.data_dir) / kDatabaseFile).string();
    DATELINE_ASSIGN_OR_RETURN(store_, SqliteSourceStore::Open({.path = path}, clock_));
    return absl::OkStatus();
  }

  absl::Status StartBus() {
    if (options_.publish_endpoints.empty()) {
      log::Warn("bus_off", {{"cause", "bus.publish_endpoints is empty; consumers find events by polling"}});
      return absl::OkStatus();
    }
    DATELINE_ASSIGN_OR_RETURN(relay_,
                              eventlog::BusRelay::Start(store_->events(), {.endpoints = options_.publish_endpoints,
                                                                           .keys = options_.bus_keys,
                                                                           .relay = {.turn = store_->relay_turn()}}));
    store_->SetCommitListener([relay = relay_.get()] { relay->Wake(); });
    return absl::OkStatus();
  }

  void MakeCrawler() {
    CrawlOptions crawl = options_.crawl;
    crawl.callback_url = options_.websub_public_url;
    crawl.holder = fmt::format("ingestion-{}-{}", ::getpid(), UuidV4().substr(0, 8));
    crawl.fetch_timeout = options_.service.fetch_timeout;
    crawl.store_timeout = options_.service.storage_timeout;
    crawler_ = std::make_unique<Crawler>(crawl,
                                         Crawler::Ports{.store = *store_,
                                                        .fetcher = fetcher_,
                                                        .archive = archive_,
                                                        .reader = reader_,
                                                        .robots = book_,
                                                        .cache = cache_,
                                                        .metrics = crawl_metrics_,
                                                        .clock = clock_,
                                                        .run = nullptr},
                                         [this] { thread_.Wake(); });
  }

  absl::Status StartCallbacks() {
    if (options_.websub_listen.empty()) return absl::OkStatus();
    callback_ = std::make_unique<WebSubCallback>(store_->subscriptions(), parts_.registry, clock_,
                                                 [this] { crawler_->Nudge(); });
    const CallbackServer::Options callbacks{.listen = options_.websub_listen,
                                            .path = url::Parse(options_.websub_public_url)->path,
                                            .body_bytes_max = options_.crawl.source_bytes_max};
    DATELINE_ASSIGN_OR_RETURN(callbacks_, CallbackServer::Start(callbacks, *callback_));
    log::Info("hubs_welcome", {{"port", callbacks_->port()}, {"public_url", options_.websub_public_url}});
    return absl::OkStatus();
  }

  void AddServices() {
    rpc::ServerKit& kit = parts_.server->kit();
    SourceServiceImpl::Options sources = options_.sources;
    sources.schedule = options_.crawl.schedule;
    sources_ = std::make_unique<SourceServiceImpl>(sources, kit, *store_, *crawler_, survey_, clock_);
    event_log_ = std::make_unique<eventlog::EventLogService>(kit, store_->events());
    parts_.server->AddService(&ingest_);
    parts_.server->AddService(sources_.get());
    parts_.server->AddService(event_log_.get());
  }

  void Trim() {
    const WallTime now = clock_.Now();
    const auto trimmed = store_->events().Trim({.topic = std::string(kSourceTopic),
                                                .before = now - options_.retention,
                                                .hard_before = now - options_.retention_hard,
                                                .limit = kTrimLimit});
    if (!trimmed.ok()) log::Warn("trim_failed", {{"error", trimmed.status()}});
    const auto counts = store_->Count();
    if (!counts.ok()) return;
    log::Info("sources_open", {{"sources", counts->sources}, {"items", counts->items}});
  }

  void Collect(metrics::Sink& sink) {
    const auto counts = store_->Count();
    if (counts.ok()) {
      for (size_t health = 0; health < std::size(counts->by_health); ++health) {
        const auto value = static_cast<v1::Source::Health>(health);
        if (!v1::Source::Health_IsValid(static_cast<int>(health))) continue;
        sink.Gauge("dateline_ingestion_sources", "Sources, by health.", {{"health", v1::Source::Health_Name(value)}},
                   static_cast<double>(counts->by_health[health]));
      }
      sink.Gauge("dateline_ingestion_sources_paused", "Sources that are paused.", {},
                 static_cast<double>(counts->paused));
      sink.Gauge("dateline_ingestion_items", "Items that are remembered.", {}, static_cast<double>(counts->items));
      sink.Gauge("dateline_ingestion_items_due", "Items whose page waits to be fetched, now or later.", {},
                 static_cast<double>(counts->items_due));
    }
    sink.Gauge("dateline_ingestion_hosts_under_way", "Hosts that are leased by this process.", {},
               static_cast<double>(crawler_->hosts_under_way()));
    const WriteStats writes = store_->write_stats();
    sink.Gauge("dateline_sql_queue_items", "Writes that wait.", {}, static_cast<double>(writes.waiting));
    sink.Counter("dateline_sql_writes_total", "Writes that were run.", {}, static_cast<double>(writes.writes));
    sink.Counter("dateline_sql_write_failures_total", "Writes that gave an error.", {},
                 static_cast<double>(writes.failures));
    sink.Counter("dateline_sql_groups_total", "Transactions that were committed; writes by groups is the group size.",
                 {}, static_cast<double>(writes.groups));
    if (relay_ == nullptr) return;
    const eventlog::Relay::Stats relay = relay_->stats();
    sink.Counter("dateline_bus_events_published_total", "Events handed to the bus.", {},
                 static_cast<double>(relay.published));
    sink.Counter("dateline_bus_messages_dropped_total", "Messages that the bus's queue did not take.", {},
                 static_cast<double>(relay.dropped));
  }

  const Options options_;
  const rpc::ServiceParts parts_;
  const std::shared_ptr<sql::postgres::Patience> patience_ = std::make_shared<sql::postgres::Patience>();
  // Replicas share times by their database, so they go by its clock.
  sql::postgres::ServerClock server_clock_;
  const Clock& clock_;
  // In the order of starting; destroyed the other way round, so that callbacks find what they call.
  std::unique_ptr<SourceStore> store_;
  std::unique_ptr<eventlog::BusRelay> relay_;
  FormatReader reader_;
  GrpcArchive archive_;
  http::CurlFetcher fetcher_;
  RobotsBook book_;
  RobotsGate robots_;
  FetchCache cache_;
  SiteSurvey survey_;
  CrawlMetrics crawl_metrics_;
  CrawlThread thread_;
  std::unique_ptr<Crawler> crawler_;
  std::unique_ptr<WebSubCallback> callback_;
  std::unique_ptr<CallbackServer> callbacks_;
  IngestServiceImpl ingest_;
  std::unique_ptr<SourceServiceImpl> sources_;
  std::unique_ptr<eventlog::EventLogService> event_log_;
  metrics::CollectorHandle collector_;
  bool stopped_ = false;
};

void AddPollOptions(config::Schema& schema, Options* options) {
  CrawlOptions& crawl = options->crawl;
  schema.Bool("poll.enabled", &options->poll, "whether sources are polled by this process");
  schema.Duration("poll.interval_min", &crawl.schedule.interval_min, seconds(1), hours(24),
                  "least time between two polls of a source that has no interval of its own");
  schema.Duration("poll.interval_max", &crawl.schedule.interval_max, minutes(1), hours(24 * 7),
                  "most time between two polls of a source that is silent");
  schema.Int("poll.hosts_max", &crawl.hosts_max, 1, 10'000, "hosts that are asked at the same time, one request each");
  schema.Duration("poll.host_interval", &crawl.host.interval, milliseconds(0), minutes(10),
                  "least time between two requests to one host");
  schema.Duration("poll.crawl_delay_max", &crawl.host.crawl_delay_max, seconds(1), hours(1),
                  "the most that a robots.txt may ask for as crawl-delay");
  schema.Duration("poll.backoff_first", &crawl.host.backoff_first, seconds(1), hours(1),
                  "rest of a host after 429 or 503 that do not say how long; doubled each time");
  schema.Duration("poll.lease", &crawl.lease, seconds(10), hours(1),
                  "after which another process may take a host from one that died");
  schema.Duration("poll.look_interval", &crawl.look_interval, milliseconds(10), minutes(1),
                  "how often work that others made is looked for");
  schema.Int("poll.backlog", &crawl.items.backlog, 0, 10'000, "newest items of a new source whose pages are fetched");
  schema.Int("poll.reread", &crawl.items.reread, 0, 20'000,
             "newest pages that are read again when a source's recipe for them changes");
  schema.Int("poll.pages", &crawl.pages_per_poll, 1, 100, "pages of a listing, or sitemaps of an index, in one poll");
}

// The public URL with "/" at its end; an error names the key.
absl::Status CheckWebSub(Options* options) {
  if (options->websub_listen.empty() != options->websub_public_url.empty()) {
    return Error(
        absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
        "websub.listen and websub.public_url: give both, the address to listen at and the URL under which hubs "
        "reach it, or neither");
  }
  if (options->websub_public_url.empty()) return absl::OkStatus();
  const auto url = url::Parse(options->websub_public_url);
  if (!url.ok() || !url->IsHttp() || url->query || url->fragment || url->HasCredentials()) {
    return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                 fmt::format("websub.public_url = {}: name an http or https URL without query, for example "
                             "https://news.example/websub/",
                             options->websub_public_url));
  }
  options->websub_public_url = url->Href();
  if (!options->websub_public_url.ends_with('/')) options->websub_public_url += '/';
  return absl::OkStatus();
}

void AddWebSubOptions(config::Schema& schema, Options* options) {
  schema.String("websub.listen", &options->websub_listen,
                "where hubs call back, host:port, behind whatever terminates TLS; empty: no hub is subscribed to");
  schema.String("websub.public_url", &options->websub_public_url,
                "the URL under which the internet reaches websub.listen; its path is kept on the way");
  schema.Validate([options] { return CheckWebSub(options); });
}

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  schema.String("storage.address", &options->storage_address, "where the storage service listens, host:port");
  schema.Duration("storage.timeout", &options->service.storage_timeout, milliseconds(100), minutes(5),
                  "how long storing one document may take");
  sql::postgres::AddBackEndOptions(schema, "ingestion", &options->back_end);
  schema.String("ingestion.data_dir", &options->data_dir, "sqlite: folder of the database of sources; has to exist");
  schema.StringList("ingestion.allow_private_addresses", &options->allow_private_addresses,
                    "addresses that may be fetched from although they are not public: an address, a range such as "
                    "10.0.0.0/8, or a host name; repeatable");
  schema.Bool("ingestion.allow_typed_loopback", &options->fetcher.typed_loopback,
              "whether a URL that a person typed may lead to this machine; one found in content never may");
  schema.Duration("fetch.timeout", &options->service.fetch_timeout, milliseconds(100), minutes(10),
                  "how long one page may take, with robots.txt and redirects");
  schema.Duration("fetch.connect_timeout", &options->fetcher.connect_timeout, milliseconds(100), minutes(1),
                  "how long one connection may take");
  schema.Int("fetch.threads", &options->service.fetch_threads, 1, 256,
             "single pages that are fetched at the same time");
  schema.Int("fetch.queue", &options->service.fetch_queue_max, 1, 10'000,
             "single pages that wait for a thread; more are refused");
  schema.String("fetch.user_agent", &options->fetcher.user_agent,
                "how we introduce ourselves; name a way to reach you");
  schema.Duration("fetch.robots_keep", &options->robots.keep, seconds(1), hours(24),
                  "how long a robots.txt is remembered");
  AddPollOptions(schema, options);
  AddWebSubOptions(schema, options);
  schema.StringList("bus.publish_endpoints", &options->publish_endpoints,
                    "where the event buses take messages; an empty list switches the bus off");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Duration("eventlog.retention", &options->retention, hours(1), hours(24 * 3650),
                  "events that every group is done with are kept this long");
  schema.Duration("eventlog.retention_hard", &options->retention_hard, hours(1), hours(24 * 3650),
                  "no event is kept longer, whoever still waits for it");
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  Options complete = options;
  DATELINE_ASSIGN_OR_RETURN(complete.fetcher.policy, http::AddressPolicy::Create(options.allow_private_addresses));
  return std::make_unique<App>(complete, parts);
}

}  // namespace dateline::ingestion
