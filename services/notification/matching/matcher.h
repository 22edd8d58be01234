#pragma once
// Follows the log for the subscriptions: every event, in order, against all that are live, written as deliveries
// together with the cursor. Reads the ring while it keeps up and the archive when it does not. A change of a
// subscription is seen by the next event, because the store refuses matches that were made without it.
//
// When the log has begun anew (restored, wiped) it goes on behind the time of the last event that it matched; when
// events were trimmed that it had not matched, it goes on with the oldest that is kept and says how many are missing.
// Where several processes share the subscriptions, the one that leads matches for all; the others keep their index up
// to date, so that they can go on at once when it dies. One thread. All that it is given outlives it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_ring.h"
#include "services/notification/leases/leases.h"
#include "services/notification/matching/filter_index.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

class Matcher {
 public:
  struct Options {
    size_t batch_events = 64;  // Matched and written together.
  };
  // Told which subscriptions have something new. Must be quick.
  using Notify = std::function<void(const std::vector<int64_t>&)>;

  Matcher(Options options, const EventRing& ring, EventArchive& archive, SubscriptionStore& store, const Leases& leases,
          Notify notify, const Clock& clock);
  // Calls Stop().
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  void Start();
  void Stop();
  // The ring or a subscription has changed.
  void Wake();

  struct Stats {
    uint64_t events = 0;      // Matched.
    uint64_t deliveries = 0;  // Written.
    uint64_t missed = 0;      // Events that were gone before they were matched.
    uint64_t failures = 0;
    uint64_t again = 0;  // Batches that were matched anew because a subscription had changed.
    uint64_t cursor = 0;
    size_t subscriptions = 0;  // In the index.
    size_t filters = 0;
  };
  Stats stats() const;

  // One step, for tests without the thread: true when there is more to do at once.
  absl::StatusOr<bool> Step();

 private:
  void Run();
  // Where another process leads: the index follows, and where the cursor stands is shown.
  absl::Status Follow();
  // The cursor, made at the first start.
  absl::Status FindCursor();
  absl::Status MoveTo(const StreamPosition& position, const char* cause);
  absl::Status SyncIndex();
  // The events behind the cursor; none at the head.
  absl::StatusOr<std::vector<StreamEventPtr>> NextEvents();
  absl::StatusOr<std::vector<StreamEventPtr>> ReadOlder();
  absl::StatusOr<MatchedEvent> MatchOne(const StreamEventPtr& event);

  const Options options_;
  const EventRing& ring_;
  EventArchive& archive_;
  SubscriptionStore& store_;
  const Leases& leases_;
  const Notify notify_;
  const Clock& clock_;

  // Of the thread.
  FilterIndex index_;
  uint64_t version_ = 0;
  bool synced_ = false;
  std::optional<MatchCursor> cursor_;
  std::optional<MonotonicTime> followed_;  // The latest look at what the one that leads does; absent while leading.

  mutable Mutex mutex_;
  CondVar wake_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Stats stats_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::notification
