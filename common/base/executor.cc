#include "common/base/executor.h"

#include <pthread.h>

#include <utility>

#include "common/base/check.h"
#include "fmt/format.h"

namespace dateline {
namespace {

constexpr int kThreadsMax = 256;
constexpr size_t kThreadNameBytesMax = 15;  // The kernel's limit.

}  // namespace

Executor::Executor(Options options) : options_(std::move(options)) {
  DATELINE_CHECK(options_.threads >= 1 && options_.threads <= kThreadsMax, "an executor has 1 to 256 threads");
  DATELINE_CHECK(options_.queue_max >= 1, "an executor's queue holds at least one task");
  threads_.reserve(static_cast<size_t>(options_.threads));
  for (int index = 0; index < options_.threads; ++index) threads_.emplace_back([this, index] { Run(index); });
}

Executor::~Executor() {
  Stop();
}

bool Executor::TrySubmit(std::function<void()> task) {
  {
    const MutexLock lock(mutex_);
    if (stopping_ || queue_.size() >= options_.queue_max) return false;
    queue_.push_back(std::move(task));
  }
  work_.NotifyOne();
  return true;
}

void Executor::Stop() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  work_.NotifyAll();
  for (std::thread& thread : threads) {
    DATELINE_CHECK(thread.get_id() != std::this_thread::get_id(),
                   "Executor::Stop() was called by one of its own tasks");
    thread.join();
  }
}

size_t Executor::depth() const {
  const MutexLock lock(mutex_);
  return queue_.size();
}

void Executor::Run(int index) {
  const std::string suffix = fmt::format("-{}", index);
  const std::string name = options_.name.substr(0, kThreadNameBytesMax - suffix.size()) + suffix;
  pthread_setname_np(pthread_self(), name.c_str());
  for (;;) {
    std::function<void()> task;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) work_.Wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace dateline
