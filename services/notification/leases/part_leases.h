#pragma once
// Holds this replica's share of the parts: renews the leases several times within their time, takes parts that have
// become free, and gives up those above its share as soon as no attempt of theirs is under way. When renewing fails it
// stops by itself before the leases can have ended for others, so that two replicas never begin attempts for one
// subscription at the same time; an attempt that is under way by then is refused by its fence when its outcome is
// written, and made again by whoever holds the part. One thread. Table and clock outlive it.

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/notification/leases/lease_table.h"
#include "services/notification/leases/leases.h"

namespace dateline::notification {

class PartLeases final : public Leases {
 public:
  struct Options {
    std::string replica{};
    std::chrono::milliseconds duration{5'000};
    // How long a part above the share waits for its attempts to end before it is given up all the same.
    std::chrono::milliseconds yield_max{60'000};
  };
  // Called on the thread when attempts may begin that could not before. Must be quick.
  using Gained = std::function<void()>;

  PartLeases(Options options, LeaseTable& table, Gained gained, const Clock& clock);
  // Calls Stop().
  ~PartLeases() override;
  PartLeases(const PartLeases&) = delete;
  PartLeases& operator=(const PartLeases&) = delete;

  void Start();
  // Begins nothing new and takes no part from now on; the leases stay, for the outcomes of what is under way.
  void Drain();
  // Gives up everything and joins. Idempotent.
  void Stop();

  bool Holds(int64_t subscription) const override;
  bool Leads() const override;
  std::optional<Grant> Begin(int64_t subscription) override;
  void End(int64_t subscription) override;

  struct Stats {
    int held = 0;      // Parts of which attempts may begin here.
    int replicas = 0;  // As of the latest round.
    bool leads = false;
    uint64_t gained = 0;
    uint64_t lost = 0;  // Parts that ended without having been given up.
    uint64_t failures = 0;
  };
  Stats stats() const;

  // One round, for tests without the thread.
  absl::Status Step();

 private:
  struct Part {
    bool held = false;
    uint64_t fence = 0;
    size_t under_way = 0;                   // Attempts.
    std::optional<MonotonicTime> yielding;  // Since when it is to be given up.
  };
  void Run();
  // What to ask for now. `*resumed` when some parts that were to be given up are to be kept after all.
  LeaseRound Plan(MonotonicTime now, bool* resumed);
  bool Usable(const Part& part) const REQUIRES(mutex_);
  // Takes over what the round found; true when there are new parts.
  bool Apply(const LeaseRoundResult& result, MonotonicTime until);

  const Options options_;
  LeaseTable& table_;
  const Gained gained_;
  const Clock& clock_;

  mutable Mutex mutex_;
  CondVar wake_;
  std::array<Part, kParts> parts_ GUARDED_BY(mutex_);
  MonotonicTime until_ GUARDED_BY(mutex_);  // The leases are certainly held so long.
  bool draining_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Stats stats_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::notification
