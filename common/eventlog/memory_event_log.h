#pragma once
// The event log in memory: for tests of what uses a log, and for simulation. It passes the same conformance suite as
// SqliteEventLog; nothing survives the object. Thread-safe. The clock outlives it.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"

namespace dateline::eventlog {

class MemoryEventLog final : public EventLog {
 public:
  struct Options {
    std::vector<std::string> topics{};
    std::string source = "/dateline/memory";
    uint32_t max_attempts = 5;
    uint64_t open_max = 10'000;
    Epoch epoch = RandomEpoch();  // Simulations give their own.
  };

  MemoryEventLog(const Clock& clock, Options options);

  // Appends at once; calls the listener afterwards.
  absl::StatusOr<Record> Append(const NewEvent& event);
  // Called after every append, on the thread that appended, without a lock.
  void SetCommitListener(std::function<void()> listener);
  // Forgets everything and takes a new epoch, as if the owner's database had been restored empty.
  void Reset(const Epoch& epoch);

  Epoch epoch() const override;
  absl::StatusOr<ReadResult> Read(const ReadRequest& request) override;
  absl::StatusOr<std::vector<TopicHead>> Heads() override;
  absl::StatusOr<LeaseResult> Lease(const LeaseRequest& request) override;
  absl::StatusOr<std::vector<LeaseReference>> Extend(const std::vector<LeaseReference>& leases,
                                                     std::chrono::milliseconds duration) override;
  absl::StatusOr<std::vector<LeaseReference>> Ack(const std::vector<LeaseReference>& leases) override;
  absl::StatusOr<NackResult> Nack(const NackRequest& request) override;
  absl::StatusOr<DeadLetterPage> ListDeadLetters(const DeadLetterQuery& query) override;
  absl::StatusOr<uint32_t> RetryDeadLetters(const RetryRequest& request) override;
  absl::StatusOr<GroupLag> Lag(std::string_view group, std::string_view topic) override;
  absl::StatusOr<TrimResult> Trim(const TrimRequest& request) override;

 private:
  // An event that a group leased and has not finished.
  struct OpenEvent {
    uint32_t attempts = 0;
    WallTime available{};  // The end of the lease, or the time of the next attempt.
    std::string token{};   // Empty while nobody holds it.
    std::string holder{};
    std::string error{};
  };
  struct Group {
    Sequence next{1};
    std::map<Sequence, OpenEvent> open{};
  };
  struct Topic {
    Sequence head{};
    Sequence low_water{1};
    std::map<Sequence, Record> records{};
    std::map<std::string, Group, std::less<>> groups{};
  };

  Topic* FindTopic(std::string_view name) REQUIRES(mutex_);
  // The open event that a lease refers to, when its token is the current one.
  OpenEvent* FindLease(const LeaseReference& lease) REQUIRES(mutex_);
  // Whether the event was leased before and is neither open nor dead.
  bool IsDone(const LeaseReference& lease) REQUIRES(mutex_);
  void Bury(Topic& topic, std::string_view group, Sequence sequence, std::string error) REQUIRES(mutex_);
  void TakeExpired(Topic& topic, const LeaseRequest& request, LeaseResult* result) REQUIRES(mutex_);
  void TakeNew(Topic& topic, const LeaseRequest& request, LeaseResult* result) REQUIRES(mutex_);
  // The first event that a group still has to do with.
  Sequence PinnedBelow(const Topic& topic, std::string_view name) REQUIRES(mutex_);
  uint64_t DropBelow(Topic& topic, std::string_view name, Sequence low_water) REQUIRES(mutex_);

  const Clock& clock_;
  const Options options_;
  mutable Mutex mutex_;
  Epoch epoch_ GUARDED_BY(mutex_);
  std::map<std::string, Topic, std::less<>> topics_ GUARDED_BY(mutex_);
  std::map<uint64_t, DeadLetter> dead_ GUARDED_BY(mutex_);
  uint64_t last_dead_id_ GUARDED_BY(mutex_) = 0;
  uint64_t last_token_ GUARDED_BY(mutex_) = 0;
  std::function<void()> listener_ GUARDED_BY(mutex_);
};

}  // namespace dateline::eventlog
