#pragma once
// One thread that looks at the archive every second: whether it still takes writes (readiness), how far its topics are,
// how far the watched groups are behind, how many dead letters they have; and once a minute lets go of events that are
// older than the retention. All of it only reads or trims, so a failure is logged and tried again. Owns its thread;
// what it refers to outlives it.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "services/storage/store.h"

namespace dateline::storage {

class ArchiveMonitor {
 public:
  struct Options {
    std::vector<std::string> groups;           // Groups of the topic "document/" whose lag is measured.
    std::chrono::milliseconds retention;       // Events that all groups are done with.
    std::chrono::milliseconds retention_hard;  // Events in any case. At least `retention`.
    std::chrono::milliseconds interval{1'000};
    std::chrono::milliseconds trim_interval{60'000};
  };

  ArchiveMonitor(Store& store, metrics::Registry& registry, metrics::Readiness& readiness, const Clock& clock,
                 Options options);
  // Calls Stop().
  ~ArchiveMonitor();
  ArchiveMonitor(const ArchiveMonitor&) = delete;
  ArchiveMonitor& operator=(const ArchiveMonitor&) = delete;

  // Looks once, on this thread, and then starts its own.
  void Start();
  // Idempotent.
  void Stop();

 private:
  void Run();
  void Look();
  void LookAtHeads();
  void LookAtGroups();
  void Trim();

  Store& store_;
  metrics::Registry& registry_;
  metrics::Readiness& readiness_;
  const Clock& clock_;
  const Options options_;
  MonotonicTime next_trim_;
  std::thread thread_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::storage
