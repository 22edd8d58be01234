#include "services/notification/subscriptions/postgres/subscription_rows.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace dateline::notification::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

constexpr std::string_view kPrefix = "subscriptions/";

std::string_view WithoutPrefix(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

std::optional<int64_t> Micros(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return ToMicros(*time);
}

std::optional<WallTime> Time(const Result& rows, int row, int column) {
  if (rows.IsNull(row, column)) return std::nullopt;
  return FromMicros(rows.Int64(row, column));
}

// The sequence before the first pending delivery in order; NULL without any.
#define DATELINE_FIRST_PENDING                                                                                     \
  "(SELECT d.sequence - 1 FROM delivery d WHERE d.subscription_id = s.id AND d.lane = 0 AND d.state = 1 ORDER BY " \
  "d.id LIMIT 1)"
#define DATELINE_COLUMNS                                                                                            \
  "s.id, s.name, s.settings, s.request_id, s.secret, s.previous_secret, s.previous_until_us, s.version, s.behind, " \
  "s.failing_since_us, s.last_delivery_us, s.backlog, coalesce(" DATELINE_FIRST_PENDING                             \
  ", s.behind, (SELECT sequence FROM matching))"

absl::StatusOr<SubscriptionRecord> ReadRow(const Result& rows, int row) {
  SubscriptionRecord record;
  record.id = rows.Int64(row, 0);
  const std::string_view settings = rows.Bytes(row, 2);
  if (!record.settings.ParseFromArray(settings.data(), static_cast<int>(settings.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 "the settings of a subscription cannot be read; restore a backup",
                 {{"subscription", rows.String(row, 1)}});
  }
  record.settings.set_name(std::string(kPrefix) + rows.String(row, 1));
  record.request_id = rows.String(row, 3);
  record.secrets = {rows.String(row, 4), rows.String(row, 5), FromMicros(rows.Int64(row, 6))};
  record.version = rows.Uint64(row, 7);
  if (!rows.IsNull(row, 8)) record.behind = rows.Uint64(row, 8);
  record.failing_since = Time(rows, row, 9);
  record.last_delivery = Time(rows, row, 10);
  record.backlog = static_cast<uint64_t>(std::max<int64_t>(rows.Int64(row, 11), 0));
  record.cursor_sequence = rows.Uint64(row, 12);
  return record;
}

absl::StatusOr<std::vector<SubscriptionRecord>> ReadRows(const absl::StatusOr<Result>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<SubscriptionRecord> records;
  records.reserve(static_cast<size_t>(rows->rows()));
  for (int row = 0; row < rows->rows(); ++row) {
    DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord record, ReadRow(*rows, row));
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<std::optional<SubscriptionRecord>> ReadOne(const absl::StatusOr<Result>& rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<SubscriptionRecord>();
  DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord record, ReadRow(*rows, 0));
  return std::optional<SubscriptionRecord>(std::move(record));
}

std::string SettingsBytes(const SubscriptionRecord& record) {
  v1::Subscription settings = record.settings;
  settings.clear_name();
  if (settings.has_webhook()) settings.mutable_webhook()->clear_secret();
  return settings.SerializeAsString();
}

absl::StatusOr<MatchingRow> ReadMatchingRow(const absl::StatusOr<Result>& rows) {
  if (!rows.ok()) return rows.status();
  MatchingRow row;
  row.version = rows->Uint64(0, 3);
  MatchCursor cursor;
  if (!EpochFromBytes(rows->Bytes(0, 0), &cursor.position.epoch)) return row;
  cursor.position.sequence = rows->Uint64(0, 1);
  cursor.event_time = FromMicros(rows->Int64(0, 2));
  row.cursor = cursor;
  return row;
}

}  // namespace

absl::StatusOr<MatchingRow> ReadMatching(Connection& connection) {
  return ReadMatchingRow(connection.Query("SELECT epoch, sequence, event_time_us, version FROM matching WHERE id = 1"));
}

absl::StatusOr<MatchingRow> LockMatching(Connection& connection) {
  return ReadMatchingRow(
      connection.Query("SELECT epoch, sequence, event_time_us, version FROM matching WHERE id = 1 FOR UPDATE"));
}

void WriteCursor(Connection& connection, const MatchCursor& cursor) {
  connection.Post("UPDATE matching SET epoch = $1, sequence = $2, event_time_us = $3 WHERE id = 1",
                  Parameters::Of(Bytes{EpochToBytes(cursor.position.epoch)}, cursor.position.sequence,
                                 ToMicros(cursor.event_time)));
}

uint64_t NextVersion(Connection& connection, MatchingRow* matching) {
  ++matching->version;
  connection.Post("UPDATE matching SET version = $1 WHERE id = 1", Parameters::Of(matching->version));
  return matching->version;
}

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::optional<SubscriptionRecord>();
  return ReadOne(connection.Query("SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.name = $1",
                                  Parameters::Of(WithoutPrefix(name))));
}

Connection::Ticket AskSubscription(Connection& connection, int64_t id) {
  return connection.Send("SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.id = $1", Parameters::Of(id));
}

absl::StatusOr<std::optional<SubscriptionRecord>> TakeSubscription(Connection& connection, Connection::Ticket ticket) {
  return ReadOne(connection.Take(ticket));
}

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, int64_t id) {
  return TakeSubscription(connection, AskSubscription(connection, id));
}

