#pragma once
// Sources in one SQLite file, with the log of their events: state and event are written in one transaction. Reads run
// on the calling thread; writes queue for the one writing thread, which commits them in groups. Thread-safe. The clock
// outlives it. Failure model: see common/sql/database.h.

#include <memory>
#include <string>
#include <vector>

#include "common/eventlog/sqlite_event_log.h"
#include "common/sql/database.h"
#include "services/ingestion/sources/source_store.h"
#include "services/ingestion/sources/sqlite/sqlite_subscription_store.h"

namespace dateline::ingestion {

class SqliteSourceStore final : public SourceStore {
 public:
  struct Options {
    std::string path{};  // Its folder has to exist.
    int readers = 2;
    size_t write_queue_max = 4'096;
    size_t group_max = 256;
  };

  static absl::StatusOr<std::unique_ptr<SqliteSourceStore>> Open(const Options& options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~SqliteSourceStore() override;

  absl::Status Create(const SourceRecord& record) override;
  absl::StatusOr<SourceRecord> Get(std::string_view name) override;
  absl::StatusOr<SourcePage> List(const SourceQuery& query) override;
  absl::StatusOr<SourceRecord> Change(std::string_view name,
                                      const std::function<absl::Status(SourceRecord*)>& change) override;
  absl::Status Delete(std::string_view name, const std::function<absl::Status(const SourceRecord&)>& check) override;
  absl::StatusOr<FetchPage> ListFetches(std::string_view name, int limit, std::optional<int64_t> before) override;
  void LeaseHosts(const LeaseParams& params, WallTime now,
                  std::function<void(absl::StatusOr<std::vector<HostLease>>)> done) override;
  absl::StatusOr<std::vector<Task>> Tasks(const std::string& host, WallTime now, int max) override;
  absl::StatusOr<std::optional<WallTime>> NextDue() override;
  absl::StatusOr<std::vector<ItemRecord>> FindItems(std::string_view source, const ItemKeys& keys) override;
  absl::StatusOr<std::vector<ItemRecord>> Items(std::string_view source) override;
  void CommitPoll(PollCommit commit, WallTime now, Done done) override;
  void CommitPage(PageCommit commit, WallTime now, Done done) override;
  void CommitHub(HubCommit commit, WallTime now, Done done) override;
  void CommitHost(HostUpdate update, WallTime now, Done done) override;
  absl::StatusOr<StoreCounts> Count() override;
  eventlog::EventLog& events() override { return *log_; }
  SubscriptionStore& subscriptions() override { return subscriptions_; }

  void SetCommitListener(std::function<void()> listener) override { database_->SetCommitListener(std::move(listener)); }
  absl::Status Close() override { return database_->Close(); }
  WriteStats write_stats() const override;

 private:
  SqliteSourceStore(std::unique_ptr<sql::Database> database, const Clock& clock);
  absl::Status WritePoll(sql::Connection& connection, const PollCommit& commit, WallTime now);
  absl::Status WritePage(sql::Connection& connection, const PageCommit& commit, WallTime now);

  const Clock& clock_;
  std::unique_ptr<sql::Database> database_;
  SqliteSubscriptionStore subscriptions_;
  std::unique_ptr<eventlog::SqliteEventLog> log_;
};

}  // namespace dateline::ingestion
