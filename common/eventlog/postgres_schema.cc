#include "common/eventlog/postgres_schema.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/eventlog/postgres_event_log.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// Part of the history of every database: never to be changed, only to be followed by another migration. The head and
// the low-water mark of a topic stand in rows of their own, because appending locks the one and trimming the other.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE event_epoch (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  epoch BYTEA NOT NULL CHECK (length(epoch) = 16)
);

CREATE TABLE event_topic (
  topic TEXT COLLATE "C" PRIMARY KEY,
  head BIGINT NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE event_low_water (
  topic TEXT COLLATE "C" PRIMARY KEY,
  low_water BIGINT NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE event (
  topic TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  partition_key BYTEA NOT NULL,
  time BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (topic, sequence)
);

CREATE TABLE event_group (
  topic TEXT COLLATE "C" NOT NULL,
  group_name TEXT COLLATE "C" NOT NULL,
  next_sequence BIGINT NOT NULL,
  PRIMARY KEY (topic, group_name)
) WITH (fillfactor = 10);

-- Rows come and go all the time: what they leave behind is cleared before it makes the index long.
CREATE TABLE event_open (
  topic TEXT COLLATE "C" NOT NULL,
  group_name TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  available_time BIGINT NOT NULL,
  token BYTEA NOT NULL,
  holder BYTEA NOT NULL,
  error BYTEA NOT NULL,
  PRIMARY KEY (topic, group_name, sequence)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
CREATE INDEX event_open_available ON event_open (topic, group_name, available_time, sequence);

CREATE TABLE event_dead (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic TEXT COLLATE "C" NOT NULL,
  group_name TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  subject TEXT NOT NULL,
  error BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  dead_time BIGINT NOT NULL,
  UNIQUE (topic, group_name, sequence)
);
)sql";

}  // namespace

sql::Migration PostgresSchemaMigration(int version) {
  return {version, "event log", kSchema};
}

Record RecordOf(const Result& rows, int row, int column) {
  return {.topic = rows.String(row, column),
          .sequence = Sequence(rows.Uint64(row, column + 1)),
          .id = rows.String(row, column + 2),
          .type = rows.String(row, column + 3),
          .subject = rows.String(row, column + 4),
          .partition_key = rows.String(row, column + 5),
          .time = FromMicros(rows.Int64(row, column + 6)),
          .payload = rows.String(row, column + 7)};
}

int64_t ToBigint(uint64_t number) {
  return static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX));
}

Connection::Ticket SendTopic(Connection& connection, std::string_view topic) {
  return connection.Send(
      "SELECT t.head, l.low_water FROM event_topic t JOIN event_low_water l ON l.topic = t.topic WHERE t.topic = $1",
      Parameters::Of(topic));
}

absl::StatusOr<PostgresTopic> TakeTopic(Connection& connection, Connection::Ticket ticket, std::string_view topic) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  if (rows.empty()) return UnknownTopic(topic);
  return PostgresTopic{Sequence(rows.Uint64(0, 0)), Sequence(rows.Uint64(0, 1))};
}

void SendRecords(Connection& connection, const std::vector<const Record*>& records) {
  if (records.empty()) return;
  std::vector<std::string_view> topics;
  std::vector<int64_t> sequences;
  std::vector<std::string_view> ids;
  std::vector<std::string_view> types;
  std::vector<std::string_view> subjects;
  std::vector<Bytes> keys;
  std::vector<int64_t> times;
  std::vector<Bytes> payloads;
  for (const Record* record : records) {
    topics.emplace_back(record->topic);
    sequences.push_back(static_cast<int64_t>(record->sequence.value()));
    ids.emplace_back(record->id);
    types.emplace_back(record->type);
    subjects.emplace_back(record->subject);
    keys.push_back({record->partition_key});
    times.push_back(ToMicros(record->time));
    payloads.push_back({record->payload});
  }
  connection.Post(
      "INSERT INTO event (topic, sequence, id, type, subject, partition_key, time, payload) "
      "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
      Parameters::Of(topics, sequences, ids, types, subjects, keys, times, payloads));
}

}  // namespace dateline::eventlog
