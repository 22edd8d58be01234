#pragma once
// Sources in PostgreSQL, with the log of their events: state and event are written in one transaction. Several
// processes share one database: each leases hosts that no other holds, and what one does under a lease that another
// took over is refused. Reads run on the calling thread; writes queue for one writing thread of this process, which
// commits them in groups. Thread-safe. The clock outlives it. Times that one process writes another judges, so
// processes that share a database go by its clock: give a ServerClock, and count by it whatever is said to the store.
// Failure model: see common/sql/postgres/database.h.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/eventlog/postgres_event_log.h"
#include "common/eventlog/postgres_watch.h"
#include "common/sql/postgres/database.h"
#include "common/sql/postgres/server_clock.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

class PostgresSourceStore final : public SourceStore, public SubscriptionStore {
 public:
  struct Options {
    sql::postgres::ConnectionOptions connection{};
    int readers = 4;
    size_t write_queue_max = 4'096;
    size_t group_max = 128;
    std::chrono::milliseconds reconnect_max{5'000};  // How long writes wait for a server that is away.
    // Looked up at the server when the store is opened and whenever hosts are leased. Outlives the store.
    sql::postgres::ServerClock* server_clock = nullptr;
  };

  // `clock` is the server clock, where one is given.
  static absl::StatusOr<std::unique_ptr<PostgresSourceStore>> Open(const Options& options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~PostgresSourceStore() override;

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
  SubscriptionStore& subscriptions() override { return *this; }

  absl::StatusOr<SubscriptionRecord> FindSubscription(std::string_view token) override;
  absl::Status ChangeSubscription(std::string_view token, const SubscriptionStore::Change& change) override;
  absl::Status AddDelivery(std::string_view token, const Delivery& delivery) override;

  // Called for the commits of the other processes too.
  void SetCommitListener(std::function<void()> listener) override;
  const eventlog::RelayTurn* relay_turn() const override { return watch_.get(); }
  absl::Status Close() override;
  WriteStats write_stats() const override;

 private:
  PostgresSourceStore(std::unique_ptr<sql::postgres::Database> database, const Clock& clock);
  absl::Status WritePoll(sql::postgres::Connection& connection, const PollCommit& commit, WallTime now);
  absl::Status WritePage(sql::postgres::Connection& connection, const PageCommit& commit, WallTime now);
  void CallListener();
  absl::Status LookAtClock(std::chrono::milliseconds fresh);

  const Clock& clock_;
  sql::postgres::ServerClock* server_clock_ = nullptr;
  std::unique_ptr<sql::postgres::Database> database_;
  std::unique_ptr<eventlog::PostgresEventLog> log_;
  std::unique_ptr<eventlog::PostgresWatch> watch_;
  Mutex listener_mutex_;  // Held over the call of the listener.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::ingestion
