#include "services/storage/derivation_worker.h"

#include "common/base/error.h"
#include "common/log/log.h"

namespace dateline::storage {
namespace {

// Counting what waits is worth it only once in a while.
constexpr uint64_t kStepsBetweenCounts = 32;

}  // namespace

DerivationWorker::~DerivationWorker() {
  Stop();
}

void DerivationWorker::Start() {
  thread_ = std::thread([this] { Run(); });
}

void DerivationWorker::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void DerivationWorker::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  wake_.NotifyAll();
}

bool DerivationWorker::Look() {
  if (options_.turn != nullptr && !options_.turn->IsMine()) return false;
  if (options_.yields != nullptr && options_.yields()) return false;
  const auto step = derivation_.Step();
  if (!step.ok()) {
    // A person decided something at another replica, or the turn has passed on.
    if (ErrorReason(step.status()) == kReasonDerivedChanged) return true;
    ++failures_;
    log::Warn("derivation_failed", {{"error", step.status()}});
    return false;
  }
  derived_ += static_cast<uint64_t>(*step);
  return *step > 0;
}

void DerivationWorker::Run() {
  uint64_t steps = 0;
  while (true) {
    const bool more = Look();
    if (!more) {
      waiting_ = 0;
    } else if (steps++ % kStepsBetweenCounts == 0) {
      if (const auto waiting = store_.CountUnderived(); waiting.ok()) waiting_ = *waiting;
    }
    MutexLock lock(mutex_);
    if (!more && !woken_ && !stopping_) wake_.WaitFor(mutex_, options_.interval);
    if (stopping_) return;
    woken_ = false;
  }
}

}  // namespace dateline::storage
