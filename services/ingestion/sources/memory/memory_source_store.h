#pragma once
// Sources in memory: for tests and simulation. It passes the same conformance suite as SqliteSourceStore; nothing
// survives the object. Callbacks come before the call returns. Thread-safe. The clock outlives it.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/eventlog/memory_event_log.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

class MemorySourceStore final : public SourceStore, public SubscriptionStore {
 public:
  explicit MemorySourceStore(const Clock& clock);

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
  eventlog::EventLog& events() override { return log_; }
  SubscriptionStore& subscriptions() override { return *this; }

  absl::StatusOr<SubscriptionRecord> FindSubscription(std::string_view token) override;
  absl::Status ChangeSubscription(std::string_view token, const SubscriptionStore::Change& change) override;
  absl::Status AddDelivery(std::string_view token, const Delivery& delivery) override;

 private:
  struct Host {
    std::string holder;
    uint64_t token = 0;
    WallTime lease_until;
    state::HostState state;
  };

  // When the host next has something to do, its rest taken into account.
  std::optional<WallTime> Ready(const std::string& host) const REQUIRES(mutex_);
  void KeepItem(ItemRecord item) REQUIRES(mutex_);
  absl::Status TakeUpdate(const HostUpdate& update, WallTime now) REQUIRES(mutex_);
  absl::Status ApplyPollLocked(PollCommit* commit, WallTime now) REQUIRES(mutex_);
  absl::Status ApplyPageLocked(PageCommit* commit, WallTime now) REQUIRES(mutex_);
  // The subscriptions of a source as it is now; null once it is removed.
  void Reconcile(SourceRecord* record, const std::string& name) REQUIRES(mutex_);
  void KeepSubscription(SubscriptionRecord subscription) REQUIRES(mutex_);

  const Clock& clock_;
  eventlog::MemoryEventLog log_;
  Mutex mutex_;
  std::map<std::string, SourceRecord, std::less<>> sources_ GUARDED_BY(mutex_);
  std::map<int64_t, ItemRecord> items_ GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::pair<WallTime, int64_t>>> due_items_ GUARDED_BY(mutex_);  // By host.
  std::map<std::string, Host> hosts_ GUARDED_BY(mutex_);
  std::map<std::string, std::map<int64_t, v1::Fetch>, std::less<>> fetches_ GUARDED_BY(mutex_);
  std::map<std::string, SubscriptionRecord, std::less<>> subscriptions_ GUARDED_BY(mutex_);        // By token.
  std::map<std::string, std::map<int64_t, Delivery>, std::less<>> deliveries_ GUARDED_BY(mutex_);  // By source.
  int64_t last_id_ GUARDED_BY(mutex_) = 0;
  uint64_t last_token_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::ingestion
