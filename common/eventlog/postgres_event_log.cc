#include "common/eventlog/postgres_event_log.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "common/eventlog/postgres_schema.h"
#include "common/eventlog/postgres_transfer.h"
#include "common/eventlog/postgres_upkeep.h"
#include "common/eventlog/postgres_work.h"
#include "common/sql/look.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Database;
using sql::postgres::GroupWriter;
using sql::postgres::Parameters;
using sql::postgres::Result;

constexpr size_t kTopicsMax = 64;
// Payloads that an appender keeps before it sends them.
constexpr size_t kUnsentBytesMax = size_t{4} << 20;

absl::StatusOr<Epoch> ReadOrMakeEpoch(Connection& connection) {
  const Epoch fresh = RandomEpoch();
  connection.Post("INSERT INTO event_epoch (id, epoch) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
                  Parameters::Of(Bytes{EpochToBytes(fresh)}));
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query("SELECT epoch FROM event_epoch WHERE id = 1"));
  Epoch epoch{};
  // The schema checks the size.
  EpochFromBytes(rows.Bytes(0, 0), &epoch);
  return epoch;
}

void MakeTopics(Connection& connection, const std::vector<std::string>& topics) {
  for (const std::string& topic : topics) {
    connection.Post("INSERT INTO event_topic (topic, head) VALUES ($1, 0) ON CONFLICT (topic) DO NOTHING",
                    Parameters::Of(topic));
    connection.Post("INSERT INTO event_low_water (topic, low_water) VALUES ($1, 1) ON CONFLICT (topic) DO NOTHING",
                    Parameters::Of(topic));
  }
}

// Runs a step that gives a value in a transaction, which others may share.
template <typename Step>
auto Transact(GroupWriter& writer, const Step& step) -> decltype(step(std::declval<Connection&>())) {
  decltype(step(std::declval<Connection&>())) result = absl::UnknownError("not run");
  const absl::Status outcome = writer.WriteAndWait([&](Connection& connection) {
    result = step(connection);
    return result.status();
  });
  if (!outcome.ok()) return outcome;
  return result;
}

absl::StatusOr<ReadResult> ReadPage(Connection& connection, const Epoch& epoch, const ReadRequest& request) {
  const auto topic_ticket = SendTopic(connection, request.topic);
  const uint32_t limit = std::clamp<uint32_t>(request.limit, 1, kReadLimitMax);
  // The sizes are summed where the payloads lie, so that only those of the page travel; the first always does.
  const auto page = connection.Send(
      "SELECT " DATELINE_PG_EVENT_COLUMNS
      " FROM (SELECT p.*, sum(octet_length(p.payload)) OVER (ORDER BY p.sequence) AS bytes FROM (SELECT * FROM event "
      "WHERE topic = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) p) e "
      "WHERE e.bytes <= $4 OR e.bytes = octet_length(e.payload) ORDER BY e.sequence",
      Parameters::Of(request.topic, ToBigint(request.after.value()), limit, ToBigint(request.max_bytes)));
  DATELINE_ASSIGN_OR_RETURN(const PostgresTopic topic, TakeTopic(connection, topic_ticket, request.topic));
  ReadResult result{.epoch = epoch, .head = topic.head};
  if (IsTrimmed(request.after, topic.low_water)) return EventsTrimmed(request.topic, topic.low_water);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(page));
  for (int i = 0; i < rows.rows(); ++i) result.records.push_back(RecordOf(rows, i));
  return result;
}

absl::StatusOr<std::vector<TopicHead>> ReadHeads(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT t.topic, t.head, l.low_water FROM event_topic t JOIN event_low_water l "
                       "ON l.topic = t.topic ORDER BY t.topic"));
  std::vector<TopicHead> heads;
  for (int i = 0; i < rows.rows(); ++i) {
    heads.push_back({rows.String(i, 0), Sequence(rows.Uint64(i, 1)), Sequence(rows.Uint64(i, 2))});
  }
  return heads;
}

}  // namespace

