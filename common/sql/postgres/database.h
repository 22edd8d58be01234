#pragma once
// A PostgreSQL database as a service uses it: migrated at opening, one thread that writes in groups (group_writer.h), a
// pool that reads. Several processes may use one database; what has to be serial between them is serialised by row
// locks of the schema. Lost connections come back by themselves, after a restart or a failover of the server too.
// Thread-safe.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/sql/migration_history.h"
#include "common/sql/postgres/connection_pool.h"
#include "common/sql/postgres/group_writer.h"
#include "common/sql/stats.h"

namespace dateline::sql::postgres {

class Database {
 public:
  struct Options {
    ConnectionOptions connection{};
    std::string application{};  // Marks the schema as the service's, for example "dateline-storage".
    std::vector<Migration> migrations{};
    Upgrading upgrading{};
    int readers = 4;                                  // Connections that read, 1 to 64.
    size_t write_queue_max = 4'096;                   // 1 to 1,000,000.
    size_t group_max = 128;                           // Writes in one transaction, 1 to 4,096.
    size_t read_queue_max = 1'024;                    // Readers that wait for a connection.
    std::chrono::milliseconds read_wait_max{2'000};   // How long a reader waits for a connection.
    std::chrono::milliseconds read_time_max{10'000};  // Each statement of a read.
    std::chrono::milliseconds reconnect_max{5'000};   // How long writes wait for a server that is away.
    const Clock* clock = nullptr;                     // For applied_time; RealClock() when null.
  };

  using Body = GroupWriter::Body;
  using Done = GroupWriter::Done;

  // Connects and migrates. INVALID_ARGUMENT (INVALID_CONNECTION); FAILED_PRECONDITION: DATABASE_NOT_OPENED,
  // NOT_OUR_DATABASE, DATABASE_TOO_NEW, MIGRATION_CHANGED; UNAVAILABLE (DATABASE_UNREACHABLE).
  static absl::StatusOr<std::unique_ptr<Database>> Open(Options options);
  // Calls Close().
  ~Database();

  // See GroupWriter.
  void Write(Body body, Done done) { writer_->Write(std::move(body), std::move(done)); }
  absl::Status WriteAndWait(Body body) { return writer_->WriteAndWait(std::move(body)); }
  void SetCommitListener(std::function<void()> listener) { writer_->SetCommitListener(std::move(listener)); }

  // Runs `body` on this thread with a connection of the pool, in one snapshot of committed data that it cannot change.
  // The body may run more than once, when the connection is lost. Errors: those of the pool and of error_map.h.
  absl::Status Read(const Body& body);

  // A further writer of its own thread and connection, for writes that need not wait for the others. It has to go
  // before the database does.
  std::unique_ptr<GroupWriter> NewWriter(std::string name) const;
  const ConnectionOptions& connection_options() const { return options_.connection; }

  // Whether the server answers. UNAVAILABLE otherwise.
  absl::Status Ping();
  // Refuses new writes, runs those accepted, closes all connections. Idempotent.
  void Close();
  Stats stats() const;

 private:
  explicit Database(Options options);
  GroupWriter::Options WriterOptions(std::string name) const;

  const Options options_;
  std::unique_ptr<GroupWriter> writer_;
  std::unique_ptr<ConnectionPool> readers_;
  mutable Mutex mutex_;
  uint64_t reads_ GUARDED_BY(mutex_) = 0;
  uint64_t read_rejects_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::sql::postgres
