#include "services/notification/subscriptions/sqlite/subscription_rows.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::notification {
namespace {

using sql::Connection;
using sql::Statement;

constexpr std::string_view kPrefix = "subscriptions/";

std::string_view WithoutPrefix(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

std::optional<int64_t> Micros(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return ToMicros(*time);
}

std::optional<WallTime> Time(const Statement& row, int column) {
  if (row.ColumnIsNull(column)) return std::nullopt;
  return FromMicros(row.ColumnInt64(column));
}

// The sequence before the first pending delivery in order; NULL without any.
#define DATELINE_FIRST_PENDING                                                                                     \
  "(SELECT d.sequence - 1 FROM delivery d WHERE d.subscription_id = s.id AND d.lane = 0 AND d.state = 1 ORDER BY " \
  "d.id LIMIT 1)"
#define DATELINE_COLUMNS                                                                                            \
  "s.id, s.name, s.settings, s.request_id, s.secret, s.previous_secret, s.previous_until_us, s.version, s.behind, " \
  "s.failing_since_us, s.last_delivery_us, s.backlog, coalesce(" DATELINE_FIRST_PENDING                             \
  ", s.behind, (SELECT sequence FROM matching))"

absl::StatusOr<SubscriptionRecord> ReadRow(const Statement& row) {
  SubscriptionRecord record;
  record.id = row.ColumnInt64(0);
  const std::string_view settings = row.ColumnBlob(2);
  if (!record.settings.ParseFromArray(settings.data(), static_cast<int>(settings.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 "the settings of a subscription cannot be read; restore a backup",
                 {{"subscription", row.ColumnString(1)}});
  }
  record.settings.set_name(std::string(kPrefix) + row.ColumnString(1));
  record.request_id = row.ColumnString(3);
  record.secrets = {row.ColumnString(4), row.ColumnString(5), FromMicros(row.ColumnInt64(6))};
  record.version = row.ColumnUint64(7);
  if (!row.ColumnIsNull(8)) record.behind = row.ColumnUint64(8);
  record.failing_since = Time(row, 9);
  record.last_delivery = Time(row, 10);
  record.backlog = static_cast<uint64_t>(std::max<int64_t>(row.ColumnInt64(11), 0));
  record.cursor_sequence = row.ColumnUint64(12);
  return record;
}

absl::StatusOr<std::vector<SubscriptionRecord>> ReadRows(Statement& select) {
  std::vector<SubscriptionRecord> records;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return records;
    DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord record, ReadRow(select));
    records.push_back(std::move(record));
  }
}

absl::StatusOr<std::optional<SubscriptionRecord>> ReadOne(Statement& select) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<SubscriptionRecord> records, ReadRows(select));
  if (records.empty()) return std::optional<SubscriptionRecord>();
  return std::optional<SubscriptionRecord>(std::move(records.front()));
}

std::string SettingsBytes(const SubscriptionRecord& record) {
  v1::Subscription settings = record.settings;
  settings.clear_name();
  if (settings.has_webhook()) settings.mutable_webhook()->clear_secret();
  return settings.SerializeAsString();
}

}  // namespace

absl::StatusOr<MatchingRow> ReadMatching(Connection& connection) {
  Statement select(connection, "SELECT epoch, sequence, event_time_us, version FROM matching WHERE id = 1");
  DATELINE_RETURN_IF_ERROR(select.Step().status());
  MatchingRow row;
  row.version = select.ColumnUint64(3);
  MatchCursor cursor;
  if (!EpochFromBytes(select.ColumnBlob(0), &cursor.position.epoch)) return row;
  cursor.position.sequence = select.ColumnUint64(1);
  cursor.event_time = FromMicros(select.ColumnInt64(2));
  row.cursor = cursor;
  return row;
}

absl::Status WriteCursor(Connection& connection, const MatchCursor& cursor) {
  Statement update(connection, "UPDATE matching SET epoch = ?1, sequence = ?2, event_time_us = ?3 WHERE id = 1");
  update.BindAll(sql::Blob{EpochToBytes(cursor.position.epoch)}, cursor.position.sequence, ToMicros(cursor.event_time));
  return update.Run();
}

absl::StatusOr<uint64_t> NextVersion(Connection& connection) {
  Statement update(connection, "UPDATE matching SET version = version + 1 WHERE id = 1 RETURNING version");
  DATELINE_RETURN_IF_ERROR(update.Step().status());
  return update.ColumnUint64(0);
}

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::optional<SubscriptionRecord>();
  Statement select(connection, "SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.name = ?1");
  select.Bind(1, WithoutPrefix(name));
  return ReadOne(select);
}

absl::StatusOr<std::optional<SubscriptionRecord>> FindSubscription(Connection& connection, int64_t id) {
  Statement select(connection, "SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.id = ?1");
  select.Bind(1, id);
  return ReadOne(select);
}

absl::StatusOr<std::optional<uint64_t>> FindBacklog(Connection& connection, int64_t id) {
  Statement select(connection, "SELECT backlog FROM subscription WHERE id = ?1");
  select.Bind(1, id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Step());
  return found ? std::optional<uint64_t>(select.ColumnUint64(0)) : std::nullopt;
}

