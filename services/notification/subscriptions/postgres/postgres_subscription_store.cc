#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "services/notification/subscriptions/postgres/attempt_batch.h"
#include "services/notification/subscriptions/postgres/backfill_rows.h"
#include "services/notification/subscriptions/postgres/delivery_rows.h"
#include "services/notification/subscriptions/postgres/schema.h"
#include "services/notification/subscriptions/postgres/subscription_rows.h"

namespace dateline::notification {

using sql::postgres::Connection;
using sql::postgres::Database;
using sql::postgres::Parameters;
using sql::postgres::Result;

PostgresSubscriptionStore::PostgresSubscriptionStore(Options options, std::unique_ptr<Database> database)
    : options_(std::move(options)), database_(std::move(database)), saved_searches_(*database_) {}

absl::StatusOr<std::unique_ptr<PostgresSubscriptionStore>> PostgresSubscriptionStore::Open(Options options,
                                                                                           const Clock& clock) {
  Database::Options database_options;
  database_options.connection = options.connection;
  // Whatever is read here, too, is of a subscription, a place in an order or an event.
  database_options.connection.by_key = true;
  database_options.application = std::string(pg::kApplication);
  database_options.migrations = pg::SchemaMigrations();
  database_options.readers = options.readers;
  database_options.reconnect_max = options.reconnect_max;
  // A write locks rows of its own in an order of its own; two of them in one transaction might lock them crosswise with
  // those of another replica.
  database_options.group_max = 1;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, Database::Open(std::move(database_options)));
  std::unique_ptr<PostgresSubscriptionStore> store(
      new PostgresSubscriptionStore(std::move(options), std::move(database)));
  DATELINE_RETURN_IF_ERROR(store->database_->Read([&store](Connection& connection) -> absl::Status {
    // Several services may live in one database, each in a schema.
    DATELINE_ASSIGN_OR_RETURN(const Result schema, connection.Query("SELECT current_schema()"));
    store->channel_ = fmt::format("dateline_subscriptions_{}", Sha256Hex(schema.Text(0, 0)).substr(0, 16));
    DATELINE_ASSIGN_OR_RETURN(const pg::MatchingRow matching, pg::ReadMatching(connection));
    store->SeeVersion(matching.version);
    return absl::OkStatus();
  }));
  store->attempts_ = store->database_->NewWriter("pg-attempts");
  eventlog::PostgresEventLog::Options log;
  log.topics = {std::string(kSubscriptionTopic)};
  log.source = std::string(kEventSource);
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::PostgresEventLog::Open(*store->database_, clock, log));
  store->relay_watch_ = std::make_unique<eventlog::PostgresWatch>(
      eventlog::PostgresWatch::Options{.connection = store->options_.connection});
  store->relay_watch_->SetListener([raw = store.get()] { raw->CallListener(); });
  store->relay_watch_->Start();
  return store;
}

PostgresSubscriptionStore::~PostgresSubscriptionStore() {
  Close().IgnoreError();
}

absl::Status PostgresSubscriptionStore::Close() {
  if (watch_ != nullptr) watch_->Stop();
  // The callbacks of accepted writes use this object, so the writers end first.
  if (attempts_ != nullptr) attempts_->Close();
  database_->Close();
  if (log_ != nullptr) log_->Close();
  if (relay_watch_ != nullptr) relay_watch_->Stop();
  return absl::OkStatus();
}

