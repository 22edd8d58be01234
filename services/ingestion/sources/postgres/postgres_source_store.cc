#include "services/ingestion/sources/postgres/postgres_source_store.h"

#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "services/ingestion/sources/postgres/schema.h"
#include "services/ingestion/sources/postgres/source_rows.h"
#include "services/ingestion/sources/postgres/subscription_rows.h"

namespace dateline::ingestion {
namespace {

using pg::Lock;
using sql::postgres::Connection;

// How often the server's clock is looked at, at most.
constexpr std::chrono::milliseconds kClockFresh{1'000};

absl::Status CheckUriIsFree(Connection& connection, const std::string& uri, std::string_view but) {
  DATELINE_ASSIGN_OR_RETURN(const std::string other, pg::SourceAtUri(connection, uri, but));
  if (!other.empty()) return SourceExists(other, "it has the same address");
  return absl::OkStatus();
}

// The source, locked after its host, so that whoever writes both locks them in one order.
absl::StatusOr<pg::SourceRow> LockSource(Connection& connection, std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(const auto seen, pg::FindSource(connection, name, Lock::kNone));
  if (!seen) return SourceNotFound(name);
  pg::LockHost(connection, seen->record.host);
  DATELINE_ASSIGN_OR_RETURN(auto row, pg::FindSource(connection, name, Lock::kRow));
  if (!row) return SourceNotFound(name);
  return *std::move(row);
}

}  // namespace

PostgresSourceStore::PostgresSourceStore(std::unique_ptr<sql::postgres::Database> database, const Clock& clock)
    : clock_(clock), database_(std::move(database)) {}

PostgresSourceStore::~PostgresSourceStore() {
  Close().IgnoreError();
}

absl::Status PostgresSourceStore::Close() {
  database_->Close();
  if (log_ != nullptr) log_->Close();
  if (watch_ != nullptr) watch_->Stop();
  return absl::OkStatus();
}

absl::Status PostgresSourceStore::LookAtClock(std::chrono::milliseconds fresh) {
  if (server_clock_ == nullptr) return absl::OkStatus();
  return database_->Read([&](Connection& connection) { return server_clock_->Look(connection, fresh); });
}

void PostgresSourceStore::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void PostgresSourceStore::CallListener() {
  MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

absl::StatusOr<std::unique_ptr<PostgresSourceStore>> PostgresSourceStore::Open(const Options& options,
                                                                               const Clock& clock) {
  sql::postgres::Database::Options database_options;
  database_options.connection = options.connection;
  database_options.application = std::string(kIngestionApplication);
  database_options.migrations = PostgresMigrations();
  database_options.readers = options.readers;
  database_options.write_queue_max = options.write_queue_max;
  database_options.group_max = options.group_max;
  database_options.reconnect_max = options.reconnect_max;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, sql::postgres::Database::Open(std::move(database_options)));
  std::unique_ptr<PostgresSourceStore> store(new PostgresSourceStore(std::move(database), clock));
  store->server_clock_ = options.server_clock;
  DATELINE_RETURN_IF_ERROR(store->LookAtClock({}));
  eventlog::PostgresEventLog::Options log;
  log.topics = {std::string(kSourceTopic)};
  log.source = std::string(kEventSource);
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::PostgresEventLog::Open(*store->database_, clock, log));
  store->watch_ =
      std::make_unique<eventlog::PostgresWatch>(eventlog::PostgresWatch::Options{.connection = options.connection});
  store->watch_->SetListener([raw = store.get()] { raw->CallListener(); });
  store->database_->SetCommitListener([raw = store.get()] {
    raw->CallListener();
    raw->watch_->Committed();
  });
  store->watch_->Start();
  return store;
}

absl::Status PostgresSourceStore::Create(const SourceRecord& record) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const bool inserted, pg::InsertSource(connection, record));
    if (!inserted) {
      DATELINE_RETURN_IF_ERROR(CheckUriIsFree(connection, record.source.uri(), record.source.name()));
      return SourceExists(record.source.name(), "the name is taken");
    }
    pg::RefreshHosts(connection, {record.host});
    return absl::OkStatus();
  });
}

absl::StatusOr<SourceRecord> PostgresSourceStore::Get(std::string_view name) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<SourceRecord> {
    DATELINE_ASSIGN_OR_RETURN(auto row, pg::FindSource(connection, name, Lock::kNone));
    if (!row) return SourceNotFound(name);
    return std::move(row->record);
  });
}

absl::StatusOr<SourcePage> PostgresSourceStore::List(const SourceQuery& query) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::SelectSources(connection, query); });
}

