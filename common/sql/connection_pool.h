#pragma once
// A fixed number of read-only connections. Whoever finds none free waits a bounded time in a bounded crowd.
// Thread-safe; a connection belongs to one thread between Acquire() and Release().

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/sql/connection.h"

namespace dateline::sql {

class ConnectionPool {
 public:
  struct Options {
    Connection::Options connection{};
    int size = 4;
    size_t waiters_max = 1'024;
    std::chrono::milliseconds wait_max{2'000};
  };

  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Open(const Options& options);

  // RESOURCE_EXHAUSTED (READ_QUEUE_FULL), DEADLINE_EXCEEDED (READERS_BUSY), UNAVAILABLE (DATABASE_CLOSED).
  absl::StatusOr<Connection*> Acquire();
  void Release(Connection* connection);
  // Refuses from now on, waits until all connections are back, and closes them.
  void Close();

  size_t busy() const;

 private:
  explicit ConnectionPool(const Options& options) : options_(options) {}

  const Options options_;
  mutable Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> connections_ GUARDED_BY(mutex_);
  std::vector<Connection*> idle_ GUARDED_BY(mutex_);
  size_t waiters_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::sql
