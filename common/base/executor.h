#pragma once
// A fixed number of threads behind a bounded queue: the place where work that may block runs, so that nothing blocks in
// a gRPC reactor or a ZeroMQ loop. A full queue refuses, it never waits. Thread-safe. Stop() runs what was accepted.

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace dateline {

class Executor {
 public:
  struct Options {
    std::string name = {};    // Thread names are "<name>-<n>", cut to 15 characters.
    int threads = 4;          // 1 to 256.
    size_t queue_max = 1024;  // Tasks that wait, without those that run.
  };

  explicit Executor(Options options);
  // Calls Stop().
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Takes the task, or returns false at once when the queue is full or Stop() was called.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);
  // Refuses new tasks, runs those accepted, joins. Idempotent.
  void Stop();

  size_t depth() const;
  size_t capacity() const { return options_.queue_max; }

 private:
  void Run(int index);

  const Options options_;
  mutable Mutex mutex_;
  CondVar work_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dateline