absl::StatusOr<SourceRecord> PostgresSourceStore::Change(std::string_view name,
                                                         const std::function<absl::Status(SourceRecord*)>& change) {
  SourceRecord result;
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(pg::SourceRow row, LockSource(connection, name));
    std::set<std::string> hosts = {row.record.host};
    DATELINE_RETURN_IF_ERROR(change(&row.record));
    DATELINE_RETURN_IF_ERROR(CheckUriIsFree(connection, row.record.source.uri(), name));
    DATELINE_RETURN_IF_ERROR(
        pg::ReconcileSubscriptions(connection, &row.record, row.record.source.name(), clock_.Now(), &hosts));
    pg::UpdateSource(connection, row);
    hosts.insert(row.record.host);
    pg::RefreshHosts(connection, hosts);
    result = std::move(row.record);
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return result;
}

absl::Status PostgresSourceStore::Delete(std::string_view name,
                                         const std::function<absl::Status(const SourceRecord&)>& check) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const pg::SourceRow row, LockSource(connection, name));
    DATELINE_RETURN_IF_ERROR(check(row.record));
    DATELINE_ASSIGN_OR_RETURN(const std::vector<std::string> items, pg::HostsOfItems(connection, row.id));
    std::set<std::string> hosts(items.begin(), items.end());
    hosts.insert(row.record.host);
    DATELINE_RETURN_IF_ERROR(
        pg::ReconcileSubscriptions(connection, nullptr, row.record.source.name(), clock_.Now(), &hosts));
    DATELINE_RETURN_IF_ERROR(pg::DeleteSource(connection, row.id));
    pg::RefreshHosts(connection, hosts);
    return absl::OkStatus();
  });
}

absl::StatusOr<FetchPage> PostgresSourceStore::ListFetches(std::string_view name, int limit,
                                                           std::optional<int64_t> before) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<FetchPage> {
    DATELINE_ASSIGN_OR_RETURN(const auto row, pg::FindSource(connection, name, Lock::kNone));
    if (!row) return SourceNotFound(name);
    return pg::SelectFetches(connection, row->id, limit, before);
  });
}

void PostgresSourceStore::LeaseHosts(const LeaseParams& params, WallTime now,
                                     std::function<void(absl::StatusOr<std::vector<HostLease>>)> done) {
  if (absl::Status looked = LookAtClock(kClockFresh); !looked.ok()) return done(looked);
  // Most looks find nothing, and a read costs no flush of the log.
  const absl::StatusOr<std::optional<WallTime>> ready = NextDue();
  if (!ready.ok()) return done(ready.status());
  if (!*ready || **ready > now) return done(std::vector<HostLease>());
  auto leases = std::make_shared<std::vector<HostLease>>();  // Shared by the body and the callback of one write.
  database_->Write(
      [params, now, leases](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(*leases, pg::LeaseReadyHosts(connection, params, now));
        return absl::OkStatus();
      },
      [leases, done = std::move(done)](const absl::Status& status) {
        if (!status.ok()) return done(status);
        done(std::move(*leases));
      });
}

absl::StatusOr<std::vector<Task>> PostgresSourceStore::Tasks(const std::string& host, WallTime now, int max) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::SelectTasks(connection, host, now, max); });
}

absl::StatusOr<std::optional<WallTime>> PostgresSourceStore::NextDue() {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return pg::EarliestReady(connection); });
}

absl::StatusOr<std::vector<ItemRecord>> PostgresSourceStore::FindItems(std::string_view source, const ItemKeys& keys) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::SelectItems(connection, source, keys); });
}

absl::StatusOr<std::vector<ItemRecord>> PostgresSourceStore::Items(std::string_view source) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return pg::AllItems(connection, source); });
}

absl::Status PostgresSourceStore::WritePoll(Connection& connection, const PollCommit& commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(pg::UpdateHost(connection, commit.host, now));
  DATELINE_ASSIGN_OR_RETURN(auto row, pg::FindSource(connection, commit.record.source.name(), Lock::kRow));
  std::set<std::string> hosts = {commit.host.lease.host};
  if (row) {
    PollCommit outcome = commit;
    DATELINE_ASSIGN_OR_RETURN(const std::string other,
                              pg::SourceAtUri(connection, outcome.record.source.uri(), outcome.record.source.name()));
    // Another source watches the new address already: this one stays where it is.
    if (!other.empty()) outcome.record.source.set_uri(outcome.polled_uri);
    ApplyPoll(outcome, &row->record);
    if (commit.delivery != 0) pg::DeleteDelivery(connection, commit.delivery);
    DATELINE_RETURN_IF_ERROR(
        pg::ReconcileSubscriptions(connection, &row->record, row->record.source.name(), now, &hosts));
    hosts.insert(row->record.host);
    pg::UpdateSource(connection, *row);
    for (const ItemRecord& item : commit.items) {
      pg::PutItem(connection, row->id, item);
      hosts.insert(item.host);
    }
    pg::MarkSeen(connection, commit.seen_items, now);
    for (const v1::Fetch& fetch : commit.fetches) pg::InsertFetch(connection, row->id, fetch);
    pg::PruneFetches(connection, row->id);
    if (!commit.items.empty()) pg::PruneItems(connection, row->id);
    if (commit.event) DATELINE_RETURN_IF_ERROR(log_->Append(connection, *commit.event).status());
  }
  pg::RefreshHosts(connection, hosts);
  return absl::OkStatus();
}

