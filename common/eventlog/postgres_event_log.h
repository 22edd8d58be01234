#pragma once
// The event log in PostgreSQL, in the same schema as the state that its events are about, so that both are written in
// one transaction. Several processes may append to one log and share its work out: appending is serial by the lock of
// the topics' head rows, work is taken by FOR UPDATE SKIP LOCKED. Tables: README.md. Thread-safe. The methods of the
// port commit on their own, on a writer that does not wait for the owner's; those that take a connection are for the
// body of an owner's write and take effect with its commit. The database and the clock outlive this object.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"
#include "common/sql/postgres/database.h"

namespace dateline::eventlog {

// The schema of the log, as one migration of its owner's list.
sql::Migration PostgresSchemaMigration(int version);

class PostgresEventLog final : public EventLog {
 public:
  struct Options {
    std::vector<std::string> topics{};  // That this database owns; each ends with '/'. At most 64.
    std::string source{};               // CloudEvents source of the owner, for example "/dateline/storage".
    uint32_t max_attempts = 5;          // 1 to 100.
    uint64_t open_max = 10'000;         // Events that one group may have open; then only those are given out again.
  };

  // Makes the epoch and the topics when they are missing. The schema has to be there (PostgresSchemaMigration).
  static absl::StatusOr<std::unique_ptr<PostgresEventLog>> Open(sql::postgres::Database& database, const Clock& clock,
                                                                Options options);

  // Appends one event; see EventAppender for more of them.
  absl::StatusOr<Record> Append(sql::postgres::Connection& connection, const NewEvent& event) const;
  // Acknowledges a lease: the first sends, the second takes the answer. FAILED_PRECONDITION (LEASE_LOST) when another
  // took over; nothing was changed then.
  sql::postgres::Connection::Ticket SendAck(sql::postgres::Connection& connection, const LeaseReference& lease) const;
  absl::StatusOr<AckOutcome> TakeAck(sql::postgres::Connection& connection, sql::postgres::Connection::Ticket ticket,
                                     const LeaseReference& lease) const;

  const std::string& source() const { return options_.source; }
  // Refuses further work and ends its writer. Idempotent.
  void Close() { writer_->Close(); }

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
  PostgresEventLog(sql::postgres::Database& database, const Clock& clock, Options options);
  absl::Status CheckTopics(const std::vector<LeaseReference>& leases) const;

  sql::postgres::Database& database_;
  const Clock& clock_;
  const Options options_;
  std::unique_ptr<sql::postgres::GroupWriter> writer_;
  mutable Mutex mutex_;
  Epoch epoch_ GUARDED_BY(mutex_){};
};

// Appends events within one transaction. The topics' heads are locked by the constructor's statement, so that from then
// on this transaction is the only one that appends, in any process; their rows are written by Finish(), as the last
// statement but the commit. What is sent behind the constructor sees everything that earlier appenders committed.
class EventAppender {
 public:
  EventAppender(const PostgresEventLog& log, sql::postgres::Connection& connection);
  EventAppender(const EventAppender&) = delete;
  EventAppender& operator=(const EventAppender&) = delete;

  // Assigns the next sequence of the topic and builds the CloudEvent; waits only the first time. Events are sent many
  // at once, the last of them by Finish(). What is answered is there until the next call.
  absl::StatusOr<const Record*> Append(const NewEvent& event);
  absl::StatusOr<const Record*> Append(EncodedEvent event);
  // Sends what is left and the new heads. Call once, after the last event.
  void Finish();

 private:
  struct Head {
    uint64_t before = 0;
    uint64_t now = 0;
  };
  absl::Status LoadHeads();
  void SendEvents();

  const PostgresEventLog& log_;
  sql::postgres::Connection& connection_;
  sql::postgres::Connection::Ticket ticket_;
  bool loaded_ = false;
  std::map<std::string, Head, std::less<>> heads_;
  std::vector<Record> unsent_;
  size_t unsent_bytes_ = 0;
};

}  // namespace dateline::eventlog
