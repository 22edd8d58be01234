#pragma once
// The threads that serve connections: a fixed number, and a bounded queue of connections that wait for one. While some
// wait, those that are served are told to hurry (an idle connection is closed, a slow head gets less time), so that a
// few hundred silent clients cannot keep others out. Thread-safe.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

// httplib's headers define macros and pull in OpenSSL; they stay inside http/*.cc.
#include <httplib.h>

namespace dateline::gateway {

class WorkerPool final : public httplib::TaskQueue {
 public:
  WorkerPool(size_t threads, size_t queue_max);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Over the limit of the queue the task is run at once by the caller, with refusing() true: it says that the server is
  // busy and closes.
  void enqueue(std::function<void()> task) override;
  // Ends the threads when the queue is empty.
  void shutdown() override;

  // Whether somebody waits for a thread.
  bool HasWaiting() const { return waiting_.load(std::memory_order_relaxed) > 0; }
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  // Whether the calling thread runs a task only to refuse it.
  static bool refusing();

 private:
  void Work();

  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;  // Guarded by mutex_.
  bool stopping_ = false;                    // Guarded by mutex_.
  std::atomic<size_t> waiting_{0};
  std::vector<std::thread> threads_;
};

}  // namespace dateline::gateway
