#pragma once
// At most a fixed number of connections to a server, made when they are needed and made anew when they are lost.
// Whoever finds none free waits a bounded time in a bounded crowd. Thread-safe; a lease belongs to one thread and has
// to end before the pool does.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/sql/postgres/connection.h"

namespace dateline::sql::postgres {

class ConnectionPool {
 public:
  struct Options {
    ConnectionOptions connection{};
    int size = 4;
    size_t waiters_max = 1'024;
    std::chrono::milliseconds wait_max{2'000};
  };

  // A connection on loan. A broken one is not used again.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    // The connection is good for nothing: it is closed instead of given back.
    void Drop() {
      pool_->Return(nullptr);
      connection_.reset();
    }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  explicit ConnectionPool(Options options) : options_(std::move(options)) {}
  ~ConnectionPool() { Close(); }
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // RESOURCE_EXHAUSTED (READ_QUEUE_FULL), DEADLINE_EXCEEDED (READERS_BUSY), UNAVAILABLE (DATABASE_CLOSED, or what
  // connecting gave).
  absl::StatusOr<Lease> Acquire();
  // Refuses from now on, waits until all connections are back, and closes them. Idempotent.
  void Close();

  size_t busy() const;
  uint64_t connects() const;

 private:
  // Waits for the right to use a connection; an idle one comes with it when there is one.
  absl::StatusOr<std::unique_ptr<Connection>> TakeTurn() EXCLUDES(mutex_);
  void Return(std::unique_ptr<Connection> connection);

  const Options options_;
  mutable Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
  size_t busy_ GUARDED_BY(mutex_) = 0;
  size_t waiters_ GUARDED_BY(mutex_) = 0;
  uint64_t connects_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::sql::postgres
