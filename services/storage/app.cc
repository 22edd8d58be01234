#include "services/storage/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/options.h"
#include "common/config/schema.h"
#include "common/eventlog/bus_relay.h"
#include "common/eventlog/event_log_service.h"
#include "common/log/log.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "services/storage/admin_service.h"
#include "services/storage/administration/archive_operations.h"
#include "services/storage/administration/operation_runner.h"
#include "services/storage/archive_metrics.h"
#include "services/storage/archive_monitor.h"
#include "services/storage/derivation_worker.h"
#include "services/storage/document_service.h"
#include "services/storage/entity_service.h"
#include "services/storage/operations_service.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/reextraction.h"
#include "services/storage/release_service.h"
#include "services/storage/sqlite/restore.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {
namespace {

constexpr std::string_view kDatabaseFile = "storage.db";
// How long after an import links and entities are left alone: the next call of it may be on its way.
constexpr std::chrono::seconds kAfterImport{5};
constexpr std::chrono::seconds kUpgradeLogInterval{10};

absl::Status CheckDataDir(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_MISSING",
                 fmt::format("storage.data_dir = {}: there is no such folder; make it, or name another", path),
                 {{"path", path}});
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_NOT_WRITABLE",
                 fmt::format("storage.data_dir = {}: this user may not write there; change its owner or mode", path),
                 {{"path", path}});
  }
  return absl::OkStatus();
}

class StorageApp final : public rpc::ServiceApp {
 public:
  StorageApp(Options options, const rpc::ServiceParts& parts) : options_(std::move(options)), parts_(parts) {}
  ~StorageApp() override { Stop(); }

  absl::Status Start() override {
    DATELINE_RETURN_IF_ERROR(options_.back_end.postgres() ? OpenPostgres() : OpenSqlite());
    parts_.readiness.Set(metrics::kUpgradeCondition, true);
    DATELINE_RETURN_IF_ERROR(StartBus());
    derivation_ = std::make_unique<Derivation>(store_->derived(), parts_.clock);
    AddServices();
    StartDerivation();
    collector_ = parts_.registry.AddCollector([this](metrics::Sink& sink) { Collect(sink); });
    if (runner_ != nullptr) runner_->Start();
    monitor_ = std::make_unique<ArchiveMonitor>(*store_, parts_.registry, parts_.readiness, parts_.clock,
                                                ArchiveMonitor::Options{.groups = options_.watched_groups,
                                                                        .retention = options_.retention,
                                                                        .retention_hard = options_.retention_hard});
    monitor_->Start();
    const StoreStats stats = store_->Stats();
    log::Info("archive_open", {{"backend", options_.back_end.back_end},
                               {"documents", stats.documents},
                               {"pending_documents", stats.pending_documents},
                               {"releases", stats.releases},
                               {"epoch", EpochToHex(store_->events().epoch())}});
    return absl::OkStatus();
  }

  void Drain() override { patience_->End(parts_.server->drain_delay()); }

  void Stop() override {
    if (monitor_ != nullptr) monitor_->Stop();
    collector_ = {};
    if (store_ == nullptr) return;
    store_->SetCommitListener(nullptr);
    if (runner_ != nullptr) runner_->Stop();
    if (derivation_worker_ != nullptr) derivation_worker_->Stop();
    if (relay_ != nullptr) relay_->Stop();
    if (absl::Status closed = store_->Close(); !closed.ok()) log::Error("archive_close_failed", {{"error", closed}});
  }

 private:
  absl::Status OpenSqlite() {
    DATELINE_RETURN_IF_ERROR(CheckDataDir(options_.data_dir));
    const std::string path = (std::filesystem::path(options_.data_dir) / kDatabaseFile).string();
    DATELINE_ASSIGN_OR_RETURN(store_, SqliteStore::Open({.path = path,
                                                         .readers = options_.readers,
                                                         .write_queue_max = options_.write_queue_max,
                                                         .group_max = options_.group_max,
                                                         .max_attempts = options_.max_attempts,
                                                         .vfs = {},
                                                         .upgrading = TellUpgrade()},
                                                        parts_.clock));
    return absl::OkStatus();
  }

