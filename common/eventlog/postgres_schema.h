#pragma once
// The tables of the log in PostgreSQL and the reading of their rows. Internal to this module. README.md explains the
// tables.

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/eventlog/event_log.h"
#include "common/sql/postgres/connection.h"

namespace dateline::eventlog {

// The columns that RecordOf() reads, in its order, of the table or query named e.
#define DATELINE_PG_EVENT_COLUMNS "e.topic, e.sequence, e.id, e.type, e.subject, e.partition_key, e.time, e.payload"

// A row that has those columns from `column` on.
Record RecordOf(const sql::postgres::Result& rows, int row, int column = 0);

// Sends the statement that inserts rows for these records; nothing for none.
void SendRecords(sql::postgres::Connection& connection, const std::vector<const Record*>& records);

// A number of a caller as the database takes it: what exceeds its integers is the greatest of them.
int64_t ToBigint(uint64_t number);

struct PostgresTopic {
  Sequence head;
  Sequence low_water;
};
// Sends the query for a topic's row; the next function reads its answer. NOT_FOUND (UNKNOWN_TOPIC).
sql::postgres::Connection::Ticket SendTopic(sql::postgres::Connection& connection, std::string_view topic);
absl::StatusOr<PostgresTopic> TakeTopic(sql::postgres::Connection& connection, sql::postgres::Connection::Ticket ticket,
                                        std::string_view topic);

}  // namespace dateline::eventlog
