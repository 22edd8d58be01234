#pragma once
// The tables of the log in SQLite and the reading of their rows. Internal to this module. README.md explains the
// tables.

#include <string_view>

#include "absl/status/statusor.h"
#include "common/eventlog/event_log.h"
#include "common/sql/connection.h"
#include "common/sql/statement.h"

namespace dateline::eventlog {

// The columns that RecordOf() reads, in its order, from column 0 on.
#define DATELINE_EVENT_COLUMNS "topic, sequence, id, type, subject, partition_key, time, payload"

Record RecordOf(const sql::Statement& row);

struct TopicRow {
  Sequence head;
  Sequence low_water;
};
// NOT_FOUND (UNKNOWN_TOPIC).
absl::StatusOr<TopicRow> ReadTopic(sql::Connection& connection, std::string_view topic);
// INTERNAL when the event is missing, which the log's own rules exclude.
absl::StatusOr<Record> ReadRecord(sql::Connection& connection, std::string_view topic, Sequence sequence);

}  // namespace dateline::eventlog