  absl::Status OpenPostgres() {
    DATELINE_ASSIGN_OR_RETURN(store_, PostgresStore::Open({.connection = sql::postgres::ConnectionOf(
                                                               options_.back_end, "dateline-storage", patience_),
                                                           .readers = options_.back_end.readers,
                                                           .write_queue_max = options_.write_queue_max,
                                                           .group_max = options_.group_max,
                                                           .max_attempts = options_.max_attempts,
                                                           .reconnect_max = options_.back_end.reconnect_max,
                                                           .upgrading = TellUpgrade()},
                                                          parts_.clock));
    return absl::OkStatus();
  }

  // Says on the port for operators, and now and then in the log, what opening is at.
  sql::Upgrading TellUpgrade() {
    return [this, logged = parts_.clock.Monotonic()](const std::string& what) mutable {
      parts_.readiness.Set(metrics::kUpgradeCondition, false, what);
      if (parts_.clock.Monotonic() - logged < kUpgradeLogInterval) return;
      logged = parts_.clock.Monotonic();
      log::Info("archive_upgrading", {{"what", what}});
    };
  }

  absl::Status StartBus() {
    if (options_.publish_endpoints.empty()) {
      log::Warn("bus_off", {{"cause", "bus.publish_endpoints is empty; consumers find events by polling"}});
      return absl::OkStatus();
    }
    DATELINE_ASSIGN_OR_RETURN(
        relay_, eventlog::BusRelay::Start(store_->events(), {.endpoints = options_.publish_endpoints,
                                                             .keys = options_.bus_keys,
                                                             .relay = {.head_interval = options_.head_interval,
                                                                       .turn = store_->relay_turn()}}));
    return absl::OkStatus();
  }

  void StartDerivation() {
    DerivationWorker::Options worker;
    worker.turn = store_->relay_turn();
    worker.yields = [admin = admin_.get()] { return admin->ImportedWithin(kAfterImport); };
    derivation_worker_ = std::make_unique<DerivationWorker>(*derivation_, store_->derived(), std::move(worker));
    store_->SetCommitListener([relay = relay_.get(), worker = derivation_worker_.get()] {
      if (relay != nullptr) relay->Wake();
      worker->Wake();
    });
    derivation_worker_->Start();
  }

  void AddServices() {
    rpc::ServerKit& kit = parts_.server->kit();
    metrics_ = std::make_unique<ArchiveMetrics>(parts_.registry);
    documents_ = std::make_unique<DocumentService>(kit, *store_, *metrics_);
    releases_ = std::make_unique<ReleaseService>(kit, *store_, *metrics_);
    entities_ = std::make_unique<EntityService>(kit, store_->derived(), *derivation_);
    if (store_->admin() != nullptr) {
      runner_ = std::make_unique<OperationRunner>(*store_->admin(), store_->relay_turn());
      operations_ = std::make_unique<ArchiveOperations>(*store_, *runner_, parts_.clock, OperationOptions());
    }
    admin_ = std::make_unique<AdminService>(kit, *store_, operations_.get());
    operations_service_ = std::make_unique<OperationsService>(kit, store_->admin(), runner_.get());
    event_log_ = std::make_unique<eventlog::EventLogService>(kit, store_->events());
    parts_.server->AddService(documents_.get());
    parts_.server->AddService(releases_.get());
    parts_.server->AddService(entities_.get());
    parts_.server->AddService(admin_.get());
    parts_.server->AddService(operations_service_.get());
    parts_.server->AddService(event_log_.get());
  }

  ArchiveOperations::Options OperationOptions() {
    ArchiveOperations::Options options;
    options.backup_dir = options_.backup_dir.empty() ? (std::filesystem::path(options_.data_dir) / "backups").string()
                                                     : options_.backup_dir;
    options.retention_interval = std::chrono::duration_cast<std::chrono::hours>(options_.retention_interval);
    if (!options_.extraction_address.empty()) {
      reextraction_ = std::make_unique<Reextraction>(options_.extraction_address, parts_.tls);
      options.extract = [this](const v1::Document& document) { return reextraction_->Extract(document); };
    }
    return options;
  }

