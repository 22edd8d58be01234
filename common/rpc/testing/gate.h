#pragma once
// A gate at which handlers under test wait, and a count of those that wait there. Thread-safe.

#include "common/base/mutex.h"
#include "common/testing/wait.h"

namespace dateline::rpc::testing {

class Gate {
 public:
  // Blocks until Open().
  void Pass() {
    MutexLock lock(mutex_);
    ++arrived_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  int arrived() const {
    MutexLock lock(mutex_);
    return arrived_;
  }
  bool WaitForArrivals(int count) const {
    return dateline::testing::WaitUntil([&] { return arrived() >= count; });
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  int arrived_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::rpc::testing