PostgresEventLog::PostgresEventLog(Database& database, const Clock& clock, Options options)
    : database_(database), clock_(clock), options_(std::move(options)), writer_(database.NewWriter("pg-log-writer")) {}

absl::StatusOr<std::unique_ptr<PostgresEventLog>> PostgresEventLog::Open(Database& database, const Clock& clock,
                                                                         Options options) {
  DATELINE_CHECK(!options.topics.empty() && options.topics.size() <= kTopicsMax, "topics: 1 to 64");
  DATELINE_CHECK(options.max_attempts >= 1 && options.max_attempts <= 100, "max_attempts: 1 to 100");
  DATELINE_CHECK(!options.source.empty(), "an event log needs a source");
  std::unique_ptr<PostgresEventLog> log(new PostgresEventLog(database, clock, std::move(options)));
  const auto prepare = [&log](Connection& connection) -> absl::StatusOr<Epoch> {
    MakeTopics(connection, log->options_.topics);
    return ReadOrMakeEpoch(connection);
  };
  DATELINE_ASSIGN_OR_RETURN(const Epoch epoch, Transact(*log->writer_, prepare));
  MutexLock lock(log->mutex_);
  log->epoch_ = epoch;
  return log;
}

Epoch PostgresEventLog::epoch() const {
  MutexLock lock(mutex_);
  return epoch_;
}

absl::Status PostgresEventLog::ReloadEpoch() {
  DATELINE_ASSIGN_OR_RETURN(const LogState state, sql::Look<Connection>(database_, [](Connection& connection) {
                              return ReadLogState(connection);
                            }));
  MutexLock lock(mutex_);
  epoch_ = state.epoch;
  return absl::OkStatus();
}

absl::StatusOr<Record> PostgresEventLog::Append(Connection& connection, const NewEvent& event) const {
  EventAppender appender(*this, connection);
  DATELINE_ASSIGN_OR_RETURN(const Record* const appended, appender.Append(event));
  Record record = *appended;
  appender.Finish();
  return record;
}

Connection::Ticket PostgresEventLog::SendAck(Connection& connection, const LeaseReference& lease) const {
  return SendAckWork(connection, lease);
}

absl::StatusOr<AckOutcome> PostgresEventLog::TakeAck(Connection& connection, Connection::Ticket ticket,
                                                     const LeaseReference& lease) const {
  return TakeAckWork(connection, ticket, lease);
}

// Work on a topic that is not there is a mistake of the caller, which needs no question to the database.
absl::Status PostgresEventLog::CheckTopics(const std::vector<LeaseReference>& leases) const {
  for (const LeaseReference& lease : leases) {
    if (std::ranges::find(options_.topics, lease.topic) == options_.topics.end()) return UnknownTopic(lease.topic);
  }
  return absl::OkStatus();
}

absl::StatusOr<ReadResult> PostgresEventLog::Read(const ReadRequest& request) {
  return sql::Look<Connection>(database_,
                               [&](Connection& connection) { return ReadPage(connection, epoch(), request); });
}

absl::StatusOr<std::vector<TopicHead>> PostgresEventLog::Heads() {
  return sql::Look<Connection>(database_, [](Connection& connection) { return ReadHeads(connection); });
}

absl::StatusOr<LeaseResult> PostgresEventLog::Lease(const LeaseRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateLease(request));
  return Transact(*writer_, [&](Connection& connection) {
    return LeaseWork(connection, clock_.Now(), {options_.max_attempts, options_.open_max}, request);
  });
}

absl::StatusOr<std::vector<LeaseReference>> PostgresEventLog::Extend(const std::vector<LeaseReference>& leases,
                                                                     std::chrono::milliseconds duration) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  DATELINE_RETURN_IF_ERROR(ValidateDuration(duration));
  DATELINE_RETURN_IF_ERROR(CheckTopics(leases));
  return Transact(*writer_,
                  [&](Connection& connection) { return ExtendWork(connection, clock_.Now() + duration, leases); });
}