  void Collect(metrics::Sink& sink) {
    const StoreStats stats = store_->Stats();
    const std::string documents_help = "Documents in the archive, by state.";
    sink.Gauge("dateline_storage_documents", documents_help, {{"state", "pending"}},
               static_cast<double>(stats.pending_documents));
    sink.Gauge("dateline_storage_documents", documents_help, {{"state", "failed"}},
               static_cast<double>(stats.failed_documents));
    sink.Gauge("dateline_storage_documents", documents_help, {{"state", "extracted"}},
               static_cast<double>(stats.documents - stats.pending_documents - stats.failed_documents));
    sink.Gauge("dateline_storage_releases", "Releases in the archive.", {}, static_cast<double>(stats.releases));
    sink.Gauge("dateline_storage_revisions", "Revisions of all releases.", {}, static_cast<double>(stats.revisions));
    sink.Gauge("dateline_storage_database_bytes", "Size of the database with its log.", {},
               static_cast<double>(stats.bytes));
    CollectDatabase(sink, store_->database_stats());
    sink.Gauge("dateline_storage_waiting_commits", "Commits of releases that wait for the next batch.", {},
               static_cast<double>(store_->waiting_commits()));
    CollectDerivation(sink);
    if (relay_ == nullptr) return;
    const eventlog::Relay::Stats relay = relay_->stats();
    sink.Counter("dateline_bus_events_published_total", "Events handed to the bus.", {},
                 static_cast<double>(relay.published));
    sink.Counter("dateline_bus_messages_dropped_total", "Messages that the bus's queue did not take.", {},
                 static_cast<double>(relay.dropped));
  }

  void CollectDerivation(metrics::Sink& sink) const {
    sink.Gauge("dateline_storage_underived_releases", "Releases that wait for links and entities, at the latest look.",
               {}, static_cast<double>(derivation_worker_->waiting()));
    sink.Counter("dateline_storage_derived_releases_total", "Releases whose links and entities were worked out.", {},
                 static_cast<double>(derivation_worker_->derived()));
    sink.Counter("dateline_storage_derivation_failures_total", "Steps that failed and are tried again.", {},
                 static_cast<double>(derivation_worker_->failures()));
  }

  static void CollectDatabase(metrics::Sink& sink, const sql::Stats& sql) {
    sink.Gauge("dateline_sql_queue_items", "Writes that wait.", {}, static_cast<double>(sql.queue_depth));
    sink.Gauge("dateline_sql_queue_capacity_items", "Writes at which the queue refuses more.", {},
               static_cast<double>(sql.queue_capacity));
    sink.Counter("dateline_sql_rejects_total", "Writes that were refused.", {}, static_cast<double>(sql.rejects));
    sink.Counter("dateline_sql_writes_total", "Writes that were run.", {}, static_cast<double>(sql.writes));
    sink.Counter("dateline_sql_write_failures_total", "Writes that gave an error.", {},
                 static_cast<double>(sql.write_failures));
    sink.Counter("dateline_sql_groups_total", "Transactions that were committed; writes by groups is the group size.",
                 {}, static_cast<double>(sql.groups));
    sink.Counter("dateline_sql_commit_failures_total", "Transactions that failed as a whole.", {},
                 static_cast<double>(sql.commit_failures));
    sink.Counter("dateline_sql_commit_seconds_total", "Time spent in COMMIT.", {},
                 metrics::Seconds(sql.commit_time_total));
    sink.Gauge("dateline_sql_group_items", "Writes in the latest transaction.", {},
               static_cast<double>(sql.group_size_last));
    sink.Counter("dateline_sql_reads_total", "Reads that were run.", {}, static_cast<double>(sql.reads));
    sink.Gauge("dateline_sql_readers_busy", "Read connections in use.", {}, static_cast<double>(sql.readers_busy));
    sink.Gauge("dateline_sql_wal_pages", "Pages in the write-ahead log.", {}, static_cast<double>(sql.wal_pages));
  }