void PostgresSubscriptionStore::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void PostgresSubscriptionStore::CallListener() {
  MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

sql::Stats PostgresSubscriptionStore::database_stats() const {
  sql::Stats stats = database_->stats();
  attempts_->AddTo(&stats);
  return stats;
}

void PostgresSubscriptionStore::Listen(Changed changed) {
  watch_ = std::make_unique<ChangeWatch>(
      ChangeWatch::Options{.connection = options_.connection, .replica = options_.replica, .channel = channel_},
      [this, changed = std::move(changed)](const ChangeNotice& notice) {
        if (notice.version != 0) SeeVersion(notice.version);
        if (notice.all && notice.version == 0) {
          // After a reconnect. When the read fails the matcher finds out by a refused commit.
          const auto matching =
              sql::Look<Connection>(*database_, [](Connection& connection) { return pg::ReadMatching(connection); });
          if (matching.ok()) SeeVersion(matching->version);
        }
        changed(notice);
      });
  watch_->Start();
}

void PostgresSubscriptionStore::SeeVersion(uint64_t version) {
  uint64_t seen = version_.load(std::memory_order_acquire);
  while (seen < version && !version_.compare_exchange_weak(seen, version, std::memory_order_acq_rel)) {
  }
}

absl::Status PostgresSubscriptionStore::RunBody(Connection& connection, const Body& body, ChangeNotice* notice) {
  *notice = {};
  DATELINE_ASSIGN_OR_RETURN(pg::MatchingRow matching, pg::LockMatching(connection));
  const uint64_t before = matching.version;
  DATELINE_RETURN_IF_ERROR(body(connection, &matching, notice));
  if (matching.version != before) notice->version = matching.version;
  if (notice->version == 0 && notice->subscriptions.empty() && !notice->all) return absl::OkStatus();
  connection.Post("SELECT pg_notify($1, $2)", Parameters::Of(channel_, FormatNotice(options_.replica, *notice)));
  return absl::OkStatus();
}

absl::Status PostgresSubscriptionStore::Write(const Body& body) {
  ChangeNotice notice;
  const absl::Status written = database_->WriteAndWait(
      [&](Connection& connection) -> absl::Status { return RunBody(connection, body, &notice); });
  if (written.ok()) SeeVersion(notice.version);
  return written;
}

void PostgresSubscriptionStore::WriteRecord(Connection& connection, pg::MatchingRow* matching,
                                            SubscriptionRecord* record, ChangeNotice* notice) {
  ApplyStateRules(matching->cursor ? matching->cursor->position.sequence : 0, record);
  record->version = pg::NextVersion(connection, matching);
  pg::UpdateSubscription(connection, *record);
  notice->subscriptions.push_back(record->id);
}

absl::StatusOr<SubscriptionRecord> PostgresSubscriptionStore::Create(SubscriptionRecord record) {
  const absl::Status written =
      Write([&](Connection& connection, pg::MatchingRow* matching, ChangeNotice*) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const auto known, pg::FindSubscription(connection, record.settings.name()));
        if (known) return SubscriptionExists(record.settings.name());
        DATELINE_ASSIGN_OR_RETURN(const int64_t count, pg::CountSubscriptions(connection));
        const int64_t limit = options_.limits.subscriptions_max;
        if (count >= limit) return TooManySubscriptions(limit);
        record.version = pg::NextVersion(connection, matching);
        DATELINE_ASSIGN_OR_RETURN(record.id, pg::InsertSubscription(connection, record));
        return absl::OkStatus();
      });
  if (!written.ok()) return written;
  return Get(record.settings.name());
}

absl::StatusOr<SubscriptionRecord> PostgresSubscriptionStore::Get(std::string_view name) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) {
    return FoundSubscription(pg::FindSubscription(connection, name), name);
  });
}

absl::StatusOr<SubscriptionPage> PostgresSubscriptionStore::List(int limit, std::string_view after) {
  return sql::Look<Connection>(
      *database_, [&](Connection& connection) { return pg::SelectSubscriptions(connection, limit, after); });
}

absl::StatusOr<SubscriptionRecord> PostgresSubscriptionStore::Change(
    std::string_view name, const std::function<absl::Status(SubscriptionRecord*)>& change) {
  SubscriptionRecord result;
  const absl::Status written =
      Write([&](Connection& connection, pg::MatchingRow* matching, ChangeNotice* notice) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(result, FoundSubscription(pg::FindSubscription(connection, name), name));
        DATELINE_RETURN_IF_ERROR(pg::LockReceivers(connection, {result.id}).status());
        // The outcome of an attempt may have come before the lock.
        DATELINE_ASSIGN_OR_RETURN(result, FoundSubscription(pg::FindSubscription(connection, name), name));
        DATELINE_RETURN_IF_ERROR(change(&result));
        WriteRecord(connection, matching, &result, notice);
        return absl::OkStatus();
      });
  if (!written.ok()) return written;
  return result;
}

