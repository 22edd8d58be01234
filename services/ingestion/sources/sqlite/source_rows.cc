#include "services/ingestion/sources/sqlite/source_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/ingestion/sources/source_columns.h"
#include "services/ingestion/sources/sqlite/subscription_rows.h"

namespace dateline::ingestion {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

absl::StatusOr<SourceRow> ReadSource(const Statement& row) {
  SourceRow source;
  source.id = row.ColumnInt64(0);
  SourceRecord& record = source.record;
  if (!Parse(row.ColumnBlob(5), &record.source) || !Parse(row.ColumnBlob(6), &record.state)) {
    return Damaged("source " + row.ColumnString(1));
  }
  record.source.set_name(std::string(kNamePrefix) + row.ColumnString(1));
  record.source.set_uri(row.ColumnString(2));
  record.host = row.ColumnString(3);
  if (!row.ColumnIsNull(4)) record.next_poll = FromMicros(row.ColumnInt64(4));
  return source;
}

// The values of a source from parameter 1 on, in the order of both statements below.
void BindSource(const SourceRecord& record, const std::string& settings, const std::string& state,
                Statement* statement) {
  statement->BindAll(IdOf(record.source.name()), record.source.uri(), record.host,
                     static_cast<int>(record.source.health()), record.source.state() == v1::Source::STATE_PAUSED,
                     Micros(record.next_poll), Blob{settings}, Blob{state});
}

}  // namespace

absl::StatusOr<std::optional<SourceRow>> FindSource(Connection& connection, std::string_view name) {
  Statement select(connection, "SELECT " SOURCE_COLUMNS " FROM source s WHERE s.name = ?1");
  select.Bind(1, IdOf(name));
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (!found) return std::optional<SourceRow>();
  DATELINE_ASSIGN_OR_RETURN(SourceRow row, ReadSource(select));
  return std::optional<SourceRow>(std::move(row));
}

absl::StatusOr<std::string> SourceAtUri(Connection& connection, std::string_view uri, std::string_view but) {
  Statement select(connection, "SELECT name FROM source WHERE uri = ?1 AND name <> ?2");
  select.BindAll(uri, IdOf(but));
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Step());
  return found ? std::string(kNamePrefix) + select.ColumnString(0) : std::string();
}

absl::StatusOr<SourcePage> SelectSources(Connection& connection, const SourceQuery& query) {
  Statement select(connection, "SELECT " SOURCE_COLUMNS " FROM source s WHERE s.name > ?1 ORDER BY s.name LIMIT ?2");
  select.BindAll(IdOf(query.after), query.limit + 1);
  SourcePage page;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return page;
    if (static_cast<int>(page.sources.size()) == query.limit) {
      page.more = true;
      return page;
    }
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(select));
    page.sources.push_back(std::move(source.record));
  }
}

