#pragma once
// A SQLite database as a service uses it: one writer thread with group commit, a pool of read-only connections,
// migrations at opening, and a lock that keeps a second process away. An acknowledged write has been fsynced (WAL,
// synchronous=FULL). Group commit: whatever waits when the writer is free shares one transaction and so one fsync;
// nobody waits on purpose. Thread-safe. Callbacks run on the writer thread and must neither block nor call
// WriteAndWait() or Close().
//
// Failures: a body's own error undoes that body alone. A failed COMMIT fails the whole group and acknowledges nothing;
// its outcome is unknown until the database is opened again, so mutations have to be idempotent. After a failed fsync
// all further writes are refused (UNAVAILABLE, DATABASE_HALTED) until the process opens the database anew.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/sql/connection.h"
#include "common/sql/error_map.h"
#include "common/sql/migration.h"
#include "common/sql/statement.h"
#include "common/sql/stats.h"

namespace dateline::sql {

class ConnectionPool;
class LockFile;

class Database {
 public:
  struct Options {
    std::string path{};          // Its folder has to exist.
    int32_t application_id = 0;  // Not 0; marks the file as the service's.
    std::vector<Migration> migrations{};
    Upgrading upgrading{};
    int readers = 4;                                  // 1 to 64.
    size_t write_queue_max = 4'096;                   // 1 to 1,000,000.
    size_t group_max = 128;                           // Writes in one transaction, 1 to 4,096.
    size_t read_queue_max = 1'024;                    // Readers that wait for a connection.
    std::chrono::milliseconds read_wait_max{2'000};   // How long a reader waits for a connection.
    std::chrono::milliseconds read_time_max{10'000};  // How long the body of a read may query.
    std::chrono::milliseconds busy_timeout{5'000};    // Foreign tools on the file; no process of ours contends.
    uint64_t checkpoint_pages = 1'000;                // Size of the log at which the writer moves it into the file.
    std::string vfs{};                                // Tests only.
    const Clock* clock = nullptr;                     // For applied_time; RealClock() when null.
  };

  // Runs in the group's transaction, within a savepoint. Runs at most once. May take the connection's view of earlier
  // bodies of the same group for granted: they commit or fail together with it.
  using WriteBody = std::function<absl::Status(Connection&)>;
  // Called exactly once with the outcome, which is the callee's own.
  using WriteDone = std::function<void(absl::Status)>;
  using ReadBody = std::function<absl::Status(Connection&)>;

  // Locks, opens, migrates, starts the writer. FAILED_PRECONDITION: DATABASE_IN_USE, NOT_OUR_DATABASE,
  // DATABASE_TOO_NEW, MIGRATION_CHANGED, DATABASE_NOT_OPENED; others as in error_map.h.
  static absl::StatusOr<std::unique_ptr<Database>> Open(Options options);
  // Calls Close().
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Queues a write and returns. `done` is called on the writer thread after COMMIT has been fsynced, or with the error;
  // when the write is refused (RESOURCE_EXHAUSTED WRITE_QUEUE_FULL, UNAVAILABLE DATABASE_HALTED or DATABASE_CLOSED) it
  // is called at once on this thread.
  void Write(WriteBody body, WriteDone done);
  // As Write(), and waits for the outcome. Not on the writer thread.
  absl::Status WriteAndWait(WriteBody body);

  // Runs `body` on this thread with a read-only connection, in one snapshot of committed data. Waits for a connection
  // at most read_wait_max: DEADLINE_EXCEEDED (READERS_BUSY); RESOURCE_EXHAUSTED (READ_QUEUE_FULL) when too many wait.
  absl::Status Read(const ReadBody& body);

  // `listener` is called on the writer thread after every successful COMMIT that held at least one successful body,
  // before the done-callbacks; nullptr removes it. When this returns, the previous listener is not running and will not
  // run again. Not to be called by the listener itself.
  void SetCommitListener(std::function<void()> listener);

  // Copies the committed state to `path` while writes go on. `prepare`, when given, runs on the copy before it gets its
  // name (for example to renew the epoch of an event log). ALREADY_EXISTS when `path` exists. The copy is fsynced.
  absl::Status Backup(const std::string& path, const WriteBody& prepare = nullptr);

  // Refuses new writes, runs those accepted, moves the log into the file and releases the lock. Idempotent; returns the
  // outcome of the first call.
  absl::Status Close();

  Stats stats() const;
  // True after a failed fsync: not ready until opened anew.
  bool halted() const;
  const std::string& path() const { return options_.path; }

 private:
  struct Request {
    WriteBody body{};
    WriteDone done{};
    MonotonicTime queued{};
    absl::Status outcome{};
  };

  explicit Database(Options options);
  absl::Status Start();
  void RunWriter();
  bool NextGroup(std::deque<Request>* group) EXCLUDES(mutex_);
  void RunGroup(std::deque<Request>& group);
  // Begin, bodies, commit. An error is the group's: nothing of it is stored, as far as is known.
  absl::Status RunTransaction(std::deque<Request>& group);
  absl::Status RunAlone(Request& request);
  absl::Status RunTogether(std::deque<Request>& group);
  absl::Status RunBody(Request& request);
  absl::Status Commit();
  void CountGroup(const std::deque<Request>& group, const absl::Status& outcome) EXCLUDES(mutex_);
  void CallListener() EXCLUDES(listener_mutex_);
  // Moves the log into the file when it has grown; `close` empties it.
  absl::Status Checkpoint(bool close);
  void HaltIfSyncFailed() EXCLUDES(mutex_);
  absl::Status Refusal() const REQUIRES(mutex_);

  const Options options_;
  const Clock& clock_;
  std::unique_ptr<LockFile> lock_file_;
  std::unique_ptr<Connection> writer_;  // Used by the writer thread only, once it runs.
  std::unique_ptr<ConnectionPool> readers_;
  std::thread thread_;
  // The size of the log, as SQLite told at the latest commit, and the size at which to move it. Writer thread only.
  uint64_t wal_pages_ = 0;
  uint64_t checkpoint_at_ = 0;

  mutable Mutex mutex_;
  CondVar work_;
  std::deque<Request> queue_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;
  absl::Status halted_ GUARDED_BY(mutex_);
  Stats stats_ GUARDED_BY(mutex_);

  Mutex close_mutex_;  // Held over the whole of Close(), so that a second caller waits for the first.
  bool closed_ GUARDED_BY(close_mutex_) = false;
  absl::Status close_outcome_ GUARDED_BY(close_mutex_);

  Mutex listener_mutex_;  // Held over the call of the listener; a leaf for the writer thread.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::sql
