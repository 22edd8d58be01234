#include "services/ingestion/sources/postgres/source_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/sources/postgres/subscription_rows.h"
#include "services/ingestion/sources/source_columns.h"

namespace dateline::ingestion::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

absl::StatusOr<SourceRow> ReadSource(const Result& result, int row) {
  SourceRow source;
  source.id = result.Int64(row, 0);
  SourceRecord& record = source.record;
  if (!Parse(result.Bytes(row, 5), &record.source) || !Parse(result.Bytes(row, 6), &record.state)) {
    return Damaged("source " + result.String(row, 1));
  }
  record.source.set_name(std::string(kNamePrefix) + result.String(row, 1));
  record.source.set_uri(result.String(row, 2));
  record.host = result.String(row, 3);
  if (!result.IsNull(row, 4)) record.next_poll = FromMicros(result.Int64(row, 4));
  return source;
}

// The longest waiting delivery: each may be large.
absl::Status AddDelivery(Connection& connection, const std::string& host, std::vector<Task>* tasks) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " SOURCE_COLUMNS ", d.id, d.topic, d.content_type, d.receive_us, d.body FROM delivery d "
                       "JOIN source s ON s.id = d.source_id WHERE s.host = $1 ORDER BY d.id LIMIT 1",
                       Parameters::Of(host)));
  if (result.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(result, 0));
  constexpr int kFirst = kSourceColumns;
  const WallTime received = FromMicros(result.Int64(0, kFirst + 3));
  tasks->push_back({.poll = std::move(source.record),
                    .delivery = Delivery{.id = result.Int64(0, kFirst),
                                         .topic = result.String(0, kFirst + 1),
                                         .content_type = result.String(0, kFirst + 2),
                                         .body = std::string(result.Bytes(0, kFirst + 4)),
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

absl::Status AddPages(Connection& connection, const std::string& host, WallTime now, int max,
                      std::vector<Task>* tasks) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " SOURCE_COLUMNS
                       ", i.id, i.uri, i.guid, i.title_key, i.host, i.due_us, i.last_seen_us, i.state "
                       "FROM item i JOIN source s ON s.id = i.source_id WHERE i.host = $1 AND i.due_us <= $2 "
                       "ORDER BY i.due_us, i.id LIMIT $3",
                       Parameters::Of(host, ToMicros(now), max)));
  for (int row = 0; row < result.rows(); ++row) {
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(result, row));
    ItemRecord item;
    item.source = source.record.source.name();
    constexpr int kFirst = kSourceColumns;
    item.id = result.Int64(row, kFirst);
    item.uri = result.String(row, kFirst + 1);
    item.guid = std::string(result.Bytes(row, kFirst + 2));
    item.title_key = std::string(result.Bytes(row, kFirst + 3));
    item.host = result.String(row, kFirst + 4);
    item.due = FromMicros(result.Int64(row, kFirst + 5));
    item.last_seen = FromMicros(result.Int64(row, kFirst + 6));
    if (!Parse(result.Bytes(row, kFirst + 7), &item.state)) return Damaged("item " + item.uri);
    const WallTime due = *item.due;
    tasks->push_back({.page = std::move(item), .page_source = std::move(source.record), .due = due});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<SourceRow>> FindSource(Connection& connection, std::string_view name, Lock lock) {
  // Names come from callers, and others may hold what TEXT does not.
  if (!IsSourceName(name)) return std::optional<SourceRow>();
  constexpr std::string_view kRead = "SELECT " SOURCE_COLUMNS " FROM source s WHERE s.name = $1";
  constexpr std::string_view kLocked = "SELECT " SOURCE_COLUMNS " FROM source s WHERE s.name = $1 FOR NO KEY UPDATE";
  DATELINE_ASSIGN_OR_RETURN(const Result result,
                            connection.Query(lock == Lock::kRow ? kLocked : kRead, Parameters::Of(IdOf(name))));
  if (result.empty()) return std::optional<SourceRow>();
  DATELINE_ASSIGN_OR_RETURN(SourceRow row, ReadSource(result, 0));
  return std::optional<SourceRow>(std::move(row));
}

absl::StatusOr<std::string> SourceAtUri(Connection& connection, std::string_view uri, std::string_view but) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT name FROM source WHERE uri = $1 AND name <> $2", Parameters::Of(uri, IdOf(but))));
  return result.empty() ? std::string() : std::string(kNamePrefix) + result.String(0, 0);
}