absl::Status PostgresSubscriptionStore::Delete(std::string_view name,
                                               const std::function<absl::Status(const SubscriptionRecord&)>& check) {
  return Write([&](Connection& connection, pg::MatchingRow* matching, ChangeNotice*) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                              FoundSubscription(pg::FindSubscription(connection, name), name));
    DATELINE_RETURN_IF_ERROR(check(record));
    pg::RemoveSubscription(connection, record.id, pg::NextVersion(connection, matching));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<MatchCursor>> PostgresSubscriptionStore::Cursor() {
  return sql::Look<Connection>(*database_, [](Connection& connection) -> absl::StatusOr<std::optional<MatchCursor>> {
    DATELINE_ASSIGN_OR_RETURN(const pg::MatchingRow matching, pg::ReadMatching(connection));
    return matching.cursor;
  });
}

absl::Status PostgresSubscriptionStore::MoveCursor(const MatchCursor& to) {
  return Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice*) -> absl::Status {
    pg::WriteCursor(connection, to);
    pg::LimitBehind(connection, to.position.sequence);
    return absl::OkStatus();
  });
}

absl::StatusOr<SubscriptionChanges> PostgresSubscriptionStore::Changes(uint64_t after_version) {
  auto changes = sql::Look<Connection>(
      *database_, [&](Connection& connection) { return pg::SelectChanges(connection, after_version); });
  if (changes.ok()) SeeVersion(changes->version);
  return changes;
}

absl::Status PostgresSubscriptionStore::WriteMatches(Connection& connection, const std::vector<MatchedEvent>& events,
                                                     WallTime now, pg::MatchingRow* matching, ChangeNotice* notice) {
  const std::vector<int64_t> ids = ReceiversOf(events);
  if (ids.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto receivers, pg::LockReceivers(connection, ids));
  DATELINE_ASSIGN_OR_RETURN(const auto rows, pg::PutEvents(connection, events));
  std::vector<pg::NewDelivery> deliveries;
  std::map<int64_t, uint64_t> full;  // Those that have run out of room, with the first sequence that found none.
  for (const MatchedEvent& event : events) {
    for (const MatchedEvent::Receivers& group : event.receivers) {
      const std::string detail = DeliveryDetail(group.reasons);
      for (const int64_t id : group.subscriptions) {
        const auto found = receivers.find(id);
        if (found == receivers.end() || full.contains(id)) continue;
        if (found->second.backlog >= options_.limits.backlog_max) {
          full[id] = event.sequence;
          continue;
        }
        ++found->second.backlog;
        deliveries.push_back({id, rows.at(event.event_id), event.sequence, detail});
      }
    }
  }
  DATELINE_RETURN_IF_ERROR(pg::InsertDeliveries(connection, deliveries, now));
  notice->subscriptions = ids;
  for (const auto& [id, sequence] : full) {
    DATELINE_ASSIGN_OR_RETURN(auto record, pg::FindSubscription(connection, id));
    if (!record) continue;
    record->behind = sequence - 1;
    WriteRecord(connection, matching, &*record, notice);
  }
  return absl::OkStatus();
}

absl::Status PostgresSubscriptionStore::CommitMatches(const MatchCommit& commit, WallTime now) {
  return Write([&](Connection& connection, pg::MatchingRow* matching, ChangeNotice* notice) -> absl::Status {
    if (matching->version != commit.version || !matching->cursor || matching->cursor->position != commit.from) {
      SeeVersion(matching->version);
      return SubscriptionsChanged();
    }
    DATELINE_RETURN_IF_ERROR(WriteMatches(connection, commit.events, now, matching, notice));
    pg::WriteCursor(connection, commit.to);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<SubscriptionRecord>> PostgresSubscriptionStore::Behind(int limit) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) {
    return pg::SelectBehind(connection, options_.limits.backlog_max / 2 + 1, limit);
  });
}

