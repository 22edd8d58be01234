#pragma once
// Subscriptions, cursor and deliveries in PostgreSQL, for several replicas at once. Reads run on the calling thread
// with a connection of the pool. Changes of settings, matches and backfills follow each other over all replicas, by the
// lock of the cursor's row, one transaction each; outcomes of attempts, which are most of the writes, go past them in
// batches. What a commit means for the other replicas reaches them with it (change_watch.h). The database, or the
// schema, has to be the service's own. Thread-safe. The clock outlives it. Failure model:
// common/sql/postgres/group_writer.h.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/eventlog/postgres_event_log.h"
#include "common/eventlog/postgres_watch.h"
#include "common/sql/postgres/database.h"
#include "services/notification/saved_searches/postgres_saved_search_store.h"
#include "services/notification/subscriptions/postgres/change_watch.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

namespace pg {
struct AttemptWork;
struct MatchingRow;
}  // namespace pg

class PostgresSubscriptionStore final : public SubscriptionStore {
 public:
  struct Options {
    sql::postgres::ConnectionOptions connection{};
    int readers = 4;  // Connections that read, 1 to 64; six more write, hold leases and listen.
    std::chrono::milliseconds reconnect_max{5'000};  // How long writes wait for a server that is away.
    Limits limits{};
    std::string replica = "replica";  // Unique for each run of a process; one word.
  };
  // What other replicas have written. `all`: look at everything.
  using Changed = std::function<void(const ChangeNotice&)>;

  // Opens or makes the tables; the errors are those of sql::postgres::Database::Open().
  static absl::StatusOr<std::unique_ptr<PostgresSubscriptionStore>> Open(Options options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~PostgresSubscriptionStore() override;

  // From here on `changed` hears of the others' commits, on a thread of the store. Call once.
  void Listen(Changed changed);

  absl::StatusOr<SubscriptionRecord> Create(SubscriptionRecord record) override;
  absl::StatusOr<SubscriptionRecord> Get(std::string_view name) override;
  absl::StatusOr<SubscriptionPage> List(int limit, std::string_view after) override;
  absl::StatusOr<SubscriptionRecord> Change(std::string_view name,
                                            const std::function<absl::Status(SubscriptionRecord*)>& change) override;
  absl::Status Delete(std::string_view name,
                      const std::function<absl::Status(const SubscriptionRecord&)>& check) override;

  absl::StatusOr<std::optional<MatchCursor>> Cursor() override;
  absl::Status MoveCursor(const MatchCursor& to) override;
  absl::StatusOr<SubscriptionChanges> Changes(uint64_t after_version) override;
  uint64_t version() const override { return version_.load(std::memory_order_acquire); }
  absl::Status CommitMatches(const MatchCommit& commit, WallTime now) override;
  absl::StatusOr<std::vector<SubscriptionRecord>> Behind(int limit) override;
  absl::Status CommitCatchUp(const CatchUpCommit& commit, WallTime now) override;

  absl::StatusOr<std::vector<int64_t>> WithPending() override;
  absl::StatusOr<PendingWork> Pending(const PendingQuery& query) override;
  void CommitAttempt(AttemptCommit commit, Done done) override;

  absl::StatusOr<DeliveryPage> ListDeliveries(const DeliveryQuery& query) override;
  absl::StatusOr<int> Replay(const ReplayQuery& query, WallTime now) override;
  absl::StatusOr<int> Trim(WallTime before, int limit) override;

  absl::Status AddBackfill(const BackfillRecord& record) override;
  absl::StatusOr<BackfillRecord> GetBackfill(std::string_view operation) override;
  absl::StatusOr<std::vector<BackfillRecord>> ListBackfills(int limit, std::string_view after) override;
  absl::StatusOr<std::vector<BackfillRecord>> RunningBackfills() override;
  absl::Status CommitBackfill(const BackfillCommit& commit, WallTime now) override;
  absl::Status CancelBackfill(std::string_view operation) override;
  absl::Status DeleteBackfill(std::string_view operation) override;

  absl::StatusOr<StoreCounts> Count() override;

  SavedSearchStore& saved_searches() override { return saved_searches_; }
  eventlog::EventLog& events() override { return *log_; }
  // Called for the commits of the other processes too.
  void SetCommitListener(std::function<void()> listener) override;
  const eventlog::RelayTurn* relay_turn() const override { return relay_watch_.get(); }

  absl::Status Close() override;
  sql::Stats database_stats() const;

 private:
  PostgresSubscriptionStore(Options options, std::unique_ptr<sql::postgres::Database> database);

  // A write of settings, places or deliveries: runs with the lock of matching, and tells the others what it notes.
  using Body = std::function<absl::Status(sql::postgres::Connection&, pg::MatchingRow*, ChangeNotice*)>;
  absl::Status Write(const Body& body);
  absl::Status RunBody(sql::postgres::Connection& connection, const Body& body, ChangeNotice* notice);
  void SeeVersion(uint64_t version);
  // Gives the record the next version and writes it.
  void WriteRecord(sql::postgres::Connection& connection, pg::MatchingRow* matching, SubscriptionRecord* record,
                   ChangeNotice* notice);
  absl::Status WriteMatches(sql::postgres::Connection& connection, const std::vector<MatchedEvent>& events,
                            WallTime now, pg::MatchingRow* matching, ChangeNotice* notice);
  void WriteAttemptBatch() EXCLUDES(mutex_);
  void WriteDisabling(AttemptCommit commit, Done done);
  void CallListener();

  const Options options_;
  std::string channel_;
  std::atomic<uint64_t> version_{0};
  std::unique_ptr<sql::postgres::Database> database_;
  PostgresSavedSearchStore saved_searches_;
  std::unique_ptr<sql::postgres::GroupWriter> attempts_;  // Writes the outcomes of attempts.
  std::unique_ptr<ChangeWatch> watch_;
  std::unique_ptr<eventlog::PostgresEventLog> log_;
  std::unique_ptr<eventlog::PostgresWatch> relay_watch_;
  Mutex listener_mutex_;  // Held over the call of the listener.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);

  Mutex mutex_;
  std::deque<std::unique_ptr<pg::AttemptWork>> works_ GUARDED_BY(mutex_);  // That wait.
  bool batch_queued_ GUARDED_BY(mutex_) = false;                           // A write that will take them is on its way.
};

}  // namespace dateline::notification
