// What PostgresSubscriptionStore does about deliveries: what waits, the outcomes of attempts, their log.

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "services/notification/subscriptions/postgres/attempt_batch.h"
#include "services/notification/subscriptions/postgres/delivery_rows.h"
#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"
#include "services/notification/subscriptions/postgres/subscription_rows.h"

namespace dateline::notification {
namespace {

using sql::postgres::Connection;

// Outcomes in one transaction.
constexpr size_t kBatchMax = 256;

}  // namespace

absl::StatusOr<std::vector<int64_t>> PostgresSubscriptionStore::WithPending() {
  return sql::Look<Connection>(*database_, [](Connection& connection) { return pg::SelectWithPending(connection); });
}

absl::StatusOr<PendingWork> PostgresSubscriptionStore::Pending(const PendingQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<PendingWork> {
    const auto subscription = pg::AskSubscription(connection, query.subscription);
    const pg::PendingTickets tickets = pg::AskPending(connection, query);
    PendingWork work;
    DATELINE_ASSIGN_OR_RETURN(work.subscription, FoundSubscription(pg::TakeSubscription(connection, subscription),
                                                                   std::to_string(query.subscription)));
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
    DATELINE_ASSIGN_OR_RETURN(
        const SubscriptionRecord record,
        FoundSubscription(pg::FindSubscription(connection, query.subscription), query.subscription));
    return pg::SelectDeliveries(connection, record.id, query);
  });
}

absl::StatusOr<int> PostgresSubscriptionStore::Replay(const ReplayQuery& query, WallTime now) {
  int count = 0;
  const absl::Status written =
      Write([&](Connection& connection, pg::MatchingRow*, ChangeNotice* notice) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            const SubscriptionRecord record,
            FoundSubscription(pg::FindSubscription(connection, query.subscription), query.subscription));
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

}  // namespace dateline::notification
