#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"

#include <fmt/format.h>

#include <set>
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

namespace {

// Outcomes in one transaction.
constexpr size_t kBatchMax = 256;

absl::StatusOr<SubscriptionRecord> Found(absl::StatusOr<std::optional<SubscriptionRecord>> found,
                                         std::string_view name) {
  if (!found.ok()) return std::move(found).status();
  if (!*found) return SubscriptionNotFound(name);
  return **std::move(found);
}

std::vector<int64_t> ReceiversOf(const std::vector<MatchedEvent>& events) {
  std::set<int64_t> ids;
  for (const MatchedEvent& event : events) {
    for (const MatchedEvent::Receiver& receiver : event.receivers) ids.insert(receiver.subscription);
  }
  return {ids.begin(), ids.end()};
}

}  // namespace

PostgresSubscriptionStore::PostgresSubscriptionStore(Options options, std::unique_ptr<Database> database)
    : options_(std::move(options)), database_(std::move(database)), saved_searches_(*database_) {}

absl::StatusOr<std::unique_ptr<PostgresSubscriptionStore>> PostgresSubscriptionStore::Open(Options options,
                                                                                           const Clock& clock) {
  Database::Options database_options;
  database_options.connection = options.connection;
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
  return sql::Look<Connection>(
      *database_, [&](Connection& connection) { return Found(pg::FindSubscription(connection, name), name); });
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
        DATELINE_ASSIGN_OR_RETURN(result, Found(pg::FindSubscription(connection, name), name));
        DATELINE_RETURN_IF_ERROR(pg::LockReceivers(connection, {result.id}).status());
        // The outcome of an attempt may have come before the lock.
        DATELINE_ASSIGN_OR_RETURN(result, Found(pg::FindSubscription(connection, name), name));
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
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record, Found(pg::FindSubscription(connection, name), name));
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
    for (const MatchedEvent::Receiver& receiver : event.receivers) {
      const auto found = receivers.find(receiver.subscription);
      if (found == receivers.end() || full.contains(receiver.subscription)) continue;
      if (found->second.backlog >= options_.limits.backlog_max) {
        full[receiver.subscription] = event.sequence;
        continue;
      }
      ++found->second.backlog;
      deliveries.push_back({receiver.subscription, rows.at(event.event_id), event.sequence, pg::DetailOf(receiver)});
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

absl::StatusOr<std::vector<int64_t>> PostgresSubscriptionStore::WithPending() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return pg::SelectWithPending(connection); });
}

absl::StatusOr<PendingWork> PostgresSubscriptionStore::Pending(const PendingQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<PendingWork> {
    const auto subscription = pg::AskSubscription(connection, query.subscription);
    const pg::PendingTickets tickets = pg::AskPending(connection, query);
    PendingWork work;
    DATELINE_ASSIGN_OR_RETURN(
        work.subscription, Found(pg::TakeSubscription(connection, subscription), std::to_string(query.subscription)));
    if (work.subscription.settings.state() != v1::Subscription::STATE_ACTIVE) return work;
    DATELINE_RETURN_IF_ERROR(pg::TakePending(connection, query, tickets, &work));
    return work;
  });
}

void PostgresSubscriptionStore::CommitAttempt(AttemptCommit commit, Done done) {
  if (!commit.disable_cause.empty()) return WriteDisabling(std::move(commit), std::move(done));
  auto work = std::make_unique<pg::AttemptWork>();
  work->commit = std::move(commit);
  work->done = std::move(done);
  {
    MutexLock lock(mutex_);
    works_.push_back(std::move(work));
    if (batch_queued_) return;
    batch_queued_ = true;
  }
  WriteAttemptBatch();
}

// Takes what waits when its turn comes, so that whatever comes while one batch is written is the next.
void PostgresSubscriptionStore::WriteAttemptBatch() {
  // Shared by the write, which may be repeated, and its callback.
  struct Batch {
    std::vector<std::unique_ptr<pg::AttemptWork>> works;
    bool more = false;
  };
  auto batch = std::make_shared<Batch>();
  const auto take = [this](Batch* taken) {
    MutexLock lock(mutex_);
    while (!works_.empty() && taken->works.size() < kBatchMax) {
      taken->works.push_back(std::move(works_.front()));
      works_.pop_front();
    }
    taken->more = !works_.empty();
    batch_queued_ = taken->more;
  };
  attempts_->Write(
      [batch, take](Connection& connection) -> absl::Status {
        if (batch->works.empty()) take(batch.get());
        std::vector<pg::AttemptWork*> works;
        for (const auto& work : batch->works) works.push_back(work.get());
        return pg::WriteAttempts(connection, works);
      },
      [this, batch, take](const absl::Status& status) {
        // A write that was refused takes what it would have written, to say so.
        if (batch->works.empty()) take(batch.get());
        for (const auto& work : batch->works) work->done(status.ok() ? work->outcome : status);
        if (batch->more) WriteAttemptBatch();
      });
}

