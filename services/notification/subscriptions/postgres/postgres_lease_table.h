#pragma once
// The leases of replicas in PostgreSQL, in the tables of the subscriptions (schema.cc). Time is the server's. One
// connection of its own, made anew when it is lost. Thread-safe; a call that fails changes nothing.

#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/sql/postgres/connection.h"
#include "services/notification/leases/lease_table.h"

namespace dateline::notification {

class PostgresLeaseTable final : public LeaseTable {
 public:
  // The schema has been made already, by PostgresSubscriptionStore::Open().
  explicit PostgresLeaseTable(sql::postgres::ConnectionOptions options);
  ~PostgresLeaseTable() override;

  absl::StatusOr<LeaseRoundResult> Round(const LeaseRound& round) override;
  absl::Status Leave(const std::string& replica) override;

 private:
  absl::Status Connect() REQUIRES(mutex_);
  absl::StatusOr<LeaseRoundResult> Run(const LeaseRound& round) REQUIRES(mutex_);

  const sql::postgres::ConnectionOptions options_;
  Mutex mutex_;  // Held over the calls to the server, which take turns.
  std::unique_ptr<sql::postgres::Connection> connection_ GUARDED_BY(mutex_);
};

}  // namespace dateline::notification
