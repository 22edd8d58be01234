#include "services/notification/subscriptions/sqlite/backfill_rows.h"

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::notification {
namespace {

using sql::Connection;
using sql::Statement;

#define DATELINE_COLUMNS                                                                                            \
  "operation, subscription_id, subscription_name, epoch, next_sequence, start_sequence, end_sequence, read_count, " \
  "delivered_count, max_per_minute, cancelled, done, error_reason, error_message, create_us"

absl::StatusOr<std::vector<BackfillRecord>> ReadRows(Statement& select) {
  std::vector<BackfillRecord> records;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return records;
    BackfillRecord record;
    record.operation = select.ColumnString(0);
    record.subscription = select.ColumnInt64(1);
    record.subscription_name = select.ColumnString(2);
    EpochFromBytes(select.ColumnBlob(3), &record.next.epoch);
    record.next.sequence = select.ColumnUint64(4);
    record.start_sequence = select.ColumnUint64(5);
    record.end_sequence = select.ColumnUint64(6);
    record.read_count = select.ColumnUint64(7);
    record.delivered_count = select.ColumnUint64(8);
    record.max_per_minute = select.ColumnInt(9);
    record.cancelled = select.ColumnBool(10);
    record.done = select.ColumnBool(11);
    record.error_reason = select.ColumnString(12);
    record.error_message = select.ColumnString(13);
    record.create_time = FromMicros(select.ColumnInt64(14));
    records.push_back(std::move(record));
  }
}

}  // namespace

absl::Status InsertBackfill(Connection& connection, const BackfillRecord& record) {
  Statement insert(connection, "INSERT INTO backfill (" DATELINE_COLUMNS
                               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
  insert.BindAll(record.operation, record.subscription, record.subscription_name,
                 sql::Blob{EpochToBytes(record.next.epoch)}, record.next.sequence, record.start_sequence,
                 record.end_sequence, record.read_count, record.delivered_count, record.max_per_minute,
                 record.cancelled, record.done, record.error_reason, record.error_message,
                 ToMicros(record.create_time));
  return insert.Run();
}

absl::StatusOr<std::optional<BackfillRecord>> FindBackfill(Connection& connection, std::string_view operation) {
  Statement select(connection, "SELECT " DATELINE_COLUMNS " FROM backfill WHERE operation = ?1");
  select.Bind(1, operation);
  DATELINE_ASSIGN_OR_RETURN(std::vector<BackfillRecord> records, ReadRows(select));
  if (records.empty()) return std::optional<BackfillRecord>();
  return std::optional<BackfillRecord>(std::move(records.front()));
}

absl::StatusOr<std::vector<BackfillRecord>> SelectBackfills(Connection& connection, int limit, std::string_view after) {
  Statement select(connection, "SELECT " DATELINE_COLUMNS
                               " FROM backfill WHERE id < coalesce((SELECT id FROM backfill WHERE operation = ?1), ?2) "
                               "ORDER BY id DESC LIMIT ?3");
  select.BindAll(after, INT64_MAX, limit);
  return ReadRows(select);
}

absl::StatusOr<std::vector<BackfillRecord>> SelectRunningBackfills(Connection& connection) {
  Statement select(connection, "SELECT " DATELINE_COLUMNS " FROM backfill WHERE done = 0 ORDER BY id");
  return ReadRows(select);
}

absl::Status UpdateBackfill(Connection& connection, const BackfillRecord& record) {
  Statement update(connection,
                   "UPDATE backfill SET next_sequence = ?2, read_count = ?3, delivered_count = ?4, cancelled = ?5, "
                   "done = ?6, error_reason = ?7, error_message = ?8 WHERE operation = ?1");
  update.BindAll(record.operation, record.next.sequence, record.read_count, record.delivered_count, record.cancelled,
                 record.done, record.error_reason, record.error_message);
  return update.Run();
}

absl::Status RemoveBackfill(Connection& connection, std::string_view operation) {
  Statement remove(connection, "DELETE FROM backfill WHERE operation = ?1");
  remove.Bind(1, operation);
  return remove.Run();
}

}  // namespace dateline::notification
