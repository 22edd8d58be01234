#include "services/gateway/http/worker_pool.h"

#include <pthread.h>

namespace dateline::gateway {
namespace {

// Set while this thread runs a task that the queue had no room for.
thread_local bool t_refusing = false;

}  // namespace

WorkerPool::WorkerPool(size_t threads, size_t queue_max) : queue_max_(queue_max) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "http");
      Work();
    });
  }
}

WorkerPool::~WorkerPool() {
  WorkerPool::shutdown();
}

bool WorkerPool::refusing() {
  return t_refusing;
}

void WorkerPool::enqueue(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < queue_max_ && !stopping_) {
      queue_.push_back(std::move(task));
      waiting_.store(queue_.size(), std::memory_order_relaxed);
      changed_.notify_one();
      return;
    }
  }
  t_refusing = true;
  task();
  t_refusing = false;
}

void WorkerPool::shutdown() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::Work() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      waiting_.store(queue_.size(), std::memory_order_relaxed);
    }
    task();
  }
}

}  // namespace dateline::gateway