absl::Status InsertSource(Connection& connection, const SourceRecord& record) {
  Statement insert(connection,
                   "INSERT INTO source (name, uri, host, health, paused, next_poll_us, settings, state) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  BindSource(record, record.source.SerializeAsString(), record.state.SerializeAsString(), &insert);
  return insert.Run();
}

absl::Status UpdateSource(Connection& connection, const SourceRow& row) {
  Statement update(connection,
                   "UPDATE source SET name = ?1, uri = ?2, host = ?3, health = ?4, paused = ?5, next_poll_us = ?6, "
                   "settings = ?7, state = ?8 WHERE id = ?9");
  BindSource(row.record, row.record.source.SerializeAsString(), row.record.state.SerializeAsString(), &update);
  return update.Bind(9, row.id).Run();
}

absl::Status DeleteSource(Connection& connection, int64_t id) {
  Statement remove(connection, "DELETE FROM source WHERE id = ?1");
  return remove.Bind(1, id).Run();
}

absl::Status InsertFetch(Connection& connection, int64_t source_id, const v1::Fetch& fetch) {
  Statement insert(connection, "INSERT INTO fetch (source_id, record) VALUES (?1, ?2)");
  const std::string record = fetch.SerializeAsString();
  return insert.BindAll(source_id, Blob{record}).Run();
}

absl::Status PruneFetches(Connection& connection, int64_t source_id) {
  Statement remove(connection,
                   "DELETE FROM fetch WHERE source_id = ?1 AND id <= (SELECT id FROM fetch WHERE source_id = ?1 "
                   "ORDER BY id DESC LIMIT 1 OFFSET ?2)");
  return remove.BindAll(source_id, kFetchesKept).Run();
}

absl::StatusOr<FetchPage> SelectFetches(Connection& connection, int64_t source_id, int limit,
                                        std::optional<int64_t> before) {
  Statement select(connection,
                   "SELECT id, record FROM fetch WHERE source_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
  select.BindAll(source_id, before.value_or(INT64_MAX), limit + 1);
  FetchPage page;
  int64_t last = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return page;
    if (static_cast<int>(page.fetches.size()) == limit) {
      page.next = last;
      return page;
    }
    last = select.ColumnInt64(0);
    if (!Parse(select.ColumnBlob(1), &page.fetches.emplace_back())) return Damaged("a fetch");
  }
}

absl::StatusOr<std::vector<HostLease>> LeaseReadyHosts(Connection& connection, const LeaseParams& params,
                                                       WallTime now) {
  std::vector<HostLease> leases;
  Statement select(connection,
                   "SELECT host, token, state, lease_until_us FROM host WHERE ready_us <= ?1 AND lease_until_us <= ?1 "
                   "ORDER BY ready_us LIMIT ?2");
  select.BindAll(ToMicros(now), params.max);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    HostLease lease;
    lease.host = select.ColumnString(0);
    lease.holder = params.holder;
    lease.token = select.ColumnUint64(1) + 1;
    lease.until = now + params.duration;
    lease.inherited = select.ColumnInt64(3) != 0;
    if (!Parse(select.ColumnBlob(2), &lease.state)) return Damaged("host " + lease.host);
    leases.push_back(std::move(lease));
  }
  Statement update(connection, "UPDATE host SET holder = ?2, token = ?3, lease_until_us = ?4 WHERE host = ?1");
  for (const HostLease& lease : leases) {
    DATELINE_RETURN_IF_ERROR(update.BindAll(lease.host, lease.holder, lease.token, ToMicros(lease.until)).Run());
  }
  return leases;
}

absl::Status UpdateHost(Connection& connection, const HostUpdate& update, WallTime now) {
  Statement statement(connection,
                      "UPDATE host SET state = ?2, backoff_until_us = ?3, lease_until_us = ?4 "
                      "WHERE host = ?1 AND token = ?5");
  const std::string state = update.lease.state.SerializeAsString();
  const int64_t until = update.release ? 0 : ToMicros(now + update.keep);
  statement.BindAll(update.lease.host, Blob{state}, update.lease.state.backoff_until_us(), until, update.lease.token);
  DATELINE_RETURN_IF_ERROR(statement.Run());
  if (connection.changes() == 0) return HostLeaseLost(update.lease);
  return absl::OkStatus();
}

absl::Status RefreshHost(Connection& connection, const std::string& host) {
  if (host.empty()) return absl::OkStatus();
  Statement make(connection, "INSERT INTO host (host, state) VALUES (?1, x'') ON CONFLICT (host) DO NOTHING");
  DATELINE_RETURN_IF_ERROR(make.Bind(1, host).Run());
  // The aggregate min() passes over NULL; the scalar max() does not, so nothing due means never ready.
  Statement refresh(
      connection,
      "UPDATE host SET ready_us = max(backoff_until_us, (SELECT min(due) FROM ("
      "SELECT min(next_poll_us) AS due FROM source WHERE host = ?1 AND next_poll_us IS NOT NULL UNION ALL "
      "SELECT min(due_us) FROM item WHERE host = ?1 AND due_us IS NOT NULL UNION ALL "
      "SELECT min(due_us) FROM subscription WHERE host = ?1 AND due_us IS NOT NULL UNION ALL "
      "SELECT min(d.receive_us) FROM delivery d JOIN source s ON s.id = d.source_id WHERE s.host = ?1))) "
      "WHERE host = ?1");
  return refresh.Bind(1, host).Run();
}

absl::StatusOr<std::optional<WallTime>> EarliestReady(Connection& connection) {
  // Held hosts are few: the minimum of the others is the first of the index that is not held.
  Statement select(connection,
                   "SELECT min(time) FROM (SELECT * FROM (SELECT ready_us AS time FROM host WHERE ready_us IS NOT NULL "
                   "AND lease_until_us = 0 ORDER BY ready_us LIMIT 1) UNION ALL SELECT max(ready_us, lease_until_us) "
                   "FROM host WHERE lease_until_us > 0 AND ready_us IS NOT NULL)");
  DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row || select.ColumnIsNull(0)) return std::optional<WallTime>();
  return std::optional<WallTime>(FromMicros(select.ColumnInt64(0)));
}

