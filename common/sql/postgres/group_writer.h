#pragma once
// One thread with one connection that writes: whatever waits when it is free shares one transaction and so one flush of
// the server's log; nobody waits on purpose. Thread-safe; callbacks run on the writer's thread and must neither block
// nor call WriteAndWait() or Close().
//
// A body may run more than once, so it begins by forgetting what an earlier run found. The transaction is begun anew,
// at most `attempts_max` times with growing pauses, after a serialisation failure, a deadlock or a lock timeout, and
// when the connection is lost before the commit. A body that fails after it wrote, or that breaks the transaction,
// undoes the group; then each body of it gets a transaction of its own, so that only those fail that have to. When the
// connection is lost during the commit, the whole group gets UNAVAILABLE (OUTCOME_UNKNOWN): mutations have to be
// idempotent.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/sql/postgres/connection.h"
#include "common/sql/stats.h"

namespace dateline::sql::postgres {

class GroupWriter {
 public:
  struct Options {
    ConnectionOptions connection{};
    std::string name = "pg-writer";                  // Of the thread, at most 15 characters.
    size_t queue_max = 4'096;                        // Writes that wait, 1 to 1,000,000.
    size_t group_max = 128;                          // Writes in one transaction, 1 to 4,096.
    int attempts_max = 6;                            // Of one transaction, 1 to 100.
    std::chrono::milliseconds retry_pause{10};       // After the first attempt; doubles, with some chance in it.
    std::chrono::milliseconds reconnect_max{5'000};  // How long a group waits for the server to come back.
  };

  using Body = std::function<absl::Status(Connection&)>;
  using Done = std::function<void(absl::Status)>;

  // Starts the thread; it connects when there is something to write.
  explicit GroupWriter(Options options);
  // Calls Close().
  ~GroupWriter();
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  // Queues a write and returns. `done` is called exactly once, after the server has committed or with the error; when
  // the write is refused (RESOURCE_EXHAUSTED WRITE_QUEUE_FULL, UNAVAILABLE DATABASE_CLOSED) at once on this thread.
  void Write(Body body, Done done);
  // As Write(), and waits for the outcome. Not on the writer's thread.
  absl::Status WriteAndWait(Body body);

  // `listener` is called on the writer's thread after every commit that held at least one successful body, before the
  // callbacks; nullptr removes it. When this returns, the previous listener is not running and will not run again.
  void SetCommitListener(std::function<void()> listener);

  // Refuses new writes, runs those accepted, closes the connection. Idempotent.
  void Close();

  // Adds this writer's numbers to `stats`.
  void AddTo(Stats* stats) const;
  // Why the latest connection could not be made or was lost; OK when it is there or none was needed yet.
  absl::Status state() const;

 private:
  struct Request {
    Body body{};
    Done done{};
    MonotonicTime queued{};
    absl::Status outcome{};
  };

  void Run();
  bool NextGroup(std::deque<Request>* group) EXCLUDES(mutex_);
  void RunGroup(std::deque<Request>& group);
  // One transaction for the requests from `begin` on, `count` of them, with all its attempts. `*alone` says that a body
  // spoilt it for the others and nothing was kept.
  absl::Status RunTransaction(std::deque<Request>& group, size_t begin, size_t count, bool* alone);
  absl::Status Attempt(std::deque<Request>& group, size_t begin, size_t count, bool* alone);
  absl::Status EnsureConnection();
  // False when the writer is being closed.
  bool Pause(std::chrono::milliseconds time) EXCLUDES(mutex_);
  void Finish(std::deque<Request>& group, size_t begin, size_t count, const absl::Status& outcome);
  void SetState(const absl::Status& state) EXCLUDES(mutex_);
  absl::Status Refusal() const REQUIRES(mutex_);

  const Options options_;
  std::unique_ptr<Connection> connection_;  // The writer's thread only.
  std::minstd_rand random_;                 // The writer's thread only.
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar work_;
  std::deque<Request> queue_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;
  Stats stats_ GUARDED_BY(mutex_);
  absl::Status state_ GUARDED_BY(mutex_);

  Mutex close_mutex_;     // Held over the whole of Close(), so that a second caller waits for the first.
  Mutex listener_mutex_;  // Held over the call of the listener; a leaf for the writer's thread.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::sql::postgres
