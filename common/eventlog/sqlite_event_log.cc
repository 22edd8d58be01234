#include "common/eventlog/sqlite_event_log.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/sqlite_schema.h"
#include "common/eventlog/sqlite_transfer.h"
#include "common/eventlog/sqlite_upkeep.h"
#include "common/eventlog/sqlite_work.h"

namespace dateline::eventlog {
namespace {

constexpr size_t kTopicsMax = 64;

absl::StatusOr<Epoch> ReadOrMakeEpoch(sql::Connection& connection) {
  const Epoch fresh = RandomEpoch();
  sql::Statement insert(connection, "INSERT INTO event_epoch (id, epoch) VALUES (1, ?) ON CONFLICT (id) DO NOTHING");
  DATELINE_RETURN_IF_ERROR(insert.Bind(1, sql::Blob{EpochToBytes(fresh)}).Run());
  sql::Statement select(connection, "SELECT epoch FROM event_epoch WHERE id = 1");
  DATELINE_RETURN_IF_ERROR(select.Step().status());
  Epoch epoch{};
  // The schema checks the size.
  EpochFromBytes(select.ColumnBlob(0), &epoch);
  return epoch;
}

absl::Status MakeTopics(sql::Connection& connection, const std::vector<std::string>& topics) {
  sql::Statement insert(
      connection, "INSERT INTO event_topic (topic, head, low_water) VALUES (?, 0, 1) ON CONFLICT (topic) DO NOTHING");
  for (const std::string& topic : topics) DATELINE_RETURN_IF_ERROR(insert.Bind(1, topic).Run());
  return absl::OkStatus();
}

// Runs a step that gives a value in a transaction of its own, with fsync.
template <typename Step>
auto Transact(sql::Database& database, const Step& step) -> decltype(step(std::declval<sql::Connection&>())) {
  decltype(step(std::declval<sql::Connection&>())) result = absl::UnknownError("not run");
  const absl::Status outcome = database.WriteAndWait([&](sql::Connection& connection) {
    result = step(connection);
    return result.status();
  });
  if (!outcome.ok()) return outcome;
  return result;
}

// Runs a step that gives a value on one snapshot.
template <typename Step>
auto Query(sql::Database& database, const Step& step) -> decltype(step(std::declval<sql::Connection&>())) {
  decltype(step(std::declval<sql::Connection&>())) result = absl::UnknownError("not run");
  const absl::Status outcome = database.Read([&](sql::Connection& connection) {
    result = step(connection);
    return result.status();
  });
  if (!outcome.ok()) return outcome;
  return result;
}

absl::StatusOr<ReadResult> ReadPage(sql::Connection& connection, const Epoch& epoch, const ReadRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const TopicRow topic, ReadTopic(connection, request.topic));
  ReadResult result{.epoch = epoch, .head = topic.head};
  if (IsTrimmed(request.after, topic.low_water)) return EventsTrimmed(request.topic, topic.low_water);
  // Also for what lies so far beyond the head that it would not fit an integer of the database.
  if (request.after >= topic.head) return result;
  const uint32_t limit = std::clamp<uint32_t>(request.limit, 1, kReadLimitMax);
  sql::Statement select(connection, "SELECT " DATELINE_EVENT_COLUMNS
                                    " FROM event WHERE topic = ? AND sequence > ? ORDER BY sequence LIMIT ?");
  select.BindAll(request.topic, request.after.value(), limit);
  size_t bytes = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return result;
    Record record = RecordOf(select);
    bytes += record.payload.size();
    if (!result.records.empty() && bytes > request.max_bytes) return result;
    result.records.push_back(std::move(record));
  }
}

absl::StatusOr<std::vector<TopicHead>> ReadHeads(sql::Connection& connection) {
  sql::Statement select(connection, "SELECT topic, head, low_water FROM event_topic ORDER BY topic");
  std::vector<TopicHead> heads;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return heads;
    heads.push_back({select.ColumnString(0), Sequence(select.ColumnUint64(1)), Sequence(select.ColumnUint64(2))});
  }
}

}  // namespace

SqliteEventLog::SqliteEventLog(sql::Database& database, const Clock& clock, Options options)
    : database_(database), clock_(clock), options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<SqliteEventLog>> SqliteEventLog::Open(sql::Database& database, const Clock& clock,
                                                                     Options options) {
  DATELINE_CHECK(!options.topics.empty() && options.topics.size() <= kTopicsMax, "topics: 1 to 64");
  DATELINE_CHECK(options.max_attempts >= 1 && options.max_attempts <= 100, "max_attempts: 1 to 100");
  DATELINE_CHECK(!options.source.empty(), "an event log needs a source");
  std::unique_ptr<SqliteEventLog> log(new SqliteEventLog(database, clock, std::move(options)));
  const auto prepare = [&log](sql::Connection& connection) -> absl::StatusOr<Epoch> {
    DATELINE_RETURN_IF_ERROR(MakeTopics(connection, log->options_.topics));
    return ReadOrMakeEpoch(connection);
  };
  DATELINE_ASSIGN_OR_RETURN(const Epoch epoch, Transact(database, prepare));
  MutexLock lock(log->mutex_);
  log->epoch_ = epoch;
  return log;
}

Epoch SqliteEventLog::epoch() const {
  MutexLock lock(mutex_);
  return epoch_;
}

