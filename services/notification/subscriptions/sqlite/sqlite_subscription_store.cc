#include "services/notification/subscriptions/sqlite/sqlite_subscription_store.h"

#include <sys/stat.h>

#include <set>
#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "services/notification/subscriptions/sqlite/backfill_rows.h"
#include "services/notification/subscriptions/sqlite/delivery_rows.h"
#include "services/notification/subscriptions/sqlite/schema.h"
#include "services/notification/subscriptions/sqlite/subscription_rows.h"

namespace dateline::notification {
namespace {

using sql::Connection;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSubscriptionStore>> SqliteSubscriptionStore::Open(const Options& options,
                                                                                       const Clock& clock) {
  sql::Database::Options database_options;
  database_options.path = options.path;
  database_options.application_id = kNotificationApplicationId;
  database_options.migrations = NotificationMigrations();
  database_options.readers = options.readers;
  database_options.write_queue_max = 65'536;
  database_options.group_max = 256;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, sql::Database::Open(std::move(database_options)));
  // A file system that keeps no modes has to be guarded by other means; the service runs all the same.
  for (const char* suffix : {"", "-wal", "-shm"}) std::ignore = ::chmod((options.path + suffix).c_str(), 0600);
  std::unique_ptr<SqliteSubscriptionStore> store(new SqliteSubscriptionStore(options.limits, std::move(database)));
  DATELINE_ASSIGN_OR_RETURN(
      const MatchingRow matching,
      sql::Look<Connection>(*store->database_, [](Connection& connection) { return ReadMatching(connection); }));
  store->version_ = matching.version;
  eventlog::SqliteEventLog::Options log;
  log.topics = {std::string(kSubscriptionTopic)};
  log.source = std::string(kEventSource);
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::SqliteEventLog::Open(*store->database_, clock, log));
  return store;
}

SqliteSubscriptionStore::~SqliteSubscriptionStore() {
  database_->Close().IgnoreError();
}

absl::StatusOr<uint64_t> SqliteSubscriptionStore::Raise(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const uint64_t version, NextVersion(connection));
  version_.store(version, std::memory_order_release);
  return version;
}

absl::Status SqliteSubscriptionStore::Write(Connection& connection, SubscriptionRecord* record) {
  DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
  ApplyStateRules(matching.cursor ? matching.cursor->position.sequence : 0, record);
  DATELINE_ASSIGN_OR_RETURN(record->version, Raise(connection));
  return UpdateSubscription(connection, *record);
}

absl::StatusOr<SubscriptionRecord> SqliteSubscriptionStore::Create(SubscriptionRecord record) {
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto known, FindSubscription(connection, record.settings.name()));
    if (known) return SubscriptionExists(record.settings.name());
    DATELINE_ASSIGN_OR_RETURN(const StoreCounts counts, SelectCounts(connection));
    if (counts.subscriptions >= limits_.subscriptions_max) return TooManySubscriptions(limits_.subscriptions_max);
    DATELINE_ASSIGN_OR_RETURN(record.version, Raise(connection));
    DATELINE_ASSIGN_OR_RETURN(record.id, InsertSubscription(connection, record));
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return Get(record.settings.name());
}

absl::StatusOr<SubscriptionRecord> SqliteSubscriptionStore::Get(std::string_view name) {
  return sql::Look<Connection>(
      *database_, [&](Connection& connection) { return FoundSubscription(FindSubscription(connection, name), name); });
}

absl::StatusOr<SubscriptionPage> SqliteSubscriptionStore::List(int limit, std::string_view after) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return SelectSubscriptions(connection, limit, after); });
}

absl::StatusOr<SubscriptionRecord> SqliteSubscriptionStore::Change(
    std::string_view name, const std::function<absl::Status(SubscriptionRecord*)>& change) {
  SubscriptionRecord result;
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(result, FoundSubscription(FindSubscription(connection, name), name));
    DATELINE_RETURN_IF_ERROR(change(&result));
    return Write(connection, &result);
  });
  if (!written.ok()) return written;
  return result;
}

absl::Status SqliteSubscriptionStore::Delete(std::string_view name,
                                             const std::function<absl::Status(const SubscriptionRecord&)>& check) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                              FoundSubscription(FindSubscription(connection, name), name));
    DATELINE_RETURN_IF_ERROR(check(record));
    DATELINE_ASSIGN_OR_RETURN(const uint64_t version, Raise(connection));
    return RemoveSubscription(connection, record.id, version);
  });
}

absl::StatusOr<std::optional<MatchCursor>> SqliteSubscriptionStore::Cursor() {
  return sql::Look<Connection>(*database_, [](Connection& connection) -> absl::StatusOr<std::optional<MatchCursor>> {
    DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
    return matching.cursor;
  });
}

