#include "common/eventlog/sqlite_schema.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/eventlog/sqlite_event_log.h"
#include "fmt/format.h"

namespace dateline::eventlog {
namespace {

// Part of the history of every database: never to be changed, only to be followed by another migration.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE event_epoch (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch BLOB NOT NULL CHECK (length(epoch) = 16)
) STRICT;

CREATE TABLE event_topic (
  topic TEXT NOT NULL PRIMARY KEY,
  head INTEGER NOT NULL,
  low_water INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  topic TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  partition_key TEXT NOT NULL,
  time INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (topic, sequence)
) STRICT;

CREATE TABLE event_group (
  topic TEXT NOT NULL,
  group_name TEXT NOT NULL,
  next_sequence INTEGER NOT NULL,
  open_count INTEGER NOT NULL,
  PRIMARY KEY (topic, group_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_open (
  topic TEXT NOT NULL,
  group_name TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  available_time INTEGER NOT NULL,
  token TEXT NOT NULL,
  holder TEXT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (topic, group_name, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_open_available ON event_open (topic, group_name, available_time, sequence);

CREATE TABLE event_dead (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  group_name TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  subject TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  dead_time INTEGER NOT NULL,
  UNIQUE (topic, group_name, sequence)
) STRICT;
)sql";

}  // namespace

sql::Migration SchemaMigration(int version) {
  return {version, "event log", kSchema};
}

Record RecordOf(const sql::Statement& row) {
  return {.topic = row.ColumnString(0),
          .sequence = Sequence(row.ColumnUint64(1)),
          .id = row.ColumnString(2),
          .type = row.ColumnString(3),
          .subject = row.ColumnString(4),
          .partition_key = row.ColumnString(5),
          .time = FromMicros(row.ColumnInt64(6)),
          .payload = std::string(row.ColumnBlob(7))};
}

absl::StatusOr<TopicRow> ReadTopic(sql::Connection& connection, std::string_view topic) {
  sql::Statement select(connection, "SELECT head, low_water FROM event_topic WHERE topic = ?");
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Bind(1, topic).Step());
  if (!found) return UnknownTopic(topic);
  return TopicRow{Sequence(select.ColumnUint64(0)), Sequence(select.ColumnUint64(1))};
}

absl::StatusOr<Record> ReadRecord(sql::Connection& connection, std::string_view topic, Sequence sequence) {
  sql::Statement select(connection, "SELECT " DATELINE_EVENT_COLUMNS " FROM event WHERE topic = ? AND sequence = ?");
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.BindAll(topic, sequence.value()).Step());
  if (found) return RecordOf(select);
  return Error(absl::StatusCode::kInternal, "EVENT_MISSING",
               fmt::format("{}: event {} of \"{}\" is missing; verify the database", connection.path(),
                           sequence.value(), topic));
}

}  // namespace dateline::eventlog
