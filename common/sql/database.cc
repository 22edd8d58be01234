#include "common/sql/database.h"

#include <pthread.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/connection_pool.h"
#include "common/sql/lock_file.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// synchronous=FULL fsyncs the log at every commit. The writer moves the log into the file itself (Checkpoint), because
// SQLite's own automatic checkpoint swallows the failure of an fsync. Its 32 MiB of pages hold what a group changes: of
// fewer some would be written to the log before the commit, and again when they change again.
constexpr std::string_view kWriterPragmas =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA "
    "journal_size_limit=67108864; PRAGMA cache_size=-32768;";

constexpr std::string_view kSavepoint = "SAVEPOINT write_body";
constexpr std::string_view kRelease = "RELEASE write_body";
constexpr std::string_view kUndo = "ROLLBACK TO write_body";

absl::Status RunSql(Connection& connection, std::string_view sql) {
  return Statement(connection, sql).Run();
}

int RememberWalPages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<uint64_t*>(pages) = static_cast<uint64_t>(count);
  return SQLITE_OK;
}

// The failure of a group whose transaction a body ended. Some errors make SQLite undo the whole transaction, and with
// it the bodies before.
absl::Status Ended(const absl::Status& outcome) {
  return outcome.ok() ? Error(absl::StatusCode::kInternal, "TRANSACTION_ENDED",
                              "the body of a write ended the transaction; report this as a defect")
                      : outcome;
}

void CheckOptions(const Database::Options& options) {
  DATELINE_CHECK(options.application_id != 0, "a database needs an application_id");
  DATELINE_CHECK(options.readers >= 1 && options.readers <= 64, "readers: 1 to 64");
  DATELINE_CHECK(options.write_queue_max >= 1 && options.write_queue_max <= 1'000'000,
                 "write_queue_max: 1 to 1,000,000");
  DATELINE_CHECK(options.group_max >= 1 && options.group_max <= 4'096, "group_max: 1 to 4,096");
  DATELINE_CHECK(options.checkpoint_pages >= 1, "checkpoint_pages: from 1");
}

}  // namespace

Database::Database(Options options)
    : options_(std::move(options)), clock_(options_.clock == nullptr ? RealClock() : *options_.clock) {
  CheckOptions(options_);
  checkpoint_at_ = options_.checkpoint_pages;
}

