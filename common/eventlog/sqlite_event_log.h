#pragma once
// The event log in SQLite, in the same database as the state that its events are about, so that both are written in one
// transaction. Tables: README.md. Leases cost time for what they take, not for the length of the log: a group keeps the
// next sequence it never leased, and one row per event that it has not finished.
// Thread-safe. The methods of the port commit on their own; those that take a connection are for the body of an owner's
// write and take effect with its commit. The database and the clock outlive this object.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"
#include "common/sql/database.h"

namespace dateline::eventlog {

// The schema of the log, as one migration of its owner's list.
sql::Migration SchemaMigration(int version);

class SqliteEventLog final : public EventLog {
 public:
  struct Options {
    std::vector<std::string> topics{};  // That this database owns; each ends with '/'. At most 64.
    std::string source{};               // CloudEvents source of the owner, for example "/dateline/storage".
    uint32_t max_attempts = 5;          // 1 to 100.
    uint64_t open_max = 10'000;         // Events that one group may have open; then only those are given out again.
  };

  // Makes the epoch and the topics when they are missing. The schema has to be there (SchemaMigration).
  static absl::StatusOr<std::unique_ptr<SqliteEventLog>> Open(sql::Database& database, const Clock& clock,
                                                              Options options);

  // Assigns the next sequence of the topic, builds the CloudEvent and stores it.
  absl::StatusOr<Record> Append(sql::Connection& connection, const NewEvent& event) const;
  absl::StatusOr<Record> Append(sql::Connection& connection, EncodedEvent event) const;
  // Acknowledges a lease. FAILED_PRECONDITION (LEASE_LOST) when another took over: return it from the body, so that the
  // effect is undone too.
  absl::StatusOr<AckOutcome> AckInTransaction(sql::Connection& connection, const LeaseReference& lease) const;
  absl::StatusOr<NackResult> NackInTransaction(sql::Connection& connection, const NackRequest& request) const;

  // Gives the log a new epoch: for the copy that a backup makes (sql::Database::Backup's `prepare`), because a log that
  // went back in time must not be taken for the one that readers know.
  static absl::Status RenewEpoch(sql::Connection& connection);

  // Reads the epoch again, after the log became that of another (log_transfer.h).
  absl::Status ReloadEpoch();

  Epoch epoch() const override EXCLUDES(mutex_);
  absl::StatusOr<ReadResult> Read(const ReadRequest& request) override;
  absl::StatusOr<std::vector<TopicHead>> Heads() override;
  absl::StatusOr<LeaseResult> Lease(const LeaseRequest& request) override;
  absl::StatusOr<std::vector<LeaseReference>> Extend(const std::vector<LeaseReference>& leases,
                                                     std::chrono::milliseconds duration) override;
  absl::StatusOr<std::vector<LeaseReference>> Ack(const std::vector<LeaseReference>& leases) override;
  absl::StatusOr<NackResult> Nack(const NackRequest& request) override;
  absl::StatusOr<DeadLetterPage> ListDeadLetters(const DeadLetterQuery& query) override;
  absl::StatusOr<uint32_t> RetryDeadLetters(const RetryRequest& request) override;
  absl::StatusOr<GroupLag> Lag(std::string_view group, std::string_view topic) override;
  absl::StatusOr<TrimResult> Trim(const TrimRequest& request) override;

 private:
  SqliteEventLog(sql::Database& database, const Clock& clock, Options options);

  sql::Database& database_;
  const Clock& clock_;
  const Options options_;
  mutable Mutex mutex_;
  Epoch epoch_ GUARDED_BY(mutex_){};
};

}  // namespace dateline::eventlog
