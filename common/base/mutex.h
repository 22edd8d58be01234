#pragma once
// A mutex with clang's thread-safety annotations over std::mutex. It exists because Debian's absl::Mutex is not
// instrumented for ThreadSanitizer and gives false reports, while std::mutex is exact. Locks here are leaves: none is
// held over I/O, a callback or an RPC, except where the header of the class says so and why.

#include <chrono>
#include <condition_variable>
#include <mutex>

// Debian's Abseil defines GUARDED_BY, with the meaning that is wanted here; a second definition would be a warning.
#include "absl/base/thread_annotations.h"

#if defined(__clang__)
#define DATELINE_ANNOTATION(x) __attribute__((x))
#else
#define DATELINE_ANNOTATION(x)
#endif
#ifndef GUARDED_BY
#define GUARDED_BY(x) DATELINE_ANNOTATION(guarded_by(x))
#endif
#define REQUIRES(...) DATELINE_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) DATELINE_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace dateline {

class DATELINE_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() DATELINE_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() DATELINE_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class DATELINE_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) DATELINE_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() DATELINE_ANNOTATION(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits may wake without cause: call them in a loop that checks the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // Returns false when the time was over.
  bool WaitFor(Mutex& mutex, std::chrono::nanoseconds timeout) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool notified = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace dateline
