#pragma once
// The thread that derives links and entities as releases are committed. It is woken by commits and looks by itself once
// a second, so that a missed wake-up costs time only; a step that fails is logged and tried again. Owns its thread;
// what it refers to outlives it.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "common/base/mutex.h"
#include "common/eventlog/relay.h"
#include "services/storage/derivation.h"

namespace dateline::storage {

class DerivationWorker {
 public:
  struct Options {
    std::chrono::milliseconds interval{1'000};
    // Where several processes keep one archive: it derives only while this is its turn, which spares the others work
    // that would be thrown away. Null: always. Outlives the worker.
    const eventlog::RelayTurn* turn = nullptr;
    // While this says so it leaves the machine to others: to an import, whose releases it derives afterwards. Null:
    // never.
    std::function<bool()> yields = nullptr;
  };

  DerivationWorker(Derivation& derivation, DerivedStore& store) : DerivationWorker(derivation, store, Options()) {}
  DerivationWorker(Derivation& derivation, DerivedStore& store, Options options)
      : derivation_(derivation), store_(store), options_(std::move(options)) {}
  // Calls Stop().
  ~DerivationWorker();
  DerivationWorker(const DerivationWorker&) = delete;
  DerivationWorker& operator=(const DerivationWorker&) = delete;

  void Start();
  // Ends after the step that runs. Idempotent.
  void Stop();
  // Never blocks.
  void Wake();

  uint64_t derived() const { return derived_; }
  uint64_t failures() const { return failures_; }
  // As of the latest look.
  uint64_t waiting() const { return waiting_; }

 private:
  void Run();
  // True when more may wait.
  bool Look();

  Derivation& derivation_;
  DerivedStore& store_;
  const Options options_;
  std::atomic<uint64_t> derived_{0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<uint64_t> waiting_{0};
  std::thread thread_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::storage