absl::StatusOr<int64_t> InsertSubscription(Connection& connection, const SubscriptionRecord& record) {
  Statement insert(connection,
                   "INSERT INTO subscription (name, state, settings, request_id, secret, previous_secret, "
                   "previous_until_us, version, behind, failing_since_us, last_delivery_us) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  insert.BindAll(WithoutPrefix(record.settings.name()), static_cast<int>(record.settings.state()),
                 sql::Blob{SettingsBytes(record)}, record.request_id, record.secrets.current, record.secrets.previous,
                 ToMicros(record.secrets.previous_until), record.version, record.behind, Micros(record.failing_since),
                 Micros(record.last_delivery));
  DATELINE_RETURN_IF_ERROR(insert.Run());
  return connection.last_insert_rowid();
}

absl::Status UpdateSubscription(Connection& connection, const SubscriptionRecord& record) {
  Statement update(connection,
                   "UPDATE subscription SET state = ?2, settings = ?3, secret = ?4, previous_secret = ?5, "
                   "previous_until_us = ?6, version = ?7, behind = ?8, failing_since_us = ?9, last_delivery_us = ?10 "
                   "WHERE id = ?1");
  update.BindAll(record.id, static_cast<int>(record.settings.state()), sql::Blob{SettingsBytes(record)},
                 record.secrets.current, record.secrets.previous, ToMicros(record.secrets.previous_until),
                 record.version, record.behind, Micros(record.failing_since), Micros(record.last_delivery));
  return update.Run();
}

absl::Status RemoveSubscription(Connection& connection, int64_t id, uint64_t version) {
  Statement remove(connection, "DELETE FROM subscription WHERE id = ?1");
  remove.Bind(1, id);
  DATELINE_RETURN_IF_ERROR(remove.Run());
  Statement insert(connection, "INSERT INTO subscription_removal (version, id) VALUES (?1, ?2)");
  insert.BindAll(version, id);
  return insert.Run();
}

absl::Status LimitBehind(Connection& connection, uint64_t sequence) {
  Statement update(connection, "UPDATE subscription SET behind = ?1 WHERE behind > ?1");
  update.Bind(1, sequence);
  return update.Run();
}

absl::Status ChangeBacklog(Connection& connection, int64_t id, int64_t by) {
  Statement update(connection, "UPDATE subscription SET backlog = backlog + ?2 WHERE id = ?1");
  update.BindAll(id, by);
  return update.Run();
}

absl::StatusOr<SubscriptionPage> SelectSubscriptions(Connection& connection, int limit, std::string_view after) {
  Statement select(connection,
                   "SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.name > ?1 ORDER BY s.name LIMIT ?2");
  select.BindAll(WithoutPrefix(after), limit + 1);
  SubscriptionPage page;
  DATELINE_ASSIGN_OR_RETURN(page.subscriptions, ReadRows(select));
  page.more = page.subscriptions.size() > static_cast<size_t>(limit);
  if (page.more) page.subscriptions.pop_back();
  return page;
}

absl::StatusOr<SubscriptionChanges> SelectChanges(Connection& connection, uint64_t after) {
  SubscriptionChanges changes;
  DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
  changes.version = matching.version;
  Statement kept(connection, "SELECT count(*), min(version) FROM subscription_removal");
  DATELINE_RETURN_IF_ERROR(kept.Step().status());
  changes.complete = kept.ColumnInt64(0) >= kRemovalsKept && kept.ColumnUint64(1) > after + 1;
  Statement select(connection, "SELECT " DATELINE_COLUMNS " FROM subscription s WHERE s.version > ?1");
  select.Bind(1, changes.complete ? 0 : after);
  DATELINE_ASSIGN_OR_RETURN(changes.changed, ReadRows(select));
  Statement removed(connection, "SELECT id FROM subscription_removal WHERE version > ?1");
  removed.Bind(1, after);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, removed.Step());
    if (!more) return changes;
    changes.removed.push_back(removed.ColumnInt64(0));
  }
}

absl::StatusOr<std::vector<SubscriptionRecord>> SelectBehind(Connection& connection, uint64_t backlog_below,
                                                             int limit) {
  Statement select(connection, "SELECT " DATELINE_COLUMNS
                               " FROM subscription s WHERE s.behind IS NOT NULL AND s.state = 1 AND s.backlog < ?1 "
                               "ORDER BY s.backlog LIMIT ?2");
  select.BindAll(backlog_below, limit);
  return ReadRows(select);
}

absl::StatusOr<std::vector<int64_t>> SelectWithPending(Connection& connection) {
  Statement select(connection, "SELECT id FROM subscription WHERE state = 1 AND backlog > 0");
  std::vector<int64_t> ids;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return ids;
    ids.push_back(select.ColumnInt64(0));
  }
}

absl::StatusOr<StoreCounts> SelectCounts(Connection& connection) {
  Statement select(
      connection,
      "SELECT count(*), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0), coalesce(sum(state = 3), "
      "0), coalesce(sum(behind IS NOT NULL AND state = 1), 0), coalesce(sum(backlog), 0) FROM subscription");
  DATELINE_RETURN_IF_ERROR(select.Step().status());
  StoreCounts counts;
  counts.subscriptions = select.ColumnInt64(0);
  counts.active = select.ColumnInt64(1);
  counts.paused = select.ColumnInt64(2);
  counts.disabled = select.ColumnInt64(3);
  counts.behind = select.ColumnInt64(4);
  counts.backlog = select.ColumnInt64(5);
  return counts;
}

}  // namespace dateline::notification