absl::StatusOr<SourcePage> SelectSources(Connection& connection, const SourceQuery& query) {
  SourcePage page;
  if (!query.after.empty() && !IsSourceName(query.after)) return page;
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " SOURCE_COLUMNS " FROM source s WHERE s.name > $1 ORDER BY s.name LIMIT $2",
                       Parameters::Of(IdOf(query.after), query.limit + 1)));
  page.more = result.rows() > query.limit;
  for (int row = 0; row < std::min(result.rows(), query.limit); ++row) {
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(result, row));
    page.sources.push_back(std::move(source.record));
  }
  return page;
}

absl::StatusOr<bool> InsertSource(Connection& connection, const SourceRecord& record) {
  const std::string settings = record.source.SerializeAsString();
  const std::string state = record.state.SerializeAsString();
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          "INSERT INTO source (name, uri, host, health, paused, next_poll_us, settings, state) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
          Parameters::Of(IdOf(record.source.name()), record.source.uri(), record.host,
                         static_cast<int>(record.source.health()), record.source.state() == v1::Source::STATE_PAUSED,
                         Micros(record.next_poll), Bytes{settings}, Bytes{state})));
  return result.affected() > 0;
}

void UpdateSource(Connection& connection, const SourceRow& row) {
  const SourceRecord& record = row.record;
  const std::string settings = record.source.SerializeAsString();
  const std::string state = record.state.SerializeAsString();
  connection.Post(
      "UPDATE source SET uri = $2, host = $3, health = $4, paused = $5, next_poll_us = $6, settings = $7, "
      "state = $8 WHERE id = $1",
      Parameters::Of(row.id, record.source.uri(), record.host, static_cast<int>(record.source.health()),
                     record.source.state() == v1::Source::STATE_PAUSED, Micros(record.next_poll), Bytes{settings},
                     Bytes{state}));
}

absl::Status DeleteSource(Connection& connection, int64_t id) {
  return connection.Query("DELETE FROM source WHERE id = $1", Parameters::Of(id)).status();
}

void InsertFetch(Connection& connection, int64_t source_id, const v1::Fetch& fetch) {
  const std::string record = fetch.SerializeAsString();
  connection.Post("INSERT INTO poll_fetch (source_id, record) VALUES ($1, $2)",
                  Parameters::Of(source_id, Bytes{record}));
}

void PruneFetches(Connection& connection, int64_t source_id) {
  connection.Post(
      "DELETE FROM poll_fetch WHERE source_id = $1 AND id <= (SELECT id FROM poll_fetch WHERE source_id = $1 "
      "ORDER BY id DESC LIMIT 1 OFFSET $2)",
      Parameters::Of(source_id, kFetchesKept));
}

absl::StatusOr<FetchPage> SelectFetches(Connection& connection, int64_t source_id, int limit,
                                        std::optional<int64_t> before) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT id, record FROM poll_fetch WHERE source_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                       Parameters::Of(source_id, before.value_or(INT64_MAX), limit + 1)));
  FetchPage page;
  const int rows = std::min(result.rows(), limit);
  for (int row = 0; row < rows; ++row) {
    if (!Parse(result.Bytes(row, 1), &page.fetches.emplace_back())) return Damaged("a fetch");
  }
  if (result.rows() > limit) page.next = result.Int64(rows - 1, 0);
  return page;
}

absl::StatusOr<std::vector<HostLease>> LeaseReadyHosts(Connection& connection, const LeaseParams& params,
                                                       WallTime now) {
  const WallTime until = now + params.duration;
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("WITH taken AS (SELECT host, ready_us, lease_until_us FROM host WHERE ready_us <= $1 AND "
                       "lease_until_us <= $1 "
                       "ORDER BY ready_us LIMIT $2 FOR UPDATE SKIP LOCKED), leased AS (UPDATE host h SET holder = $3, "
                       "token = h.token + 1, lease_until_us = $4 FROM taken t WHERE h.host = t.host "
                       "RETURNING h.host, h.token, h.state, t.ready_us, t.lease_until_us) SELECT host, token, state, "
                       "lease_until_us FROM leased ORDER BY "
                       "ready_us, host",
                       Parameters::Of(ToMicros(now), params.max, params.holder, ToMicros(until))));
  std::vector<HostLease> leases;
  for (int row = 0; row < result.rows(); ++row) {
    HostLease& lease = leases.emplace_back();
    lease.host = result.String(row, 0);
    lease.holder = params.holder;
    lease.token = result.Uint64(row, 1);
    lease.until = until;
    lease.inherited = result.Int64(row, 3) != 0;
    if (!Parse(result.Bytes(row, 2), &lease.state)) return Damaged("host " + lease.host);
  }
  return leases;
}