absl::Status PostgresSubscriptionStore::CommitCatchUp(const CatchUpCommit& commit, WallTime now) {
  return Write([&](Connection& connection, pg::MatchingRow* matching, ChangeNotice* notice) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(pg::LockReceivers(connection, {commit.subscription}).status());
    DATELINE_ASSIGN_OR_RETURN(auto record, pg::FindSubscription(connection, commit.subscription));
    if (!record || record->behind != commit.from || record->settings.state() != v1::Subscription::STATE_ACTIVE) {
      return SubscriptionsChanged();
    }
    DATELINE_RETURN_IF_ERROR(WriteMatches(connection, commit.events, now, matching, notice));
    DATELINE_ASSIGN_OR_RETURN(record, pg::FindSubscription(connection, commit.subscription));
    // It may have run out of room meanwhile: then it stands where WriteMatches() left it.
    if (record->behind != commit.from) return absl::OkStatus();
    record->behind = commit.to;
    if (!matching->cursor || commit.to < matching->cursor->position.sequence) {
      pg::UpdateSubscription(connection, *record);
      return absl::OkStatus();
    }
    record->behind.reset();
    WriteRecord(connection, matching, &*record, notice);
    return absl::OkStatus();
  });
}

absl::Status PostgresSubscriptionStore::AddBackfill(const BackfillRecord& record) {
  return Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice* notice) -> absl::Status {
    pg::InsertBackfill(connection, record);
    notice->subscriptions.push_back(record.subscription);
    return absl::OkStatus();
  });
}

absl::StatusOr<BackfillRecord> PostgresSubscriptionStore::GetBackfill(std::string_view operation) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<BackfillRecord> {
    DATELINE_ASSIGN_OR_RETURN(auto record, pg::FindBackfill(connection, operation));
    if (!record) return OperationNotFound(operation);
    return *std::move(record);
  });
}

absl::StatusOr<std::vector<BackfillRecord>> PostgresSubscriptionStore::ListBackfills(int limit,
                                                                                     std::string_view after) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::SelectBackfills(connection, limit, after); });
}

absl::StatusOr<std::vector<BackfillRecord>> PostgresSubscriptionStore::RunningBackfills() {
  return sql::Look<Connection>(*database_,
                               [](Connection& connection) { return pg::SelectRunningBackfills(connection); });
}

absl::Status PostgresSubscriptionStore::CommitBackfill(const BackfillCommit& commit, WallTime now) {
  return Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice* notice) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto known, pg::FindBackfill(connection, commit.from.operation, /*lock=*/true));
    if (!known || known->done || known->cancelled != commit.from.cancelled || known->next != commit.from.next) {
      return BackfillChanged(commit.from.operation);
    }
    BackfillRecord to = commit.to;
    const std::vector<int64_t> ids = ReceiversOf(commit.events);
    if (!ids.empty()) {
      DATELINE_ASSIGN_OR_RETURN(const auto receivers, pg::LockReceivers(connection, ids));
      DATELINE_ASSIGN_OR_RETURN(const auto rows, pg::PutEvents(connection, commit.events));
      std::vector<pg::NewDelivery> deliveries;
      for (const MatchedEvent& event : commit.events) {
        for (const MatchedEvent::Receivers& group : event.receivers) {
          const std::string detail = DeliveryDetail(group.reasons);
          for (const int64_t id : group.subscriptions) {
            if (receivers.contains(id)) deliveries.push_back({id, rows.at(event.event_id), event.sequence, detail});
          }
        }
      }
      DATELINE_ASSIGN_OR_RETURN(const int64_t waiting, pg::InsertBackfilled(connection, deliveries, now));
      to.delivered_count += static_cast<uint64_t>(waiting);
      notice->subscriptions = ids;
    }
    pg::UpdateBackfill(connection, to);
    return absl::OkStatus();
  });
}

absl::Status PostgresSubscriptionStore::CancelBackfill(std::string_view operation) {
  return Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice* notice) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto record, pg::FindBackfill(connection, operation, /*lock=*/true));
    if (!record) return OperationNotFound(operation);
    if (record->done) return absl::OkStatus();
    record->cancelled = true;
    pg::UpdateBackfill(connection, *record);
    notice->subscriptions.push_back(record->subscription);
    return absl::OkStatus();
  });
}

absl::Status PostgresSubscriptionStore::DeleteBackfill(std::string_view operation) {
  return Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice*) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto record, pg::FindBackfill(connection, operation, /*lock=*/true));
    if (!record) return OperationNotFound(operation);
    if (!record->done) return OperationRunning(operation);
    pg::RemoveBackfill(connection, operation);
    return absl::OkStatus();
  });
}

absl::StatusOr<StoreCounts> PostgresSubscriptionStore::Count() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return pg::SelectCounts(connection); });
}

}  // namespace dateline::notification