Database::~Database() {
  Close().IgnoreError();
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(Options options) {
  std::unique_ptr<Database> database(new Database(std::move(options)));
  DATELINE_RETURN_IF_ERROR(database->Start());
  return database;
}

absl::Status Database::Start() {
  DATELINE_ASSIGN_OR_RETURN(lock_file_, LockFile::Acquire(options_.path));
  Connection::Options connection{.path = options_.path, .busy_timeout = options_.busy_timeout, .vfs = options_.vfs};
  DATELINE_ASSIGN_OR_RETURN(writer_, Connection::Open(connection));
  DATELINE_RETURN_IF_ERROR(CheckIdentity(*writer_, options_.application_id));
  DATELINE_RETURN_IF_ERROR(writer_->Execute(kWriterPragmas));
  DATELINE_RETURN_IF_ERROR(Migrate(*writer_, options_.application_id, options_.migrations, clock_, options_.upgrading));
  sqlite3_wal_hook(writer_->handle(), &RememberWalPages, &wal_pages_);
  connection.read_only = true;
  DATELINE_ASSIGN_OR_RETURN(readers_, ConnectionPool::Open({.connection = connection,
                                                            .size = options_.readers,
                                                            .waiters_max = options_.read_queue_max,
                                                            .wait_max = options_.read_wait_max}));
  thread_ = std::thread([this] { RunWriter(); });
  pthread_setname_np(thread_.native_handle(), "sql-writer");
  return absl::OkStatus();
}

absl::Status Database::Refusal() const {
  if (!halted_.ok()) return halted_;
  if (closing_) {
    return Error(absl::StatusCode::kUnavailable, kReasonDatabaseClosed,
                 fmt::format("database {} is closed; try again later", options_.path), {{"path", options_.path}});
  }
  if (queue_.size() >= options_.write_queue_max) {
    return Error(absl::StatusCode::kResourceExhausted, kReasonWriteQueueFull,
                 fmt::format("database {}: {} writes wait already; try again later", options_.path, queue_.size()),
                 {{"path", options_.path}});
  }
  return absl::OkStatus();
}

void Database::Write(WriteBody body, WriteDone done) {
  absl::Status refusal;
  {
    MutexLock lock(mutex_);
    refusal = Refusal();
    if (refusal.ok()) {
      queue_.push_back({std::move(body), std::move(done), steady_clock::now(), absl::OkStatus()});
      work_.NotifyOne();
      return;
    }
    ++stats_.rejects;
  }
  done(std::move(refusal));
}

absl::Status Database::WriteAndWait(WriteBody body) {
  DATELINE_CHECK(std::this_thread::get_id() != thread_.get_id(), "WriteAndWait() on the writer thread would never end");
  struct {
    Mutex mutex;
    CondVar changed;
    bool done = false;
    absl::Status outcome;
  } wait;
  Write(std::move(body), [&wait](absl::Status outcome) {
    MutexLock lock(wait.mutex);
    wait.outcome = std::move(outcome);
    wait.done = true;
    // Under the lock: as soon as it is free the waiter may return and take the condition with it.
    wait.changed.NotifyOne();
  });
  MutexLock lock(wait.mutex);
  while (!wait.done) wait.changed.Wait(wait.mutex);
  return std::move(wait.outcome);
}

bool Database::NextGroup(std::deque<Request>* group) {
  MutexLock lock(mutex_);
  while (queue_.empty() && !closing_) work_.Wait(mutex_);
  if (queue_.empty()) return false;
  if (queue_.size() <= options_.group_max) {
    group->swap(queue_);
    return true;
  }
  for (size_t i = 0; i < options_.group_max; ++i) {
    group->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return true;
}

void Database::RunWriter() {
  while (true) {
    std::deque<Request> group;
    if (!NextGroup(&group)) return;
    RunGroup(group);
    if (wal_pages_ >= checkpoint_at_ && !halted()) {
      // A failure is tried again with more of the log; a failed fsync has halted the database.
      Checkpoint(false).IgnoreError();
    }
  }
}

void Database::RunGroup(std::deque<Request>& group) {
  absl::Status outcome;
  {
    MutexLock lock(mutex_);
    outcome = halted_;
  }
  if (outcome.ok()) outcome = RunTransaction(group);
  CountGroup(group, outcome);
  const auto succeeded = [](const Request& request) { return request.outcome.ok(); };
  if (outcome.ok() && std::ranges::any_of(group, succeeded)) CallListener();
  for (Request& request : group) {
    request.done(outcome.ok() ? std::move(request.outcome) : outcome);
    // What the callbacks hold is not kept until the slowest of the group is done.
    request.done = nullptr;
    request.body = nullptr;
  }
}

absl::Status Database::RunTransaction(std::deque<Request>& group) {
  const uint64_t pages_before = wal_pages_;
  absl::Status status = RunSql(*writer_, "BEGIN IMMEDIATE");
  if (status.ok()) status = group.size() == 1 ? RunAlone(group.front()) : RunTogether(group);
  if (!status.ok() && writer_->InTransaction()) RunSql(*writer_, "ROLLBACK").IgnoreError();
  HaltIfSyncFailed();
  // A shorter log has been begun anew.
  if (wal_pages_ < pages_before) checkpoint_at_ = options_.checkpoint_pages;
  return status;
}

// One body alone is undone with its transaction; a savepoint would copy each page that it touches.
absl::Status Database::RunAlone(Request& request) {
  request.outcome = request.body(*writer_);
  if (!writer_->InTransaction()) return Ended(request.outcome);
  return request.outcome.ok() ? Commit() : RunSql(*writer_, "ROLLBACK");
}

absl::Status Database::RunTogether(std::deque<Request>& group) {
  for (Request& request : group) DATELINE_RETURN_IF_ERROR(RunBody(request));
  return Commit();
}

absl::Status Database::RunBody(Request& request) {
  DATELINE_RETURN_IF_ERROR(RunSql(*writer_, kSavepoint));
  request.outcome = request.body(*writer_);
  if (!writer_->InTransaction()) return Ended(request.outcome);
  if (!request.outcome.ok()) DATELINE_RETURN_IF_ERROR(RunSql(*writer_, kUndo));
  return RunSql(*writer_, kRelease);
}

absl::Status Database::Commit() {
  const auto begin = steady_clock::now();
  const absl::Status status = RunSql(*writer_, "COMMIT");
  const auto took = duration_cast<microseconds>(steady_clock::now() - begin);
  MutexLock lock(mutex_);
  stats_.commit_time_total += took;
  stats_.commit_time_max = std::max(stats_.commit_time_max, took);
  return status;
}

void Database::CountGroup(const std::deque<Request>& group, const absl::Status& outcome) {
  const auto now = steady_clock::now();
  MutexLock lock(mutex_);
  for (const Request& request : group) {
    stats_.latency_total += duration_cast<microseconds>(now - request.queued);
    if (!outcome.ok() || !request.outcome.ok()) ++stats_.write_failures;
  }
  stats_.writes += group.size();
  stats_.group_size_last = group.size();
  ++(outcome.ok() ? stats_.groups : stats_.commit_failures);
  stats_.wal_pages = wal_pages_;
}

void Database::CallListener() {
  MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

void Database::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Database::HaltIfSyncFailed() {
  if (!writer_->sync_failed()) return;
  MutexLock lock(mutex_);
  stats_.halted = true;
  halted_ =
      Error(absl::StatusCode::kUnavailable, kReasonDatabaseHalted,
            fmt::format("database {}: fsync failed, so what the disk holds is unknown and writes are refused; check "
                        "the volume, then restart the service",
                        options_.path),
            {{"path", options_.path}});
}

absl::Status Database::Checkpoint(bool close) {
  int log_pages = 0;
  int moved_pages = 0;
  const int code = sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr,
                                             close ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &log_pages,
                                             &moved_pages);
  // Readers may keep the log from starting anew; the next try is after it has grown again, not after every commit.
  checkpoint_at_ = wal_pages_ + std::max<uint64_t>(1, options_.checkpoint_pages / 4);
  if (code != SQLITE_OK) {
    absl::Status status = writer_->MakeError(code, "checkpoint");
    HaltIfSyncFailed();
    return status;
  }
  MutexLock lock(mutex_);
  ++stats_.checkpoints;
  return absl::OkStatus();
}

absl::Status Database::Read(const ReadBody& body) {
  const absl::StatusOr<Connection*> acquired = readers_->Acquire();
  {
    MutexLock lock(mutex_);
    ++(acquired.ok() ? stats_.reads : stats_.read_rejects);
  }
  if (!acquired.ok()) return acquired.status();
  Connection& connection = **acquired;
  connection.SetDeadline(steady_clock::now() + options_.read_time_max);
  absl::Status status = RunSql(connection, "BEGIN");
  if (status.ok()) status = body(connection);
  connection.ClearDeadline();
  if (connection.InTransaction()) {
    const absl::Status ended = RunSql(connection, "ROLLBACK");
    if (status.ok()) status = ended;
  }
  readers_->Release(&connection);
  return status;
}

absl::Status Database::Close() {
  MutexLock close_lock(close_mutex_);
  if (closed_) return close_outcome_;
  closed_ = true;
  if (thread_.joinable()) {
    DATELINE_CHECK(std::this_thread::get_id() != thread_.get_id(), "Close() on the writer thread would never end");
    {
      MutexLock lock(mutex_);
      closing_ = true;
      work_.NotifyAll();
    }
    thread_.join();
    readers_->Close();
    close_outcome_ = halted() ? absl::OkStatus() : Checkpoint(true);
  }
  {
    MutexLock lock(mutex_);
    if (!halted_.ok()) close_outcome_ = halted_;
  }
  // Closing the last connection would move the log into the file, which after a failed fsync must not be trusted.
  if (halted() && writer_ != nullptr) {
    sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  writer_.reset();
  lock_file_.reset();
  return close_outcome_;
}

Stats Database::stats() const {
  MutexLock lock(mutex_);
  Stats stats = stats_;
  stats.queue_depth = queue_.size();
  stats.queue_capacity = options_.write_queue_max;
  stats.readers_capacity = static_cast<size_t>(options_.readers);
  stats.readers_busy = readers_->busy();
  return stats;
}

bool Database::halted() const {
  MutexLock lock(mutex_);
  return !halted_.ok();
}

}  // namespace dateline::sql