namespace {

// The longest waiting delivery: each may be large.
absl::Status AddDelivery(Connection& connection, const std::string& host, std::vector<Task>* tasks) {
  Statement select(connection, "SELECT " SOURCE_COLUMNS
                               ", d.id, d.topic, d.content_type, d.receive_us, d.body FROM delivery d "
                               "JOIN source s ON s.id = d.source_id WHERE s.host = ?1 ORDER BY d.id LIMIT 1");
  select.Bind(1, host);
  DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(select));
  constexpr int kFirst = kSourceColumns;
  const WallTime received = FromMicros(select.ColumnInt64(kFirst + 3));
  tasks->push_back({.poll = std::move(source.record),
                    .delivery = Delivery{.id = select.ColumnInt64(kFirst),
                                         .topic = select.ColumnString(kFirst + 1),
                                         .content_type = select.ColumnString(kFirst + 2),
                                         .body = std::string(select.ColumnBlob(kFirst + 4)),
                                         .receive_time = received},
                    .due = received});
  return absl::OkStatus();
}

absl::Status AddSubscriptions(Connection& connection, const std::string& host, WallTime now, int max,
                              std::vector<Task>* tasks) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<SubscriptionRecord> due, DueSubscriptions(connection, host, now, max));
  for (SubscriptionRecord& subscription : due) {
    const WallTime time = *subscription.due;
    tasks->push_back({.subscription = std::move(subscription), .due = time});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Task>> SelectTasks(Connection& connection, const std::string& host, WallTime now, int max) {
  std::vector<Task> tasks;
  Statement polls(connection, "SELECT " SOURCE_COLUMNS
                              " FROM source s WHERE s.host = ?1 AND s.next_poll_us <= ?2 "
                              "ORDER BY s.next_poll_us, s.id LIMIT ?3");
  polls.BindAll(host, ToMicros(now), max);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, polls.Step());
    if (!row) break;
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(polls));
    const WallTime due = *source.record.next_poll;
    tasks.push_back({.poll = std::move(source.record), .due = due});
  }
  DATELINE_RETURN_IF_ERROR(AddDelivery(connection, host, &tasks));
  DATELINE_RETURN_IF_ERROR(AddSubscriptions(connection, host, now, max, &tasks));
  Statement pages(connection, "SELECT " SOURCE_COLUMNS
                              ", i.id, i.uri, i.guid, i.title_key, i.host, i.due_us, i.last_seen_us, i.state "
                              "FROM item i JOIN source s ON s.id = i.source_id WHERE i.host = ?1 AND i.due_us <= ?2 "
                              "ORDER BY i.due_us, i.id LIMIT ?3");
  pages.BindAll(host, ToMicros(now), max);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, pages.Step());
    if (!row) break;
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(pages));
    ItemRecord item;
    item.source = source.record.source.name();
    constexpr int kFirst = kSourceColumns;
    item.id = pages.ColumnInt64(kFirst);
    item.uri = pages.ColumnString(kFirst + 1);
    item.guid = pages.ColumnString(kFirst + 2);
    item.title_key = pages.ColumnString(kFirst + 3);
    item.host = pages.ColumnString(kFirst + 4);
    item.due = FromMicros(pages.ColumnInt64(kFirst + 5));
    item.last_seen = FromMicros(pages.ColumnInt64(kFirst + 6));
    if (!Parse(pages.ColumnBlob(kFirst + 7), &item.state)) return Damaged("item " + item.uri);
    const WallTime due = *item.due;
    tasks.push_back({.page = std::move(item), .page_source = std::move(source.record), .due = due});
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.due < b.due; });
  if (tasks.size() > static_cast<size_t>(max)) tasks.resize(static_cast<size_t>(max));
  return tasks;
}

absl::StatusOr<StoreCounts> CountAll(Connection& connection) {
  StoreCounts counts;
  Statement sources(connection, "SELECT health, paused, count(*) FROM source GROUP BY health, paused");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, sources.Step());
    if (!row) break;
    const uint64_t count = sources.ColumnUint64(2);
    counts.sources += count;
    if (sources.ColumnBool(1)) counts.paused += count;
    counts.by_health[sources.ColumnUint64(0) % std::size(counts.by_health)] += count;
  }
  Statement items(connection, "SELECT count(*) FROM item");
  DATELINE_RETURN_IF_ERROR(items.Step().status());
  counts.items = items.ColumnUint64(0);
  Statement due(connection, "SELECT count(*) FROM item WHERE due_us IS NOT NULL");
  DATELINE_RETURN_IF_ERROR(due.Step().status());
  counts.items_due = due.ColumnUint64(0);
  return counts;
}

}  // namespace dateline::ingestion
