#pragma once
// Subscriptions, cursor and deliveries in one SQLite file. Reads run on the calling thread; writes queue for the one
// writing thread, which commits them in groups. The file is made readable for its owner alone. Thread-safe. The clock
// outlives it. Failure model: see common/sql/database.h.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/eventlog/sqlite_event_log.h"
#include "common/sql/database.h"
#include "services/notification/saved_searches/sqlite_saved_search_store.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

class SqliteSubscriptionStore final : public SubscriptionStore {
 public:
  struct Options {
    std::string path{};  // Its folder has to exist.
    int readers = 4;
    Limits limits{};
  };

  static absl::StatusOr<std::unique_ptr<SqliteSubscriptionStore>> Open(const Options& options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~SqliteSubscriptionStore() override;

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
  void SetCommitListener(std::function<void()> listener) override;
  absl::Status Close() override { return database_->Close(); }
  sql::Stats database_stats() const { return database_->stats(); }

 private:
  SqliteSubscriptionStore(Limits limits, std::unique_ptr<sql::Database> database)
      : limits_(limits), database_(std::move(database)), saved_searches_(*database_) {}
  // Gives the record the next version and writes it. `version_` follows after the commit; it may show a version that
  // was undone, which costs one look at the changes.
  absl::Status Write(sql::Connection& connection, SubscriptionRecord* record);
  absl::StatusOr<uint64_t> Raise(sql::Connection& connection);
  absl::Status WriteMatches(sql::Connection& connection, const std::vector<MatchedEvent>& events, WallTime now);
  absl::Status WriteAttempt(sql::Connection& connection, const AttemptCommit& commit);
  void CallListener();

  const Limits limits_;
  std::atomic<uint64_t> version_{0};
  const std::unique_ptr<sql::Database> database_;
  SqliteSavedSearchStore saved_searches_;
  std::unique_ptr<eventlog::SqliteEventLog> log_;
  Mutex listener_mutex_;  // Held over the call of the listener.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::notification