// Rare, and a change of the settings: it takes its turn with the others.
void PostgresSubscriptionStore::WriteDisabling(AttemptCommit commit, Done done) {
  // Shared by the write, which may be repeated, and its callback.
  struct Disabling {
    pg::AttemptWork work;
    ChangeNotice notice;
  };
  auto disabling = std::make_shared<Disabling>();
  disabling->work.commit = std::move(commit);
  database_->Write(
      [this, disabling](Connection& connection) -> absl::Status {
        return RunBody(
            connection,
            [&](Connection& inner, pg::MatchingRow* matching, ChangeNotice* notice) -> absl::Status {
              DATELINE_RETURN_IF_ERROR(pg::WriteAttempts(inner, {&disabling->work}));
              DATELINE_RETURN_IF_ERROR(disabling->work.outcome);
              const AttemptCommit& written = disabling->work.commit;
              DATELINE_ASSIGN_OR_RETURN(auto record, pg::FindSubscription(inner, written.subscription));
              if (!record || !ApplyAttempt(written, &*record)) return absl::OkStatus();
              WriteRecord(inner, matching, &*record, notice);
              return log_->Append(inner, DisabledEvent(*record, written.time)).status();
            },
            &disabling->notice);
      },
      [this, disabling, done = std::move(done)](const absl::Status& status) {
        if (status.ok()) {
          SeeVersion(disabling->notice.version);
          CallListener();
          relay_watch_->Committed();
        }
        done(status);
      });
}

absl::StatusOr<DeliveryPage> PostgresSubscriptionStore::ListDeliveries(const DeliveryQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<DeliveryPage> {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                              Found(pg::FindSubscription(connection, query.subscription), query.subscription));
    return pg::SelectDeliveries(connection, record.id, query);
  });
}

absl::StatusOr<int> PostgresSubscriptionStore::Replay(const ReplayQuery& query, WallTime now) {
  int count = 0;
  const absl::Status written =
      Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice* notice) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                                  Found(pg::FindSubscription(connection, query.subscription), query.subscription));
        std::vector<int64_t> ids = query.ids;
        if (ids.empty()) {
          DATELINE_ASSIGN_OR_RETURN(
              ids, pg::SelectRange(connection, record.id, query.start_sequence, query.end_sequence, query.limit + 1));
          if (ids.size() > static_cast<size_t>(query.limit)) return TooManyDeliveries(query.limit);
        } else {
          DATELINE_ASSIGN_OR_RETURN(const int64_t unknown, pg::FirstUnknown(connection, record.id, ids));
          if (unknown != 0) return DeliveryNotFound(query.subscription, unknown);
        }
        DATELINE_RETURN_IF_ERROR(pg::LockReceivers(connection, {record.id}).status());
        DATELINE_ASSIGN_OR_RETURN(count, pg::ReplayDeliveries(connection, record.id, ids, now));
        notice->subscriptions.push_back(record.id);
        return absl::OkStatus();
      });
  if (!written.ok()) return written;
  return count;
}

absl::StatusOr<int> PostgresSubscriptionStore::Trim(WallTime before, int limit) {
  int count = 0;
  const absl::Status written = Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice*) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(count, pg::TrimDeliveries(connection, before, limit));
    pg::TrimRemovals(connection);
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<int64_t> unused,
                            sql::Look<Connection>(*database_, [&](Connection& connection) {
                              return pg::SelectUnusedEvents(connection, limit);
                            }));
  if (unused.empty()) return count;
  const absl::Status removed = Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice*) -> absl::Status {
    pg::RemoveUnusedEvents(connection, unused);
    return absl::OkStatus();
  });
  if (!removed.ok()) return removed;
  return count;
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
        for (const MatchedEvent::Receiver& receiver : event.receivers) {
          if (!receivers.contains(receiver.subscription)) continue;
          deliveries.push_back(
              {receiver.subscription, rows.at(event.event_id), event.sequence, pg::DetailOf(receiver)});
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
