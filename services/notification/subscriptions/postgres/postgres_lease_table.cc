#include "services/notification/subscriptions/postgres/postgres_lease_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"

namespace dateline::notification {

using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

namespace {

sql::postgres::ConnectionOptions Impatient(sql::postgres::ConnectionOptions options) {
  // A round that takes long is of no use any more.
  options.connect_timeout = std::chrono::milliseconds(2'000);
  options.statement_timeout = std::chrono::milliseconds(2'000);
  options.lock_timeout = std::chrono::milliseconds(1'000);
  options.silence_max = std::chrono::milliseconds(5'000);
  return options;
}

}  // namespace

PostgresLeaseTable::PostgresLeaseTable(sql::postgres::ConnectionOptions options)
    : options_(Impatient(std::move(options))) {}

PostgresLeaseTable::~PostgresLeaseTable() = default;

absl::Status PostgresLeaseTable::Connect() {
  if (connection_ != nullptr && !connection_->broken()) {
    connection_->Reset();
    return absl::OkStatus();
  }
  DATELINE_ASSIGN_OR_RETURN(connection_, Connection::Open(options_));
  return absl::OkStatus();
}

absl::StatusOr<LeaseRoundResult> PostgresLeaseTable::Round(const LeaseRound& round) {
  MutexLock lock(mutex_);
  DATELINE_RETURN_IF_ERROR(Connect());
  connection_->Begin();
  absl::StatusOr<LeaseRoundResult> result = Run(round);
  if (!result.ok()) {
    connection_->Rollback();
    return result;
  }
  DATELINE_RETURN_IF_ERROR(connection_->Commit());
  return result;
}

absl::StatusOr<LeaseRoundResult> PostgresLeaseTable::Run(const LeaseRound& round) {
  Connection& connection = *connection_;
  const int64_t duration_ms = round.duration.count();
  connection.Post(
      "INSERT INTO replica (name, expires) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond') ON CONFLICT "
      "(name) DO UPDATE SET expires = EXCLUDED.expires",
      Parameters::Of(round.replica, duration_ms));
  connection.Post(
      "DELETE FROM replica WHERE name IN (SELECT name FROM replica WHERE expires < clock_timestamp() - interval '1 "
      "minute' FOR UPDATE SKIP LOCKED)");
  // In the order in which the outcomes of attempts lock them.
  const auto mine = connection.Send("SELECT part FROM lease WHERE holder = $1 ORDER BY part FOR UPDATE",
                                    Parameters::Of(round.replica));
  const std::vector<int64_t> release(round.release.begin(), round.release.end());
  const auto released =
      connection.Send("UPDATE lease SET holder = '', expires = '-infinity' WHERE holder = $1 AND part = ANY($2)",
                      Parameters::Of(round.replica, release));
  connection.Post("UPDATE lease SET expires = clock_timestamp() + $2 * interval '1 millisecond' WHERE holder = $1",
                  Parameters::Of(round.replica, duration_ms));
  const auto present = connection.Send("SELECT count(*) FROM replica WHERE expires > clock_timestamp()");
  LeaseRoundResult result;
  DATELINE_ASSIGN_OR_RETURN(const Result replicas, connection.Take(present));
  DATELINE_ASSIGN_OR_RETURN(const Result held, connection.Take(mine));
  DATELINE_ASSIGN_OR_RETURN(const Result given_up, connection.Take(released));
  result.replicas = std::max(replicas.Int(0, 0), 1);
  const int64_t room = FairShare(result.replicas) - (held.rows() - given_up.affected());
  if (round.takes && room > 0) {
    connection.Post(
        "UPDATE lease SET holder = $1, fence = fence + 1, expires = clock_timestamp() + $2 * interval '1 millisecond' "
        "WHERE part IN (SELECT part FROM lease WHERE expires < clock_timestamp() ORDER BY part LIMIT $3 FOR UPDATE "
        "SKIP LOCKED)",
        Parameters::Of(round.replica, duration_ms, room));
  }
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT part, fence FROM lease WHERE holder = $1 ORDER BY part", Parameters::Of(round.replica)));
  for (int row = 0; row < rows.rows(); ++row) result.held.push_back({rows.Int(row, 0), rows.Uint64(row, 1)});
  return result;
}

absl::Status PostgresLeaseTable::Leave(const std::string& replica) {
  MutexLock lock(mutex_);
  DATELINE_RETURN_IF_ERROR(Connect());
  connection_->Begin();
  connection_->Post("UPDATE lease SET holder = '', expires = '-infinity' WHERE holder = $1", Parameters::Of(replica));
  connection_->Post("DELETE FROM replica WHERE name = $1", Parameters::Of(replica));
  return connection_->Commit();
}

}  // namespace dateline::notification
