#include "services/ingestion/sources/sqlite/sqlite_source_store.h"

#include <set>
#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "common/sql/statement.h"
#include "services/ingestion/sources/sqlite/schema.h"
#include "services/ingestion/sources/sqlite/source_rows.h"
#include "services/ingestion/sources/sqlite/subscription_rows.h"

namespace dateline::ingestion {
namespace {

using sql::Connection;

absl::Status CheckUriIsFree(Connection& connection, const std::string& uri, std::string_view but) {
  DATELINE_ASSIGN_OR_RETURN(const std::string other, SourceAtUri(connection, uri, but));
  if (!other.empty()) return SourceExists(other, "it has the same address");
  return absl::OkStatus();
}

}  // namespace

SqliteSourceStore::SqliteSourceStore(std::unique_ptr<sql::Database> database, const Clock& clock)
    : clock_(clock), database_(std::move(database)), subscriptions_(*database_) {}

SqliteSourceStore::~SqliteSourceStore() {
  database_->Close().IgnoreError();
}

absl::StatusOr<std::unique_ptr<SqliteSourceStore>> SqliteSourceStore::Open(const Options& options, const Clock& clock) {
  sql::Database::Options database_options;
  database_options.path = options.path;
  database_options.application_id = kIngestionApplicationId;
  database_options.migrations = IngestionMigrations();
  database_options.readers = options.readers;
  database_options.write_queue_max = options.write_queue_max;
  database_options.group_max = options.group_max;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, sql::Database::Open(std::move(database_options)));
  std::unique_ptr<SqliteSourceStore> store(new SqliteSourceStore(std::move(database), clock));
  eventlog::SqliteEventLog::Options log;
  log.topics = {std::string(kSourceTopic)};
  log.source = std::string(kEventSource);
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::SqliteEventLog::Open(*store->database_, clock, log));
  return store;
}

absl::Status SqliteSourceStore::Create(const SourceRecord& record) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto known, FindSource(connection, record.source.name()));
    if (known) return SourceExists(record.source.name(), "the name is taken");
    DATELINE_RETURN_IF_ERROR(CheckUriIsFree(connection, record.source.uri(), ""));
    DATELINE_RETURN_IF_ERROR(InsertSource(connection, record));
    return RefreshHost(connection, record.host);
  });
}

absl::StatusOr<SourceRecord> SqliteSourceStore::Get(std::string_view name) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<SourceRecord> {
    DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, name));
    if (!row) return SourceNotFound(name);
    return std::move(row->record);
  });
}

absl::StatusOr<SourcePage> SqliteSourceStore::List(const SourceQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return SelectSources(connection, query); });
}

absl::StatusOr<SourceRecord> SqliteSourceStore::Change(std::string_view name,
                                                       const std::function<absl::Status(SourceRecord*)>& change) {
  SourceRecord result;
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, name));
    if (!row) return SourceNotFound(name);
    const std::string host = row->record.host;
    DATELINE_RETURN_IF_ERROR(change(&row->record));
    DATELINE_RETURN_IF_ERROR(CheckUriIsFree(connection, row->record.source.uri(), name));
    DATELINE_RETURN_IF_ERROR(ReconcileSubscriptions(connection, &row->record, row->record.source.name(), clock_.Now()));
    DATELINE_RETURN_IF_ERROR(UpdateSource(connection, *row));
    DATELINE_RETURN_IF_ERROR(RefreshHost(connection, host));
    if (row->record.host != host) DATELINE_RETURN_IF_ERROR(RefreshHost(connection, row->record.host));
    result = std::move(row->record);
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return result;
}

absl::Status SqliteSourceStore::Delete(std::string_view name,
                                       const std::function<absl::Status(const SourceRecord&)>& check) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, name));
    if (!row) return SourceNotFound(name);
    DATELINE_RETURN_IF_ERROR(check(row->record));
    DATELINE_ASSIGN_OR_RETURN(std::vector<std::string> hosts, HostsOfItems(connection, row->id));
    hosts.push_back(row->record.host);
    DATELINE_RETURN_IF_ERROR(ReconcileSubscriptions(connection, nullptr, row->record.source.name(), clock_.Now()));
    DATELINE_RETURN_IF_ERROR(DeleteSource(connection, row->id));
    for (const std::string& host : hosts) DATELINE_RETURN_IF_ERROR(RefreshHost(connection, host));
    return absl::OkStatus();
  });
}

absl::StatusOr<FetchPage> SqliteSourceStore::ListFetches(std::string_view name, int limit,
                                                         std::optional<int64_t> before) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<FetchPage> {
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, name));
    if (!row) return SourceNotFound(name);
    return SelectFetches(connection, row->id, limit, before);
  });
}

void SqliteSourceStore::LeaseHosts(const LeaseParams& params, WallTime now,
                                   std::function<void(absl::StatusOr<std::vector<HostLease>>)> done) {
  auto leases = std::make_shared<std::vector<HostLease>>();  // Shared by the body and the callback of one write.
  // Most looks find nothing, and a read costs no fsync.
  const absl::StatusOr<std::optional<WallTime>> ready = NextDue();
  if (!ready.ok()) return done(ready.status());
  if (!*ready || **ready > now) return done(std::vector<HostLease>());
  database_->Write(
      [params, now, leases](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(*leases, LeaseReadyHosts(connection, params, now));
        return absl::OkStatus();
      },
      [leases, done = std::move(done)](const absl::Status& status) {
        if (!status.ok()) return done(status);
        done(std::move(*leases));
      });
}

