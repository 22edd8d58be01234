#include "services/notification/subscriptions/postgres/backfill_rows.h"

#include <cstdint>

#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace dateline::notification::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

#define DATELINE_COLUMNS                                                                                            \
  "operation, subscription_id, subscription_name, epoch, next_sequence, start_sequence, end_sequence, read_count, " \
  "delivered_count, max_per_minute, cancelled, done, error_reason, error_message, create_us"

absl::StatusOr<std::vector<BackfillRecord>> ReadRows(const absl::StatusOr<Result>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<BackfillRecord> records;
  for (int row = 0; row < rows->rows(); ++row) {
    BackfillRecord record;
    record.operation = rows->String(row, 0);
    record.subscription = rows->Int64(row, 1);
    record.subscription_name = rows->String(row, 2);
    EpochFromBytes(rows->Bytes(row, 3), &record.next.epoch);
    record.next.sequence = rows->Uint64(row, 4);
    record.start_sequence = rows->Uint64(row, 5);
    record.end_sequence = rows->Uint64(row, 6);
    record.read_count = rows->Uint64(row, 7);
    record.delivered_count = rows->Uint64(row, 8);
    record.max_per_minute = rows->Int(row, 9);
    record.cancelled = rows->Bool(row, 10);
    record.done = rows->Bool(row, 11);
    record.error_reason = rows->String(row, 12);
    record.error_message = rows->String(row, 13);
    record.create_time = FromMicros(rows->Int64(row, 14));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

void InsertBackfill(Connection& connection, const BackfillRecord& record) {
  connection.Post("INSERT INTO backfill (" DATELINE_COLUMNS
                  ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                  Parameters::Of(record.operation, record.subscription, record.subscription_name,
                                 Bytes{EpochToBytes(record.next.epoch)}, record.next.sequence, record.start_sequence,
                                 record.end_sequence, record.read_count, record.delivered_count, record.max_per_minute,
                                 record.cancelled, record.done, record.error_reason, record.error_message,
                                 ToMicros(record.create_time)));
}

absl::StatusOr<std::optional<BackfillRecord>> FindBackfill(Connection& connection, std::string_view operation,
                                                           bool lock) {
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<BackfillRecord> records,
      ReadRows(connection.Query(lock ? "SELECT " DATELINE_COLUMNS " FROM backfill WHERE operation = $1 FOR UPDATE"
                                     : "SELECT " DATELINE_COLUMNS " FROM backfill WHERE operation = $1",
                                Parameters::Of(operation))));
  if (records.empty()) return std::optional<BackfillRecord>();
  return std::optional<BackfillRecord>(std::move(records.front()));
}

absl::StatusOr<std::vector<BackfillRecord>> SelectBackfills(Connection& connection, int limit, std::string_view after) {
  return ReadRows(
      connection.Query("SELECT " DATELINE_COLUMNS
                       " FROM backfill WHERE id < coalesce((SELECT id FROM backfill WHERE operation = $1), $2) "
                       "ORDER BY id DESC LIMIT $3",
                       Parameters::Of(after, INT64_MAX, limit)));
}

absl::StatusOr<std::vector<BackfillRecord>> SelectRunningBackfills(Connection& connection) {
  return ReadRows(connection.Query("SELECT " DATELINE_COLUMNS " FROM backfill WHERE NOT done ORDER BY id"));
}

void UpdateBackfill(Connection& connection, const BackfillRecord& record) {
  connection.Post(
      "UPDATE backfill SET next_sequence = $2, read_count = $3, delivered_count = $4, cancelled = $5, done = $6, "
      "error_reason = $7, error_message = $8 WHERE operation = $1",
      Parameters::Of(record.operation, record.next.sequence, record.read_count, record.delivered_count,
                     record.cancelled, record.done, record.error_reason, record.error_message));
}

void RemoveBackfill(Connection& connection, std::string_view operation) {
  connection.Post("DELETE FROM backfill WHERE operation = $1", Parameters::Of(operation));
}

}  // namespace dateline::notification::pg
