#pragma once
// Subscriptions in memory: the port in its simplest form, for tests of what stands on it, and the reference in the
// conformance suite. One lock around everything; callbacks come on the calling thread, without it. Thread-safe.

#include <map>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/eventlog/memory_event_log.h"
#include "services/notification/saved_searches/memory_saved_search_store.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

class MemorySubscriptionStore : public SubscriptionStore {
 public:
  explicit MemorySubscriptionStore(Limits limits = {});

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
  uint64_t version() const override;
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
  eventlog::EventLog& events() override { return log_; }
  void SetCommitListener(std::function<void()> listener) override { log_.SetCommitListener(std::move(listener)); }

 private:
  struct Row {
    PendingDelivery delivery;  // Also when it is not pending.
    v1::Delivery record;       // State, reasons, attempts.
    int64_t subscription = 0;
  };

  SubscriptionRecord* Find(std::string_view name) REQUIRES(mutex_);
  SubscriptionRecord* Find(int64_t id) REQUIRES(mutex_);
  // With backlog and cursor as they are.
  SubscriptionRecord Shown(const SubscriptionRecord& record) REQUIRES(mutex_);
  uint64_t CountPending(int64_t subscription) REQUIRES(mutex_);
  void Write(SubscriptionRecord* record) REQUIRES(mutex_);
  void WriteMatches(const std::vector<MatchedEvent>& events, WallTime now) REQUIRES(mutex_);
  bool PutDelivery(const MatchedEvent& event, int64_t subscription, const std::vector<std::string>& reasons, Lane lane,
                   bool backfill, WallTime now) REQUIRES(mutex_);
  // A finished one waits again; false when it waits already.
  static bool Again(Row* row, WallTime now);
  BackfillRecord* FindBackfill(std::string_view operation) REQUIRES(mutex_);

  const Limits limits_;
  eventlog::MemoryEventLog log_;
  MemorySavedSearchStore saved_searches_;
  mutable Mutex mutex_;
  std::map<std::string, SubscriptionRecord, std::less<>> subscriptions_ GUARDED_BY(mutex_);
  std::map<uint64_t, int64_t> removals_ GUARDED_BY(mutex_);
  std::map<int64_t, Row> deliveries_ GUARDED_BY(mutex_);
  std::vector<BackfillRecord> backfills_ GUARDED_BY(mutex_);
  std::optional<MatchCursor> cursor_ GUARDED_BY(mutex_);
  uint64_t version_ GUARDED_BY(mutex_) = 0;
  int64_t last_subscription_ GUARDED_BY(mutex_) = 0;
  int64_t last_delivery_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::notification
