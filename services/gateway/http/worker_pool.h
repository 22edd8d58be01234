#pragma once
// The threads that serve connections: a fixed number, and a bounded queue of connections that wait for one. While some
// wait, those that are served are told to hurry (an idle connection is closed, a slow head gets less time), so that a
// few hundred silent clients cannot keep others out. Thread-safe.

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace dateline::gateway {

class WorkerPool {
 public:
  WorkerPool(size_t threads, size_t queue_max);
  // Calls Stop().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs what is in the queue, then ends the threads. Tasks may use the pool until they end; nobody enqueues any more.
  void Stop();
  // False, and nothing happens, when the queue is full.
  [[nodiscard]] bool Enqueue(std::function<void()> task);
  // Whether somebody waits for a thread.
  bool HasWaiting() const { return waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  void Work();

  const size_t queue_max_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::atomic<size_t> waiting_{0};
  std::vector<std::thread> threads_;
};

}  // namespace dateline::gateway