absl::StatusOr<std::vector<Task>> SqliteSourceStore::Tasks(const std::string& host, WallTime now, int max) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return SelectTasks(connection, host, now, max); });
}

absl::StatusOr<std::optional<WallTime>> SqliteSourceStore::NextDue() {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return EarliestReady(connection); });
}

absl::StatusOr<std::vector<ItemRecord>> SqliteSourceStore::FindItems(std::string_view source, const ItemKeys& keys) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return SelectItems(connection, source, keys); });
}

absl::StatusOr<std::vector<ItemRecord>> SqliteSourceStore::Items(std::string_view source) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return AllItems(connection, source); });
}

absl::Status SqliteSourceStore::WritePoll(Connection& connection, const PollCommit& commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(UpdateHost(connection, commit.host, now));
  DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, commit.record.source.name()));
  std::set<std::string> hosts = {commit.host.lease.host};
  if (row) {
    PollCommit outcome = commit;
    DATELINE_ASSIGN_OR_RETURN(const std::string other,
                              SourceAtUri(connection, outcome.record.source.uri(), outcome.record.source.name()));
    // Another source watches the new address already: this one stays where it is.
    if (!other.empty()) outcome.record.source.set_uri(outcome.polled_uri);
    ApplyPoll(outcome, &row->record);
    if (commit.delivery != 0) DATELINE_RETURN_IF_ERROR(DeleteDelivery(connection, commit.delivery));
    DATELINE_RETURN_IF_ERROR(ReconcileSubscriptions(connection, &row->record, row->record.source.name(), now));
    hosts.insert(row->record.host);
    DATELINE_RETURN_IF_ERROR(UpdateSource(connection, *row));
    for (const ItemRecord& item : commit.items) {
      DATELINE_RETURN_IF_ERROR(PutItem(connection, row->id, item));
      hosts.insert(item.host);
    }
    for (const int64_t id : commit.seen_items) DATELINE_RETURN_IF_ERROR(MarkSeen(connection, id, now));
    for (const v1::Fetch& fetch : commit.fetches) DATELINE_RETURN_IF_ERROR(InsertFetch(connection, row->id, fetch));
    DATELINE_RETURN_IF_ERROR(PruneFetches(connection, row->id));
    if (!commit.items.empty()) DATELINE_RETURN_IF_ERROR(PruneItems(connection, row->id));
    if (commit.event) DATELINE_RETURN_IF_ERROR(log_->Append(connection, *commit.event).status());
  }
  for (const std::string& host : hosts) DATELINE_RETURN_IF_ERROR(RefreshHost(connection, host));
  return absl::OkStatus();
}

void SqliteSourceStore::CommitPoll(PollCommit commit, WallTime now, Done done) {
  database_->Write([this, now, commit = std::make_shared<PollCommit>(std::move(commit))](
                       Connection& connection) { return WritePoll(connection, *commit, now); },
                   std::move(done));
}

absl::Status SqliteSourceStore::WritePage(Connection& connection, const PageCommit& commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(UpdateHost(connection, commit.host, now));
  DATELINE_ASSIGN_OR_RETURN(auto item, FindItem(connection, commit.item.id));
  if (item) {
    MergePage(commit.item, &*item);
    DATELINE_ASSIGN_OR_RETURN(auto row, FindSource(connection, item->source));
    DATELINE_RETURN_IF_ERROR(PutItem(connection, row->id, *item));
    if (commit.judge) {
      const auto event = commit.judge(&row->record);
      DATELINE_RETURN_IF_ERROR(UpdateSource(connection, *row));
      if (event) DATELINE_RETURN_IF_ERROR(log_->Append(connection, *event).status());
    }
    if (item->host != commit.host.lease.host) DATELINE_RETURN_IF_ERROR(RefreshHost(connection, item->host));
  }
  return RefreshHost(connection, commit.host.lease.host);
}

void SqliteSourceStore::CommitPage(PageCommit commit, WallTime now, Done done) {
  database_->Write([this, now, commit = std::make_shared<PageCommit>(std::move(commit))](
                       Connection& connection) { return WritePage(connection, *commit, now); },
                   std::move(done));
}

void SqliteSourceStore::CommitHub(HubCommit commit, WallTime now, Done done) {
  database_->Write(
      [now, commit = std::make_shared<HubCommit>(std::move(commit))](Connection& connection) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(UpdateHost(connection, commit->host, now));
        DATELINE_ASSIGN_OR_RETURN(auto subscription, FindSubscription(connection, commit->token));
        if (subscription) {
          commit->change(&*subscription);
          DATELINE_RETURN_IF_ERROR(PutSubscription(connection, *subscription));
        }
        return RefreshHost(connection, commit->host.lease.host);
      },
      std::move(done));
}

void SqliteSourceStore::CommitHost(HostUpdate update, WallTime now, Done done) {
  database_->Write(
      [now, update = std::move(update)](Connection& connection) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(UpdateHost(connection, update, now));
        return RefreshHost(connection, update.lease.host);
      },
      std::move(done));
}

WriteStats SqliteSourceStore::write_stats() const {
  const sql::Stats stats = database_->stats();
  return {
      .waiting = stats.queue_depth, .writes = stats.writes, .failures = stats.write_failures, .groups = stats.groups};
}

absl::StatusOr<StoreCounts> SqliteSourceStore::Count() {
  return sql::Look<Connection>(*database_, [&](Connection& connection) { return CountAll(connection); });
}

}  // namespace dateline::ingestion