void PostgresSourceStore::CommitPoll(PollCommit commit, WallTime now, Done done) {
  database_->Write([this, now, commit = std::make_shared<PollCommit>(std::move(commit))](
                       Connection& connection) { return WritePoll(connection, *commit, now); },
                   std::move(done));
}

absl::Status PostgresSourceStore::WritePage(Connection& connection, const PageCommit& commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(pg::UpdateHost(connection, commit.host, now));
  std::set<std::string> hosts = {commit.host.lease.host};
  DATELINE_ASSIGN_OR_RETURN(auto item, pg::FindItem(connection, commit.item.id));
  if (item) {
    MergePage(commit.item, &*item);
    DATELINE_ASSIGN_OR_RETURN(auto row, pg::FindSource(connection, item->source, Lock::kRow));
    if (row) {
      pg::PutItem(connection, row->id, *item);
      if (commit.judge) {
        const auto event = commit.judge(&row->record);
        pg::UpdateSource(connection, *row);
        if (event) DATELINE_RETURN_IF_ERROR(log_->Append(connection, *event).status());
      }
    }
    hosts.insert(item->host);
  }
  pg::RefreshHosts(connection, hosts);
  return absl::OkStatus();
}

void PostgresSourceStore::CommitPage(PageCommit commit, WallTime now, Done done) {
  database_->Write([this, now, commit = std::make_shared<PageCommit>(std::move(commit))](
                       Connection& connection) { return WritePage(connection, *commit, now); },
                   std::move(done));
}

void PostgresSourceStore::CommitHub(HubCommit commit, WallTime now, Done done) {
  database_->Write(
      [now, commit = std::make_shared<HubCommit>(std::move(commit))](Connection& connection) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(pg::UpdateHost(connection, commit->host, now));
        std::set<std::string> hosts = {commit->host.lease.host};
        DATELINE_ASSIGN_OR_RETURN(auto subscription, pg::FindSubscription(connection, commit->token, /*locked=*/true));
        if (subscription) {
          commit->change(&*subscription);
          DATELINE_RETURN_IF_ERROR(pg::PutSubscription(connection, *subscription, &hosts));
        }
        pg::RefreshHosts(connection, hosts);
        return absl::OkStatus();
      },
      std::move(done));
}

void PostgresSourceStore::CommitHost(HostUpdate update, WallTime now, Done done) {
  database_->Write(
      [now, update = std::move(update)](Connection& connection) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(pg::UpdateHost(connection, update, now));
        pg::RefreshHosts(connection, {update.lease.host});
        return absl::OkStatus();
      },
      std::move(done));
}

WriteStats PostgresSourceStore::write_stats() const {
  const sql::Stats stats = database_->stats();
  return {
      .waiting = stats.queue_depth, .writes = stats.writes, .failures = stats.write_failures, .groups = stats.groups};
}

absl::StatusOr<StoreCounts> PostgresSourceStore::Count() {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return pg::CountAll(connection); });
}

absl::StatusOr<SubscriptionRecord> PostgresSourceStore::FindSubscription(std::string_view token) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<SubscriptionRecord> {
    DATELINE_ASSIGN_OR_RETURN(auto found, pg::FindSubscription(connection, token, /*locked=*/false));
    if (!found) return SubscriptionNotFound();
    return *std::move(found);
  });
}

absl::Status PostgresSourceStore::ChangeSubscription(std::string_view token, const SubscriptionStore::Change& change) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto subscription, pg::FindSubscription(connection, token, /*locked=*/true));
    if (!subscription) return SubscriptionNotFound();
    DATELINE_RETURN_IF_ERROR(change(&*subscription));
    std::set<std::string> hosts;
    DATELINE_RETURN_IF_ERROR(pg::PutSubscription(connection, *subscription, &hosts));
    pg::RefreshHosts(connection, hosts);
    return absl::OkStatus();
  });
}

absl::Status PostgresSourceStore::AddDelivery(std::string_view token, const Delivery& delivery) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto subscription, pg::FindSubscription(connection, token, /*locked=*/false));
    if (!subscription) return SubscriptionNotFound();
    std::set<std::string> hosts;
    DATELINE_RETURN_IF_ERROR(pg::InsertDelivery(connection, subscription->source, delivery, &hosts));
    pg::RefreshHosts(connection, hosts);
    return absl::OkStatus();
  });
}

}  // namespace dateline::ingestion