absl::Status SqliteSubscriptionStore::MoveCursor(const MatchCursor& to) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(WriteCursor(connection, to));
    return LimitBehind(connection, to.position.sequence);
  });
}

absl::StatusOr<SubscriptionChanges> SqliteSubscriptionStore::Changes(uint64_t after_version) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return SelectChanges(connection, after_version); });
}

absl::Status SqliteSubscriptionStore::WriteMatches(Connection& connection, const std::vector<MatchedEvent>& events,
                                                   WallTime now) {
  // Those that have run out of room within this transaction.
  std::set<int64_t> full;
  for (const MatchedEvent& event : events) {
    if (event.receivers.empty()) continue;
    DATELINE_ASSIGN_OR_RETURN(const int64_t row, PutEvent(connection, event));
    for (const MatchedEvent::Receivers& receivers : event.receivers) {
      const std::string detail = DeliveryDetail(receivers.reasons);
      for (const int64_t id : receivers.subscriptions) {
        if (full.contains(id)) continue;
        DATELINE_ASSIGN_OR_RETURN(const std::optional<uint64_t> backlog, FindBacklog(connection, id));
        if (!backlog) continue;
        if (*backlog < limits_.backlog_max) {
          DATELINE_RETURN_IF_ERROR(PutDelivery(connection, {id, row, event.sequence, detail},
                                               {.lane = Lane::kInOrder, .backfill = false, .now = now})
                                       .status());
          continue;
        }
        full.insert(id);
        DATELINE_ASSIGN_OR_RETURN(auto record, FindSubscription(connection, id));
        record->behind = event.sequence - 1;
        DATELINE_RETURN_IF_ERROR(Write(connection, &*record));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status SqliteSubscriptionStore::CommitMatches(const MatchCommit& commit, WallTime now) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
    if (matching.version != commit.version || !matching.cursor || matching.cursor->position != commit.from) {
      return SubscriptionsChanged();
    }
    DATELINE_RETURN_IF_ERROR(WriteMatches(connection, commit.events, now));
    return WriteCursor(connection, commit.to);
  });
}

absl::StatusOr<std::vector<SubscriptionRecord>> SqliteSubscriptionStore::Behind(int limit) {
  return sql::Look<Connection>(
      *database_, [&](Connection& connection) { return SelectBehind(connection, limits_.backlog_max / 2 + 1, limit); });
}

absl::Status SqliteSubscriptionStore::CommitCatchUp(const CatchUpCommit& commit, WallTime now) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto record, FindSubscription(connection, commit.subscription));
    if (!record || record->behind != commit.from || record->settings.state() != v1::Subscription::STATE_ACTIVE) {
      return SubscriptionsChanged();
    }
    DATELINE_RETURN_IF_ERROR(WriteMatches(connection, commit.events, now));
    DATELINE_ASSIGN_OR_RETURN(record, FindSubscription(connection, commit.subscription));
    // It may have run out of room meanwhile: then it stands where WriteMatches() left it.
    if (record->behind != commit.from) return absl::OkStatus();
    DATELINE_ASSIGN_OR_RETURN(const MatchingRow matching, ReadMatching(connection));
    record->behind = commit.to;
    if (!matching.cursor || commit.to < matching.cursor->position.sequence) {
      return UpdateSubscription(connection, *record);
    }
    record->behind.reset();
    return Write(connection, &*record);
  });
}

absl::StatusOr<std::vector<int64_t>> SqliteSubscriptionStore::WithPending() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return SelectWithPending(connection); });
}

absl::StatusOr<PendingWork> SqliteSubscriptionStore::Pending(const PendingQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<PendingWork> {
    PendingWork work;
    DATELINE_ASSIGN_OR_RETURN(work.subscription, FoundSubscription(FindSubscription(connection, query.subscription),
                                                                   std::to_string(query.subscription)));
    if (work.subscription.settings.state() != v1::Subscription::STATE_ACTIVE) return work;
    DATELINE_RETURN_IF_ERROR(SelectPending(connection, query, &work));
    return work;
  });
}

absl::Status SqliteSubscriptionStore::WriteAttempt(Connection& connection, const AttemptCommit& commit) {
  for (const DeliveryOutcome& outcome : commit.outcomes) {
    DATELINE_RETURN_IF_ERROR(ApplyOutcome(connection, commit.subscription, outcome));
  }
  DATELINE_ASSIGN_OR_RETURN(auto record, FindSubscription(connection, commit.subscription));
  if (!record) return absl::OkStatus();
  if (!ApplyAttempt(commit, &*record)) return UpdateSubscription(connection, *record);
  DATELINE_RETURN_IF_ERROR(Write(connection, &*record));
  return log_->Append(connection, DisabledEvent(*record, commit.time)).status();
}