absl::Status UpdateHost(Connection& connection, const HostUpdate& update, WallTime now) {
  const std::string state = update.lease.state.SerializeAsString();
  const int64_t until = update.release ? 0 : ToMicros(now + update.keep);
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("UPDATE host SET state = $2, backoff_until_us = $3, lease_until_us = $4 "
                       "WHERE host = $1 AND token = $5",
                       Parameters::Of(update.lease.host, Bytes{state}, update.lease.state.backoff_until_us(), until,
                                      update.lease.token)));
  return result.affected() > 0 ? absl::OkStatus() : HostLeaseLost(update.lease);
}

void LockHost(Connection& connection, const std::string& host) {
  if (host.empty()) return;
  connection.Post("INSERT INTO host (host) VALUES ($1) ON CONFLICT (host) DO NOTHING", Parameters::Of(host));
  connection.Post("SELECT 1 FROM host WHERE host = $1 FOR UPDATE", Parameters::Of(host));
}

void RefreshHosts(Connection& connection, const std::set<std::string>& hosts) {
  for (const std::string& host : hosts) LockHost(connection, host);
  for (const std::string& host : hosts) {
    if (host.empty()) continue;
    connection.Post(
        "UPDATE host SET ready_us = (SELECT greatest(backoff_until_us, min(due)) FROM ("
        "SELECT min(next_poll_us) AS due FROM source WHERE host = $1 AND next_poll_us IS NOT NULL UNION ALL "
        "SELECT min(due_us) FROM item WHERE host = $1 AND due_us IS NOT NULL UNION ALL "
        "SELECT min(due_us) FROM subscription WHERE host = $1 AND due_us IS NOT NULL UNION ALL "
        "SELECT min(d.receive_us) FROM delivery d JOIN source s ON s.id = d.source_id WHERE s.host = $1) AS work "
        "HAVING min(due) IS NOT NULL) WHERE host = $1",
        Parameters::Of(host));
  }
}

absl::StatusOr<std::optional<WallTime>> EarliestReady(Connection& connection) {
  // Held hosts are few: the minimum of the others is the first of the index that is not held.
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT least((SELECT ready_us FROM host WHERE ready_us IS NOT NULL AND lease_until_us = 0 "
                       "ORDER BY ready_us LIMIT 1), (SELECT min(greatest(ready_us, lease_until_us)) FROM host "
                       "WHERE lease_until_us > 0 AND ready_us IS NOT NULL))"));
  if (result.empty() || result.IsNull(0, 0)) return std::optional<WallTime>();
  return std::optional<WallTime>(FromMicros(result.Int64(0, 0)));
}

absl::StatusOr<std::vector<Task>> SelectTasks(Connection& connection, const std::string& host, WallTime now, int max) {
  std::vector<Task> tasks;
  DATELINE_ASSIGN_OR_RETURN(
      const Result polls,
      connection.Query("SELECT " SOURCE_COLUMNS " FROM source s WHERE s.host = $1 AND s.next_poll_us <= $2 "
                       "ORDER BY s.next_poll_us, s.id LIMIT $3",
                       Parameters::Of(host, ToMicros(now), max)));
  for (int row = 0; row < polls.rows(); ++row) {
    DATELINE_ASSIGN_OR_RETURN(SourceRow source, ReadSource(polls, row));
    const WallTime due = *source.record.next_poll;
    tasks.push_back({.poll = std::move(source.record), .due = due});
  }
  DATELINE_RETURN_IF_ERROR(AddDelivery(connection, host, &tasks));
  DATELINE_RETURN_IF_ERROR(AddSubscriptions(connection, host, now, max, &tasks));
  DATELINE_RETURN_IF_ERROR(AddPages(connection, host, now, max, &tasks));
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.due < b.due; });
  if (tasks.size() > static_cast<size_t>(max)) tasks.resize(static_cast<size_t>(max));
  return tasks;
}

absl::StatusOr<StoreCounts> CountAll(Connection& connection) {
  StoreCounts counts;
  DATELINE_ASSIGN_OR_RETURN(
      const Result sources,
      connection.Query("SELECT health, count(*), count(*) FILTER (WHERE paused) FROM source GROUP BY health"));
  for (int row = 0; row < sources.rows(); ++row) {
    counts.sources += sources.Uint64(row, 1);
    counts.paused += sources.Uint64(row, 2);
    counts.by_health[sources.Uint64(row, 0) % std::size(counts.by_health)] += sources.Uint64(row, 1);
  }
  DATELINE_ASSIGN_OR_RETURN(const Result items, connection.Query("SELECT count(*), count(due_us) FROM item"));
  counts.items = items.Uint64(0, 0);
  counts.items_due = items.Uint64(0, 1);
  return counts;
}

}  // namespace dateline::ingestion::pg