absl::StatusOr<std::vector<LeaseReference>> PostgresEventLog::Ack(const std::vector<LeaseReference>& leases) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  DATELINE_RETURN_IF_ERROR(CheckTopics(leases));
  return Transact(*writer_, [&](Connection& connection) -> absl::StatusOr<std::vector<LeaseReference>> {
    std::vector<Connection::Ticket> tickets;
    for (const LeaseReference& lease : leases) tickets.push_back(SendAckWork(connection, lease));
    std::vector<LeaseReference> lost;
    for (size_t i = 0; i < leases.size(); ++i) {
      const absl::StatusOr<AckOutcome> outcome = TakeAckWork(connection, tickets[i], leases[i]);
      if (outcome.ok()) continue;
      if (ErrorReason(outcome.status()) != kReasonLeaseLost) return outcome.status();
      lost.push_back(leases[i]);
    }
    return lost;
  });
}

absl::StatusOr<NackResult> PostgresEventLog::Nack(const NackRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateNack(request));
  DATELINE_RETURN_IF_ERROR(CheckTopics({request.lease}));
  return Transact(*writer_, [&](Connection& connection) {
    return NackWork(connection, clock_.Now(), {options_.max_attempts, options_.open_max}, request);
  });
}

absl::StatusOr<DeadLetterPage> PostgresEventLog::ListDeadLetters(const DeadLetterQuery& query) {
  return sql::Look<Connection>(database_, [&](Connection& connection) { return ReadDeadLetters(connection, query); });
}

absl::StatusOr<uint32_t> PostgresEventLog::RetryDeadLetters(const RetryRequest& request) {
  return Transact(*writer_,
                  [&](Connection& connection) { return ReviveDeadLetters(connection, clock_.Now(), request); });
}

absl::StatusOr<GroupLag> PostgresEventLog::Lag(std::string_view group, std::string_view topic) {
  return sql::Look<Connection>(database_, [&](Connection& connection) { return ReadLag(connection, group, topic); });
}

absl::StatusOr<TrimResult> PostgresEventLog::Trim(const TrimRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateTrim(request));
  return Transact(*writer_, [&](Connection& connection) { return TrimTopic(connection, request); });
}

EventAppender::EventAppender(const PostgresEventLog& log, Connection& connection)
    : log_(log),
      connection_(connection),
      // All of them and in one order, so that two transactions never hold each other up.
      ticket_(connection.Send("SELECT topic, head FROM event_topic ORDER BY topic FOR UPDATE")) {}

absl::Status EventAppender::LoadHeads() {
  if (loaded_) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(ticket_));
  for (int i = 0; i < rows.rows(); ++i) heads_[rows.String(i, 0)] = {rows.Uint64(i, 1), rows.Uint64(i, 1)};
  loaded_ = true;
  return absl::OkStatus();
}

absl::StatusOr<const Record*> EventAppender::Append(const NewEvent& event) {
  DATELINE_ASSIGN_OR_RETURN(EncodedEvent encoded, EncodeEvent(event, log_.source()));
  return Append(std::move(encoded));
}

absl::StatusOr<const Record*> EventAppender::Append(EncodedEvent event) {
  if (unsent_bytes_ >= kUnsentBytesMax) SendEvents();
  DATELINE_RETURN_IF_ERROR(LoadHeads());
  const auto head = heads_.find(event.record.topic);
  if (head == heads_.end()) return UnknownTopic(event.record.topic);
  unsent_.push_back(std::move(event).WithSequence(Sequence(++head->second.now)));
  unsent_bytes_ += unsent_.back().payload.size();
  return &unsent_.back();
}

void EventAppender::SendEvents() {
  std::vector<const Record*> records;
  for (const Record& record : unsent_) records.push_back(&record);
  SendRecords(connection_, records);
  unsent_.clear();
  unsent_bytes_ = 0;
}

void EventAppender::Finish() {
  SendEvents();
  for (const auto& [topic, head] : heads_) {
    if (head.now == head.before) continue;
    connection_.Post("UPDATE event_topic SET head = $2 WHERE topic = $1", Parameters::Of(topic, head.now));
  }
}

}  // namespace dateline::eventlog