void SqliteSubscriptionStore::CommitAttempt(AttemptCommit commit, Done done) {
  const bool disables = !commit.disable_cause.empty();
  database_->Write([this, commit = std::make_shared<AttemptCommit>(std::move(commit))](
                       Connection& connection) { return WriteAttempt(connection, *commit); },
                   [this, disables, done = std::move(done)](const absl::Status& status) {
                     if (disables && status.ok()) CallListener();
                     done(status);
                   });
}

void SqliteSubscriptionStore::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void SqliteSubscriptionStore::CallListener() {
  MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

absl::StatusOr<DeliveryPage> SqliteSubscriptionStore::ListDeliveries(const DeliveryQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<DeliveryPage> {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                              FoundSubscription(FindSubscription(connection, query.subscription), query.subscription));
    return SelectDeliveries(connection, record.id, query);
  });
}

absl::StatusOr<int> SqliteSubscriptionStore::Replay(const ReplayQuery& query, WallTime now) {
  int count = 0;
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                              FoundSubscription(FindSubscription(connection, query.subscription), query.subscription));
    std::vector<int64_t> ids = query.ids;
    for (const int64_t id : ids) {
      DATELINE_ASSIGN_OR_RETURN(const bool known, HasDelivery(connection, record.id, id));
      if (!known) return DeliveryNotFound(query.subscription, id);
    }
    if (ids.empty()) {
      DATELINE_ASSIGN_OR_RETURN(
          ids, SelectRange(connection, record.id, query.start_sequence, query.end_sequence, query.limit + 1));
      if (ids.size() > static_cast<size_t>(query.limit)) return TooManyDeliveries(query.limit);
    }
    for (const int64_t id : ids) {
      DATELINE_ASSIGN_OR_RETURN(const bool replayed, ReplayDelivery(connection, record.id, id, now));
      count += replayed ? 1 : 0;
    }
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return count;
}

absl::StatusOr<int> SqliteSubscriptionStore::Trim(WallTime before, int limit) {
  int count = 0;
  const absl::Status written = database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(count, TrimDeliveries(connection, before, limit));
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return count;
}

absl::Status SqliteSubscriptionStore::AddBackfill(const BackfillRecord& record) {
  return database_->WriteAndWait([&](Connection& connection) { return InsertBackfill(connection, record); });
}

absl::StatusOr<BackfillRecord> SqliteSubscriptionStore::GetBackfill(std::string_view operation) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<BackfillRecord> {
    DATELINE_ASSIGN_OR_RETURN(auto record, FindBackfill(connection, operation));
    if (!record) return OperationNotFound(operation);
    return *std::move(record);
  });
}

absl::StatusOr<std::vector<BackfillRecord>> SqliteSubscriptionStore::ListBackfills(int limit, std::string_view after) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return SelectBackfills(connection, limit, after); });
}

absl::StatusOr<std::vector<BackfillRecord>> SqliteSubscriptionStore::RunningBackfills() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return SelectRunningBackfills(connection); });
}

absl::Status SqliteSubscriptionStore::CommitBackfill(const BackfillCommit& commit, WallTime now) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto known, FindBackfill(connection, commit.from.operation));
    if (!known || known->done || known->cancelled != commit.from.cancelled || known->next != commit.from.next) {
      return BackfillChanged(commit.from.operation);
    }
    BackfillRecord to = commit.to;
    for (const MatchedEvent& event : commit.events) {
      DATELINE_ASSIGN_OR_RETURN(const int64_t row, PutEvent(connection, event));
      for (const MatchedEvent::Receivers& receivers : event.receivers) {
        const std::string detail = DeliveryDetail(receivers.reasons);
        for (const int64_t id : receivers.subscriptions) {
          DATELINE_ASSIGN_OR_RETURN(const bool waits,
                                    PutDelivery(connection, {id, row, event.sequence, detail},
                                                {.lane = Lane::kAside, .backfill = true, .now = now}));
          to.delivered_count += waits ? 1 : 0;
        }
      }
    }
    return UpdateBackfill(connection, to);
  });
}

absl::Status SqliteSubscriptionStore::CancelBackfill(std::string_view operation) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto record, FindBackfill(connection, operation));
    if (!record) return OperationNotFound(operation);
    if (record->done) return absl::OkStatus();
    record->cancelled = true;
    return UpdateBackfill(connection, *record);
  });
}

absl::Status SqliteSubscriptionStore::DeleteBackfill(std::string_view operation) {
  return database_->WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto record, FindBackfill(connection, operation));
    if (!record) return OperationNotFound(operation);
    if (!record->done) return OperationRunning(operation);
    return RemoveBackfill(connection, operation);
  });
}

absl::StatusOr<StoreCounts> SqliteSubscriptionStore::Count() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return SelectCounts(connection); });
}

}  // namespace dateline::notification
