#pragma once
// Brings what waits to where it is wanted. One thread decides, channels do the carrying; every subscription has a line
// of its own, so one that is slow or broken keeps nobody else waiting: it uses up its own attempts only, and those that
// fail may together hold but half of all. Each attempt is recorded, with what it means, before the next one of the same
// delivery begins; a process that dies in between has the attempt made again (at least once, with the same id).
//
// With one attempt at a time (the default) a subscription's deliveries keep their order: a delivery that fails is tried
// again before the one after it. One that has arrived makes way at once, while its record is still being written, so
// that a receiver is not kept waiting for our disk; what waits is read some ahead, for as long as no settings change.
// Backfills and replays stand aside of the order and go when nothing in order can. Where several processes share the
// subscriptions, it delivers for those that it holds the lease of. Thread-safe. Store, leases, channels, observer and
// clock outlive it; Stop() it after the channels have given back what they had under way.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/notification/delivery/channel.h"
#include "services/notification/delivery/retry_schedule.h"
#include "services/notification/leases/leases.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// Told about what happens, for metrics and logs. Called on the dispatcher's thread; must be quick.
class DeliveryObserver {
 public:
  virtual ~DeliveryObserver() = default;
  virtual void OnAttempt(const SendRequest& /*request*/, const SendResult& /*result*/,
                         std::chrono::nanoseconds /*duration*/) {}
  // A delivery was given up.
  virtual void OnGivenUp(const SubscriptionRecord& /*subscription*/, const PendingDelivery& /*delivery*/) {}
  virtual void OnDisabled(const SubscriptionRecord& /*subscription*/, const std::string& /*cause*/) {}
  virtual void OnStoreFailed(const absl::Status& /*status*/) {}
  // The outcome of an attempt was refused, because another replica has taken over.
  virtual void OnLeaseLost(const SubscriptionRecord& /*subscription*/) {}
};

// Null where this instance has none.
struct Channels {
  Channel* webhook = nullptr;
  Channel* email = nullptr;
  Channel* nats = nullptr;

  Channel* For(const v1::Subscription& subscription) const;
};

class Dispatcher {
 public:
  struct Options {
    RetrySchedule retry{};
    size_t in_flight_max = 1'024;  // Attempts at the same time; those to failing receivers may be half of them.
  };
  // Uniform in [0, 1).
  using Random = std::function<double()>;

  Dispatcher(Options options, SubscriptionStore& store, Leases& leases, Channels channels, DeliveryObserver& observer,
             const Clock& clock, Random random);
  // Calls Stop().
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Begins with all that waits in the store.
  void Start();
  // Begins no more attempts, and waits up to `limit` for those under way.
  void Drain(std::chrono::milliseconds limit);
  // Joins the thread. Idempotent.
  void Stop();

  // There may be something new for these.
  void Notify(const std::vector<int64_t>& subscriptions);
  // There may be something new for anybody: the store is asked.
  void LookAgain();

  struct Stats {
    size_t in_flight = 0;
    size_t lines = 0;    // Subscriptions with something under way or due later.
    size_t waiting = 0;  // Those that wait because too many attempts are under way.
  };
  Stats stats() const;

 private:
  struct Line;
  struct Finished;
  struct Timer {
    WallTime at;
    int64_t subscription = 0;
    bool operator>(const Timer& other) const { return at > other.at; }
  };

  void Run();
  // Asks the store who has something to deliver. Again after a moment when that fails.
  void Look();
  // Waits for work; false when stopping.
  bool Collect(std::vector<int64_t>* ready, std::vector<Finished>* finished);
  void Advance(int64_t id);
  // Begins what may begin of one lane; false when there is nothing more to begin now.
  bool Begin(int64_t id, Line* line, Lane lane);
  // Reads what waits in a lane, unless that is known; false when nothing does, or it cannot be read now.
  bool ReadAhead(int64_t id, Line* line, Lane lane);
  // Those of a lane that go out together now. Sets the timer when none does.
  std::vector<PendingDelivery> Choose(int64_t id, Line* line, Lane lane, size_t batch_max);
  bool HasRoom(const Line& line, bool failing);
  // Whether the receiver may get another request now; the line's subscription is known.
  bool HasHand(const Line& line) const;
  // False when the subscription is another replica's by now.
  bool Send(int64_t id, Line* line, Channel& channel, std::vector<PendingDelivery> deliveries);
  void Finish(Finished finished);
  // The subscription has room for its next attempt.
  void MakeWay(Finished* finished);
  // The outcome of an attempt for all that it carried; `cause` when the subscription has to be disabled.
  AttemptCommit Judge(const Finished& finished);
  void Settle(Finished finished);
  void Arm(int64_t id, WallTime at);

  const Options options_;
  SubscriptionStore& store_;
  Leases& leases_;
  const Channels channels_;
  DeliveryObserver& observer_;
  const Clock& clock_;
  const Random random_;

  // Of the thread.
  std::map<int64_t, Line> lines_;
  std::deque<int64_t> waiting_;
  std::deque<int64_t> waiting_failing_;

  mutable Mutex mutex_;
  CondVar wake_;
  CondVar settled_;
  std::deque<int64_t> ready_ GUARDED_BY(mutex_);
  std::vector<Finished> finished_ GUARDED_BY(mutex_);
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_ GUARDED_BY(mutex_);
  Stats stats_ GUARDED_BY(mutex_);
  size_t failing_in_flight_ GUARDED_BY(mutex_) = 0;
  std::optional<MonotonicTime> look_at_ GUARDED_BY(mutex_);  // When the store is to be asked again.
  bool draining_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dateline::notification