absl::Status SqliteEventLog::ReloadEpoch() {
  DATELINE_ASSIGN_OR_RETURN(const LogState state,
                            Query(database_, [](sql::Connection& connection) { return ReadLogState(connection); }));
  MutexLock lock(mutex_);
  epoch_ = state.epoch;
  return absl::OkStatus();
}

absl::Status SqliteEventLog::RenewEpoch(sql::Connection& connection) {
  const Epoch fresh = RandomEpoch();
  sql::Statement update(connection, "UPDATE event_epoch SET epoch = ? WHERE id = 1");
  return update.Bind(1, sql::Blob{EpochToBytes(fresh)}).Run();
}

absl::StatusOr<Record> SqliteEventLog::Append(sql::Connection& connection, const NewEvent& event) const {
  DATELINE_ASSIGN_OR_RETURN(EncodedEvent encoded, EncodeEvent(event, options_.source));
  return Append(connection, std::move(encoded));
}

absl::StatusOr<Record> SqliteEventLog::Append(sql::Connection& connection, EncodedEvent event) const {
  sql::Statement next(connection, "UPDATE event_topic SET head = head + 1 WHERE topic = ? RETURNING head");
  DATELINE_ASSIGN_OR_RETURN(const bool found, next.Bind(1, event.record.topic).Step());
  if (!found) return UnknownTopic(event.record.topic);
  const Sequence sequence(next.ColumnUint64(0));
  // The row of RETURNING has to be stepped over for the update to end.
  DATELINE_RETURN_IF_ERROR(next.Step().status());
  Record record = std::move(event).WithSequence(sequence);
  sql::Statement insert(connection, "INSERT INTO event (" DATELINE_EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.BindAll(record.topic, sequence.value(), record.id, record.type, record.subject, record.partition_key,
                 ToMicros(record.time), sql::Blob{record.payload});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  return record;
}

absl::StatusOr<AckOutcome> SqliteEventLog::AckInTransaction(sql::Connection& connection,
                                                            const LeaseReference& lease) const {
  return AckWork(connection, lease);
}

absl::StatusOr<NackResult> SqliteEventLog::NackInTransaction(sql::Connection& connection,
                                                             const NackRequest& request) const {
  DATELINE_RETURN_IF_ERROR(ValidateNack(request));
  return NackWork(connection, clock_.Now(), {options_.max_attempts, options_.open_max}, request);
}

absl::StatusOr<ReadResult> SqliteEventLog::Read(const ReadRequest& request) {
  return Query(database_, [&](sql::Connection& connection) { return ReadPage(connection, epoch(), request); });
}

absl::StatusOr<std::vector<TopicHead>> SqliteEventLog::Heads() {
  return Query(database_, [](sql::Connection& connection) { return ReadHeads(connection); });
}

absl::StatusOr<LeaseResult> SqliteEventLog::Lease(const LeaseRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateLease(request));
  return Transact(database_, [&](sql::Connection& connection) {
    return LeaseWork(connection, clock_.Now(), {options_.max_attempts, options_.open_max}, request);
  });
}

absl::StatusOr<std::vector<LeaseReference>> SqliteEventLog::Extend(const std::vector<LeaseReference>& leases,
                                                                   std::chrono::milliseconds duration) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  DATELINE_RETURN_IF_ERROR(ValidateDuration(duration));
  return Transact(database_, [&](sql::Connection& connection) -> absl::StatusOr<std::vector<LeaseReference>> {
    std::vector<LeaseReference> lost;
    for (const LeaseReference& lease : leases) {
      DATELINE_ASSIGN_OR_RETURN(const bool held, ExtendWork(connection, clock_.Now() + duration, lease));
      if (!held) lost.push_back(lease);
    }
    return lost;
  });
}

absl::StatusOr<std::vector<LeaseReference>> SqliteEventLog::Ack(const std::vector<LeaseReference>& leases) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  return Transact(database_, [&](sql::Connection& connection) -> absl::StatusOr<std::vector<LeaseReference>> {
    std::vector<LeaseReference> lost;
    for (const LeaseReference& lease : leases) {
      const absl::StatusOr<AckOutcome> outcome = AckWork(connection, lease);
      if (outcome.ok()) continue;
      if (ErrorReason(outcome.status()) != kReasonLeaseLost) return outcome.status();
      lost.push_back(lease);
    }
    return lost;
  });
}

absl::StatusOr<NackResult> SqliteEventLog::Nack(const NackRequest& request) {
  return Transact(database_, [&](sql::Connection& connection) { return NackInTransaction(connection, request); });
}

absl::StatusOr<DeadLetterPage> SqliteEventLog::ListDeadLetters(const DeadLetterQuery& query) {
  return Query(database_, [&](sql::Connection& connection) { return ReadDeadLetters(connection, query); });
}

absl::StatusOr<uint32_t> SqliteEventLog::RetryDeadLetters(const RetryRequest& request) {
  return Transact(database_,
                  [&](sql::Connection& connection) { return ReviveDeadLetters(connection, clock_.Now(), request); });
}

absl::StatusOr<GroupLag> SqliteEventLog::Lag(std::string_view group, std::string_view topic) {
  return Query(database_, [&](sql::Connection& connection) { return ReadLag(connection, group, topic); });
}

absl::StatusOr<TrimResult> SqliteEventLog::Trim(const TrimRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateTrim(request));
  return Transact(database_, [&](sql::Connection& connection) { return TrimTopic(connection, request); });
}

}  // namespace dateline::eventlog
