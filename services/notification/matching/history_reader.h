#pragma once
// Reads the past for single subscriptions: those that stand behind (paused, too much waiting) are caught up with the
// shared cursor, and backfills are carried on, step by step, each step written with how far it came. It also trims the
// log of deliveries. Where several processes share the subscriptions, the one that leads does it. One thread of its
// own, so that no look into the past delays an event. Thread-safe; all that it is given outlives it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/filter/filter.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_types.h"
#include "services/notification/leases/leases.h"
#include "services/notification/stream_event.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// Whether a subscription with this filter wants the event, and why; nullopt when it does not. Reads the whole release
// only when nothing less decides. Errors of the archive.
absl::StatusOr<std::optional<std::vector<std::string>>> WantsEvent(const filter::Filter& filter, EventTypeSet types,
                                                                   const StreamEventPtr& event, EventArchive& archive);

class HistoryReader {
 public:
  struct Options {
    uint32_t page_events = 256;
    std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};  // Of finished deliveries.
    std::chrono::minutes trim_interval{10};
    int trim_max = 2'000;  // Deliveries in one step, so that no write waits long.
    // Of the events about subscriptions: when every group is done with them, and in any case.
    std::chrono::milliseconds event_retention{std::chrono::hours(24 * 30)};
    std::chrono::milliseconds event_retention_hard{std::chrono::hours(24 * 365)};
  };
  using Notify = std::function<void(const std::vector<int64_t>&)>;

  HistoryReader(Options options, EventArchive& archive, SubscriptionStore& store, const Leases& leases, Notify notify,
                const Clock& clock);
  // Calls Stop().
  ~HistoryReader();
  HistoryReader(const HistoryReader&) = delete;
  HistoryReader& operator=(const HistoryReader&) = delete;

  void Start();
  void Stop();
  // Somebody stands behind, or a backfill was made.
  void Wake();

  // One step, for tests without the thread: true when there is more to do at once.
  absl::StatusOr<bool> Step();

 private:
  // What a backfill may still deliver now.
  struct Allowance {
    double deliveries = 0;
    MonotonicTime at;
  };

  void Run();
  absl::StatusOr<bool> CatchUp();
  absl::Status CatchUpOne(const SubscriptionRecord& record, const MatchCursor& cursor);
  absl::StatusOr<bool> Backfill();
  absl::StatusOr<bool> BackfillOne(const BackfillRecord& record);
  absl::Status BackfillPage(const SubscriptionRecord& subscription, const BackfillRecord& record, Allowance* allowance,
                            BackfillCommit* commit);
  // True when there is more to trim.
  bool Trim();

  const Options options_;
  EventArchive& archive_;
  SubscriptionStore& store_;
  const Leases& leases_;
  const Notify notify_;
  const Clock& clock_;

  // Of the thread.
  std::map<std::string, Allowance> allowances_;
  std::optional<MonotonicTime> trimmed_;

  Mutex mutex_;
  CondVar wake_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dateline::notification
