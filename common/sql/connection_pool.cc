#include "common/sql/connection_pool.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/error_map.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

// Of a reader. A search over a large archive comes back to the same pages of its trees; of the 2 MiB that SQLite keeps
// by itself it would read them from the system again.
constexpr std::string_view kPages = "PRAGMA cache_size=-8192";

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionPool>> ConnectionPool::Open(const Options& options) {
  std::unique_ptr<ConnectionPool> pool(new ConnectionPool(options));
  MutexLock lock(pool->mutex_);
  for (int i = 0; i < options.size; ++i) {
    DATELINE_ASSIGN_OR_RETURN(auto connection, Connection::Open(options.connection));
    DATELINE_RETURN_IF_ERROR(connection->Execute(kPages));
    pool->idle_.push_back(connection.get());
    pool->connections_.push_back(std::move(connection));
  }
  return pool;
}

absl::StatusOr<Connection*> ConnectionPool::Acquire() {
  const auto deadline = std::chrono::steady_clock::now() + options_.wait_max;
  const std::string& path = options_.connection.path;
  MutexLock lock(mutex_);
  if (idle_.empty() && !closed_ && waiters_ >= options_.waiters_max) {
    return Error(absl::StatusCode::kResourceExhausted, kReasonReadQueueFull,
                 fmt::format("database {}: {} readers wait already; try again later", path, waiters_),
                 {{"path", path}});
  }
  ++waiters_;
  while (idle_.empty() && !closed_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    returned_.WaitFor(mutex_, left);
  }
  --waiters_;
  if (closed_) {
    return Error(absl::StatusCode::kUnavailable, kReasonDatabaseClosed,
                 fmt::format("database {} is closed; try again later", path), {{"path", path}});
  }
  if (idle_.empty()) {
    return Error(absl::StatusCode::kDeadlineExceeded, kReasonReadersBusy,
                 fmt::format("database {}: all {} readers were busy for {} ms; try again later", path, options_.size,
                             options_.wait_max.count()),
                 {{"path", path}});
  }
  Connection* connection = idle_.back();
  idle_.pop_back();
  return connection;
}

void ConnectionPool::Release(Connection* connection) {
  MutexLock lock(mutex_);
  idle_.push_back(connection);
  // Close() waits on the same condition and needs every return.
  returned_.NotifyAll();
}

void ConnectionPool::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  returned_.NotifyAll();
  while (idle_.size() < connections_.size()) returned_.Wait(mutex_);
  idle_.clear();
  connections_.clear();
}

size_t ConnectionPool::busy() const {
  MutexLock lock(mutex_);
  return connections_.size() - idle_.size();
}

}  // namespace dateline::sql
