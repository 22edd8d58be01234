#include "common/sql/postgres/connection_pool.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/reasons.h"
#include "fmt/format.h"

namespace dateline::sql::postgres {

using std::chrono::steady_clock;

absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::TakeTurn() {
  MutexLock lock(mutex_);
  if (busy_ >= static_cast<size_t>(options_.size) && waiters_ >= options_.waiters_max) {
    return Error(absl::StatusCode::kResourceExhausted, kReasonReadQueueFull,
                 fmt::format("{} wait for a connection to the database already; try again later", waiters_));
  }
  const auto deadline = steady_clock::now() + options_.wait_max;
  ++waiters_;
  while (!closed_ && busy_ >= static_cast<size_t>(options_.size)) {
    const auto left = deadline - steady_clock::now();
    if (left <= left.zero()) break;
    returned_.WaitFor(mutex_, left);
  }
  --waiters_;
  if (closed_) return Error(absl::StatusCode::kUnavailable, kReasonDatabaseClosed, "the database is closed");
  if (busy_ >= static_cast<size_t>(options_.size)) {
    return Error(absl::StatusCode::kDeadlineExceeded, kReasonReadersBusy,
                 fmt::format("all {} connections to the database were busy for {} ms; look for the slow query, or give "
                             "the pool more",
                             options_.size, options_.wait_max.count()));
  }
  ++busy_;
  std::unique_ptr<Connection> connection;
  if (!idle_.empty()) {
    // The one that was used last: its buffers are warm, and the others may time out.
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  return connection;
}

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Acquire() {
  DATELINE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, TakeTurn());
  if (connection == nullptr || connection->broken()) {
    connection.reset();
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options_.connection);
    MutexLock lock(mutex_);
    if (!opened.ok()) {
      --busy_;
      returned_.NotifyAll();
      return opened.status();
    }
    ++connects_;
    connection = *std::move(opened);
  }
  return Lease(*this, std::move(connection));
}

void ConnectionPool::Return(std::unique_ptr<Connection> connection) {
  if (connection != nullptr && connection->broken()) connection.reset();
  MutexLock lock(mutex_);
  --busy_;
  if (connection != nullptr && !closed_) idle_.push_back(std::move(connection));
  returned_.NotifyAll();
}

void ConnectionPool::Close() {
  std::vector<std::unique_ptr<Connection>> closing;
  MutexLock lock(mutex_);
  closed_ = true;
  returned_.NotifyAll();
  while (busy_ > 0) returned_.Wait(mutex_);
  closing.swap(idle_);
}

size_t ConnectionPool::busy() const {
  MutexLock lock(mutex_);
  return busy_;
}

uint64_t ConnectionPool::connects() const {
  MutexLock lock(mutex_);
  return connects_;
}

}  // namespace dateline::sql::postgres
