#pragma once
// The threads on which documents are extracted, for the worker and for the RPC, with a time limit for each document.
//
// The library cannot be interrupted and a thread cannot be killed, so the limit works by abandoning: when a document
// takes too long, a watchdog answers for it with EXTRACTION_TIMEOUT, leaves its thread alone and starts another in its
// place. An abandoned thread that comes back ends quietly, its result is dropped. Only so many threads may be stuck at
// one time; beyond that `on_hopeless` is called, and the process should end itself to be started anew: its leases then
// expire.
//
// Thread-safe. Work must own everything that it uses, because an abandoned thread may outlive the pool.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/metrics/registry.h"
#include "services/extraction/extract.h"

namespace dateline::extraction {

class ExtractionPool {
 public:
  using Result = absl::StatusOr<Extraction>;
  using Work = std::function<Result()>;
  using Done = std::function<void(Result)>;

  // Whose work it is. The two take turns, so that neither starves the other.
  enum class Lane { kWorker = 0, kCall = 1 };

  struct Options {
    int threads = 2;         // 1 to 256.
    size_t queue_max = 256;  // Waiting work of each lane; more is refused.
    std::chrono::milliseconds document_timeout{15'000};
    int stuck_max = 4;  // Abandoned threads that are borne.
    std::chrono::milliseconds watch_interval{100};
  };

  // `registry` and `clock` outlive the pool; `on_hopeless` is called at most once, on the watchdog's thread.
  ExtractionPool(Options options, metrics::Registry& registry, const Clock& clock, std::function<void()> on_hopeless);
  // Calls Stop().
  ~ExtractionPool();
  ExtractionPool(const ExtractionPool&) = delete;
  ExtractionPool& operator=(const ExtractionPool&) = delete;

  // Runs `work` on a thread of the pool, then `done` exactly once, with its result or with DEADLINE_EXCEEDED
  // (EXTRACTION_TIMEOUT), CANCELLED when the pool stops first, INTERNAL (EXTRACTION_FAILED) when work throws. `done`
  // must not block. False, and nothing is called, when the lane is full or the pool stopped.
  // Work that ends itself may be given another time than `document_timeout`, so that the pool does not come first.
  [[nodiscard]] bool TrySubmit(Lane lane, Work work, Done done, std::optional<std::chrono::milliseconds> timeout = {});

  // Answers what waits with CANCELLED, gives what runs `limit`, then abandons it. False when threads are stuck: then
  // the process should end without destroying what work uses. Idempotent.
  bool Stop(std::chrono::milliseconds limit = std::chrono::seconds(5));

  int stuck() const;

 private:
  struct Task;
  struct State;
  // Shared with the threads, of which abandoned ones may outlive the pool.
  std::shared_ptr<State> state_;
  metrics::CollectorHandle collector_;
};

}  // namespace dateline::extraction