absl::StatusOr<int64_t> InsertSubscription(Connection& connection, const SubscriptionRecord& record) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "INSERT INTO subscription (name, state, settings, request_id, secret, previous_secret, previous_until_us, "
          "version, behind, failing_since_us, last_delivery_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint, "
          "$10::bigint, $11::bigint) RETURNING id",
          Parameters::Of(WithoutPrefix(record.settings.name()), static_cast<int>(record.settings.state()),
                         Bytes{SettingsBytes(record)}, record.request_id, record.secrets.current,
                         record.secrets.previous, ToMicros(record.secrets.previous_until), record.version,
                         record.behind, Micros(record.failing_since), Micros(record.last_delivery))));
  return rows.Int64(0, 0);
}

void UpdateSubscription(Connection& connection, const SubscriptionRecord& record) {
  connection.Post(
      "UPDATE subscription SET state = $2, settings = $3, secret = $4, previous_secret = $5, previous_until_us = $6, "
      "version = $7, behind = $8::bigint, failing_since_us = $9::bigint, last_delivery_us = $10::bigint WHERE id = $1",
      Parameters::Of(record.id, static_cast<int>(record.settings.state()), Bytes{SettingsBytes(record)},
                     record.secrets.current, record.secrets.previous, ToMicros(record.secrets.previous_until),
                     record.version, record.behind, Micros(record.failing_since), Micros(record.last_delivery)));
}

void RemoveSubscription(Connection& connection, int64_t id, uint64_t version) {
  connection.Post("DELETE FROM subscription WHERE id = $1", Parameters::Of(id));
  connection.Post("INSERT INTO subscription_removal (version, id) VALUES ($1, $2)", Parameters::Of(version, id));
}

void TrimRemovals(Connection& connection) {
  connection.Post(
      "DELETE FROM subscription_removal WHERE version <= (SELECT version FROM subscription_removal ORDER BY version "
      "DESC "
      "LIMIT 1 OFFSET $1)",
      Parameters::Of(kRemovalsKept));
}

void LimitBehind(Connection& connection, uint64_t sequence) {
  connection.Post("UPDATE subscription SET behind = $1 WHERE behind > $1", Parameters::Of(sequence));
}

absl::StatusOr<SubscriptionPage> SelectSubscriptions(Connection& connection, int limit, std::string_view after) {
  SubscriptionPage page;
  DATELINE_ASSIGN_OR_RETURN(page.subscriptions,
                            ReadRows(connection.Query("SELECT " DATELINE_COLUMNS
                                                      " FROM subscription s WHERE s.name > $1 ORDER BY s.name LIMIT $2",
                                                      Parameters::Of(WithoutPrefix(after), limit + 1))));
  page.more = page.subscriptions.size() > static_cast<size_t>(limit);
  if (page.more) page.subscriptions.pop_back();
  return page;
}

absl::StatusOr<SubscriptionChanges> SelectChanges(Connection& connection, uint64_t after) {
  SubscriptionChanges changes;
  DATELINE_ASSIGN_OR_RETURN(const Result kept,
                            connection.Query("SELECT count(*), min(version) FROM subscription_removal"));
  changes.complete = kept.Int64(0, 0) >= kRemovalsKept && kept.Uint64(0, 1) > after + 1;
  const auto changed = connection.Send("SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.version > $1",
                                       Parameters::Of(changes.complete ? 0 : after), Connection::Plan::kOnce);
  const auto removed = connection.Send("SELECT id FROM subscription_removal WHERE version > $1", Parameters::Of(after));
  DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
  changes.version = matching.version;
  DATELINE_ASSIGN_OR_RETURN(changes.changed, ReadRows(connection.Take(changed)));
  DATELINE_ASSIGN_OR_RETURN(const Result ids, connection.Take(removed));
  for (int row = 0; row < ids.rows(); ++row) changes.removed.push_back(ids.Int64(row, 0));
  return changes;
}

absl::StatusOr<std::vector<SubscriptionRecord>> SelectBehind(Connection& connection, uint64_t backlog_below,
                                                             int limit) {
  return ReadRows(connection.Query("SELECT " DATELINE_COLUMNS
                                   " FROM subscription s WHERE s.behind IS NOT NULL AND s.state = 1 AND s.backlog < $1 "
                                   "ORDER BY s.backlog LIMIT $2",
                                   Parameters::Of(backlog_below, limit)));
}

absl::StatusOr<std::vector<int64_t>> SelectWithPending(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows, connection.Query("SELECT id FROM subscription WHERE state = 1 AND backlog > 0 ORDER BY id"));
  std::vector<int64_t> ids;
  for (int row = 0; row < rows.rows(); ++row) ids.push_back(rows.Int64(row, 0));
  return ids;
}

absl::StatusOr<StoreCounts> SelectCounts(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT count(*), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2), count(*) FILTER "
          "(WHERE state = 3), count(*) FILTER (WHERE behind IS NOT NULL AND state = 1), "
          "coalesce(sum(backlog), 0)::bigint FROM subscription"));
  StoreCounts counts;
  counts.subscriptions = rows.Int64(0, 0);
  counts.active = rows.Int64(0, 1);
  counts.paused = rows.Int64(0, 2);
  counts.disabled = rows.Int64(0, 3);
  counts.behind = rows.Int64(0, 4);
  counts.backlog = rows.Int64(0, 5);
  return counts;
}

absl::StatusOr<int64_t> CountSubscriptions(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query("SELECT count(*) FROM subscription"));
  return rows.Int64(0, 0);
}

}  // namespace dateline::notification::pg