  const Options options_;
  const rpc::ServiceParts parts_;
  const std::shared_ptr<sql::postgres::Patience> patience_ = std::make_shared<sql::postgres::Patience>();
  // In the order of starting; destroyed the other way round.
  std::unique_ptr<DatabaseStore> store_;
  std::unique_ptr<eventlog::BusRelay> relay_;
  std::unique_ptr<Derivation> derivation_;
  std::unique_ptr<DerivationWorker> derivation_worker_;
  std::unique_ptr<ArchiveMetrics> metrics_;
  std::unique_ptr<DocumentService> documents_;
  std::unique_ptr<ReleaseService> releases_;
  std::unique_ptr<EntityService> entities_;
  std::unique_ptr<Reextraction> reextraction_;
  std::unique_ptr<OperationRunner> runner_;
  std::unique_ptr<ArchiveOperations> operations_;
  std::unique_ptr<AdminService> admin_;
  std::unique_ptr<OperationsService> operations_service_;
  std::unique_ptr<eventlog::EventLogService> event_log_;
  std::unique_ptr<ArchiveMonitor> monitor_;
  metrics::CollectorHandle collector_;
};

}  // namespace

absl::Status RestoreDataDir(const std::string& backup, const std::string& data_dir, bool replace) {
  DATELINE_RETURN_IF_ERROR(CheckDataDir(data_dir));
  return RestoreArchive(
      {.backup = backup, .database = (std::filesystem::path(data_dir) / kDatabaseFile).string(), .replace = replace});
}

void AddOptions(config::Schema& schema, Options* options) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  sql::postgres::AddBackEndOptions(schema, "storage", &options->back_end);
  schema.String("storage.data_dir", &options->data_dir, "sqlite: folder of the database; has to exist");
  schema.String("storage.backup_dir", &options->backup_dir,
                "sqlite: folder that BackupArchive writes to; empty means \"backups\" in storage.data_dir");
  schema.String("extraction.address", &options->extraction_address,
                "where the extraction service listens, for previews of a reprocessing; empty: they count only");
  schema.Duration("storage.retention_interval", &options->retention_interval, hours(1), hours(24 * 30),
                  "how often the rules of retention are applied by themselves");
  schema.Int("storage.readers", &options->readers, 1, 64, "sqlite: connections that read at the same time");
  schema.Int("storage.write_queue_max", &options->write_queue_max, 1, 1'000'000, "writes that wait; more are refused");
  schema.Int("storage.group_max", &options->group_max, 1, 4'096, "writes that share one transaction and its fsync");
  schema.StringList("bus.publish_endpoints", &options->publish_endpoints,
                    "where the event buses take messages; an empty list switches the bus off");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Int("eventlog.max_attempts", &options->max_attempts, 1, 100, "attempts after which an event is a dead letter");
  schema.StringList("eventlog.watched_groups", &options->watched_groups, "groups of document/ whose lag is a metric");
  schema.Duration("eventlog.retention", &options->retention, hours(1), hours(24 * 3650),
                  "events that every group is done with are kept this long");
  schema.Duration("eventlog.retention_hard", &options->retention_hard, hours(1), hours(24 * 3650),
                  "no event is kept longer, whoever still waits for it");
  schema.Duration("eventlog.head_interval", &options->head_interval, milliseconds(10), milliseconds(60'000),
                  "how often the bus is told how far each topic is");
  schema.Validate([options] {
    if (options->retention_hard < options->retention) {
      return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                   "eventlog.retention_hard is shorter than eventlog.retention; make it at least as long");
    }
    return absl::OkStatus();
  });
}

std::unique_ptr<rpc::ServiceApp> MakeApp(Options options, const rpc::ServiceParts& parts) {
  return std::make_unique<StorageApp>(std::move(options), parts);
}

}  // namespace dateline::storage
