#include "common/sql/postgres/database.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/sql/postgres/migration.h"

namespace dateline::sql::postgres {
namespace {

// One snapshot for all statements of a read.
constexpr std::string_view kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
// A pool may hold a lost connection for each of its readers after a restart of the server.
constexpr int kReadAttemptsMax = 3;

}  // namespace

Database::Database(Options options) : options_(std::move(options)) {
  DATELINE_CHECK(!options_.application.empty(), "a database needs the name of its application");
  DATELINE_CHECK(options_.readers >= 1 && options_.readers <= 64, "readers: 1 to 64");
}

Database::~Database() {
  Close();
}

GroupWriter::Options Database::WriterOptions(std::string name) const {
  return {.connection = options_.connection,
          .name = std::move(name),
          .queue_max = options_.write_queue_max,
          .group_max = options_.group_max,
          .reconnect_max = options_.reconnect_max};
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(Options options) {
  std::unique_ptr<Database> database(new Database(std::move(options)));
  const Options& opened = database->options_;
  DATELINE_ASSIGN_OR_RETURN(const auto connection, Connection::Open(opened.connection));
  DATELINE_RETURN_IF_ERROR(Migrate(*connection, opened.application, opened.migrations,
                                   opened.clock == nullptr ? RealClock() : *opened.clock, opened.upgrading));
  ConnectionPool::Options readers{.connection = opened.connection,
                                  .size = opened.readers,
                                  .waiters_max = opened.read_queue_max,
                                  .wait_max = opened.read_wait_max};
  readers.connection.statement_timeout = opened.read_time_max;
  database->readers_ = std::make_unique<ConnectionPool>(std::move(readers));
  database->writer_ = std::make_unique<GroupWriter>(database->WriterOptions("pg-writer"));
  return database;
}

std::unique_ptr<GroupWriter> Database::NewWriter(std::string name) const {
  return std::make_unique<GroupWriter>(WriterOptions(std::move(name)));
}

absl::Status Database::Read(const Body& body) {
  absl::Status status;
  for (int attempt = 0; attempt < kReadAttemptsMax; ++attempt) {
    absl::StatusOr<ConnectionPool::Lease> lease = readers_->Acquire();
    {
      MutexLock lock(mutex_);
      ++(lease.ok() ? reads_ : read_rejects_);
    }
    if (!lease.ok()) return lease.status();
    Connection& connection = **lease;
    connection.Begin(kBeginRead);
    status = body(connection);
    if (connection.broken()) {
      if (status.ok()) return status;
      lease->Drop();
      continue;
    }
    if (connection.failed()) {
      connection.Rollback();
    } else {
      connection.EndRead();
    }
    return status;
  }
  return status;
}

absl::Status Database::Ping() {
  return Read([](Connection& connection) { return connection.Query("SELECT 1").status(); });
}

void Database::Close() {
  if (writer_ != nullptr) writer_->Close();
  if (readers_ != nullptr) readers_->Close();
}

Stats Database::stats() const {
  Stats stats;
  writer_->AddTo(&stats);
  stats.readers_busy = readers_->busy();
  stats.readers_capacity = static_cast<size_t>(options_.readers);
  stats.reconnects += readers_->connects();
  MutexLock lock(mutex_);
  stats.reads = reads_;
  stats.read_rejects = read_rejects_;
  return stats;
}

}  // namespace dateline::sql::postgres
