#include "services/notification/subscriptions/memory/memory_subscription_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/proto_time.h"

namespace dateline::notification {

MemorySubscriptionStore::MemorySubscriptionStore(Limits limits)
    : limits_(limits),
      log_(RealClock(), {.topics = {std::string(kSubscriptionTopic)}, .source = std::string(kEventSource)}) {}

SubscriptionRecord* MemorySubscriptionStore::Find(std::string_view name) {
  const auto found = subscriptions_.find(name);
  return found == subscriptions_.end() ? nullptr : &found->second;
}

SubscriptionRecord* MemorySubscriptionStore::Find(int64_t id) {
  for (auto& [name, record] : subscriptions_) {
    if (record.id == id) return &record;
  }
  return nullptr;
}

uint64_t MemorySubscriptionStore::CountPending(int64_t subscription) {
  return static_cast<uint64_t>(std::count_if(deliveries_.begin(), deliveries_.end(), [&](const auto& entry) {
    return entry.second.subscription == subscription && entry.second.record.state() == v1::Delivery::STATE_PENDING;
  }));
}

SubscriptionRecord MemorySubscriptionStore::Shown(const SubscriptionRecord& record) {
  SubscriptionRecord shown = record;
  shown.backlog = CountPending(record.id);
  shown.cursor_sequence = record.behind.value_or(cursor_ ? cursor_->position.sequence : 0);
  for (const auto& [id, row] : deliveries_) {
    if (row.subscription != record.id || row.record.state() != v1::Delivery::STATE_PENDING) continue;
    if (row.delivery.lane != Lane::kInOrder) continue;
    shown.cursor_sequence = row.delivery.sequence - 1;
    break;
  }
  return shown;
}

void MemorySubscriptionStore::Write(SubscriptionRecord* record) {
  ApplyStateRules(cursor_ ? cursor_->position.sequence : 0, record);
  record->version = ++version_;
}

absl::StatusOr<SubscriptionRecord> MemorySubscriptionStore::Create(SubscriptionRecord record) {
  MutexLock lock(mutex_);
  if (Find(record.settings.name()) != nullptr) return SubscriptionExists(record.settings.name());
  if (static_cast<int64_t>(subscriptions_.size()) >= limits_.subscriptions_max) {
    return TooManySubscriptions(limits_.subscriptions_max);
  }
  record.id = ++last_subscription_;
  record.version = ++version_;
  subscriptions_[record.settings.name()] = record;
  return Shown(record);
}

absl::StatusOr<SubscriptionRecord> MemorySubscriptionStore::Get(std::string_view name) {
  MutexLock lock(mutex_);
  const SubscriptionRecord* record = Find(name);
  if (record == nullptr) return SubscriptionNotFound(name);
  return Shown(*record);
}

absl::StatusOr<SubscriptionPage> MemorySubscriptionStore::List(int limit, std::string_view after) {
  MutexLock lock(mutex_);
  SubscriptionPage page;
  for (auto at = subscriptions_.upper_bound(after); at != subscriptions_.end(); ++at) {
    if (page.subscriptions.size() == static_cast<size_t>(limit)) {
      page.more = true;
      break;
    }
    page.subscriptions.push_back(Shown(at->second));
  }
  return page;
}

absl::StatusOr<SubscriptionRecord> MemorySubscriptionStore::Change(
    std::string_view name, const std::function<absl::Status(SubscriptionRecord*)>& change) {
  MutexLock lock(mutex_);
  SubscriptionRecord* record = Find(name);
  if (record == nullptr) return SubscriptionNotFound(name);
  SubscriptionRecord changed = Shown(*record);
  if (absl::Status status = change(&changed); !status.ok()) return status;
  Write(&changed);
  *record = changed;
  return changed;
}

absl::Status MemorySubscriptionStore::Delete(std::string_view name,
                                             const std::function<absl::Status(const SubscriptionRecord&)>& check) {
  MutexLock lock(mutex_);
  const SubscriptionRecord* record = Find(name);
  if (record == nullptr) return SubscriptionNotFound(name);
  if (absl::Status status = check(*record); !status.ok()) return status;
  const int64_t id = record->id;
  removals_[++version_] = id;
  std::erase_if(deliveries_, [id](const auto& entry) { return entry.second.subscription == id; });
  subscriptions_.erase(subscriptions_.find(name));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<MatchCursor>> MemorySubscriptionStore::Cursor() {
  MutexLock lock(mutex_);
  return cursor_;
}

absl::Status MemorySubscriptionStore::MoveCursor(const MatchCursor& to) {
  MutexLock lock(mutex_);
  cursor_ = to;
  for (auto& [name, record] : subscriptions_) {
    if (record.behind) record.behind = std::min(*record.behind, to.position.sequence);
  }
  return absl::OkStatus();
}

absl::StatusOr<SubscriptionChanges> MemorySubscriptionStore::Changes(uint64_t after_version) {
  MutexLock lock(mutex_);
  SubscriptionChanges changes;
  changes.version = version_;
  changes.complete =
      removals_.size() >= static_cast<size_t>(kRemovalsKept) && removals_.begin()->first > after_version + 1;
  for (const auto& [name, record] : subscriptions_) {
    if (changes.complete || record.version > after_version) changes.changed.push_back(Shown(record));
  }
  for (auto at = removals_.upper_bound(after_version); at != removals_.end(); ++at) {
    changes.removed.push_back(at->second);
  }
  return changes;
}

uint64_t MemorySubscriptionStore::version() const {
  MutexLock lock(mutex_);
  return version_;
}

bool MemorySubscriptionStore::Again(Row* row, WallTime now) {
  if (row->record.state() == v1::Delivery::STATE_PENDING) return false;
  row->record.set_state(v1::Delivery::STATE_PENDING);
  row->delivery.lane = Lane::kAside;
  row->delivery.attempt_count = 0;
  row->delivery.first_attempt.reset();
  row->delivery.next_attempt = now;
  return true;
}

bool MemorySubscriptionStore::PutDelivery(const MatchedEvent& event, int64_t subscription,
                                          const std::vector<std::string>& reasons, Lane lane, bool backfill,
                                          WallTime now) {
  for (auto& [id, row] : deliveries_) {
    if (row.subscription != subscription || row.delivery.event_id != event.event_id) continue;
    if (!backfill || !Again(&row, now)) return false;
    row.record.set_backfill(true);
    return true;
  }
  Row row;
  row.subscription = subscription;
  row.delivery = {.id = ++last_delivery_,
                  .sequence = event.sequence,
                  .event_id = event.event_id,
                  .release = event.release,
                  .payload = event.payload,
                  .lane = lane,
                  .first_attempt = std::nullopt,
                  .next_attempt = now,
                  .create_time = now,
                  .reasons = reasons};
  row.record.set_event_id(event.event_id);
  row.record.set_event_sequence(event.sequence);
  row.record.set_release(event.release);
  row.record.set_state(v1::Delivery::STATE_PENDING);
  *row.record.mutable_create_time() = ToTimestamp(now);
  row.record.mutable_match_reasons()->Assign(reasons.begin(), reasons.end());
  row.record.set_backfill(backfill);
  deliveries_[row.delivery.id] = std::move(row);
  return true;
}

void MemorySubscriptionStore::WriteMatches(const std::vector<MatchedEvent>& events, WallTime now) {
  std::set<int64_t> full;
  for (const MatchedEvent& event : events) {
    for (const MatchedEvent::Receivers& receivers : event.receivers) {
      for (const int64_t id : receivers.subscriptions) {
        SubscriptionRecord* record = Find(id);
        if (record == nullptr || full.contains(id)) continue;
        if (CountPending(id) < limits_.backlog_max) {
          PutDelivery(event, id, receivers.reasons, Lane::kInOrder, false, now);
          continue;
        }
        full.insert(id);
        record->behind = event.sequence - 1;
        Write(record);
      }
    }
  }
}

absl::Status MemorySubscriptionStore::CommitMatches(const MatchCommit& commit, WallTime now) {
  MutexLock lock(mutex_);
  if (version_ != commit.version || !cursor_ || cursor_->position != commit.from) return SubscriptionsChanged();
  WriteMatches(commit.events, now);
  cursor_ = commit.to;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SubscriptionRecord>> MemorySubscriptionStore::Behind(int limit) {
  MutexLock lock(mutex_);
  std::vector<SubscriptionRecord> behind;
  for (const auto& [name, record] : subscriptions_) {
    if (behind.size() == static_cast<size_t>(limit)) break;
    if (!record.behind || record.settings.state() != v1::Subscription::STATE_ACTIVE) continue;
    if (CountPending(record.id) <= limits_.backlog_max / 2) behind.push_back(Shown(record));
  }
  return behind;
}

absl::Status MemorySubscriptionStore::CommitCatchUp(const CatchUpCommit& commit, WallTime now) {
  MutexLock lock(mutex_);
  SubscriptionRecord* record = Find(commit.subscription);
  if (record == nullptr || record->behind != commit.from ||
      record->settings.state() != v1::Subscription::STATE_ACTIVE) {
    return SubscriptionsChanged();
  }
  WriteMatches(commit.events, now);
  if (record->behind != commit.from) return absl::OkStatus();
  record->behind = commit.to;
  if (cursor_ && commit.to >= cursor_->position.sequence) {
    record->behind.reset();
    Write(record);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> MemorySubscriptionStore::WithPending() {
  MutexLock lock(mutex_);
  std::vector<int64_t> ids;
  for (const auto& [name, record] : subscriptions_) {
    const bool active = record.settings.state() == v1::Subscription::STATE_ACTIVE;
    if (active && CountPending(record.id) > 0) ids.push_back(record.id);
  }
  return ids;
}

absl::StatusOr<PendingWork> MemorySubscriptionStore::Pending(const PendingQuery& query) {
  MutexLock lock(mutex_);
  const SubscriptionRecord* record = Find(query.subscription);
  if (record == nullptr) return SubscriptionNotFound(std::to_string(query.subscription));
  PendingWork work;
  work.subscription = Shown(*record);
  if (record->settings.state() != v1::Subscription::STATE_ACTIVE) return work;
  for (const auto& [id, row] : deliveries_) {
    if (work.deliveries.size() == static_cast<size_t>(query.limit)) break;
    if (row.subscription != query.subscription || row.delivery.lane != query.lane) continue;
    if (row.record.state() != v1::Delivery::STATE_PENDING) continue;
    if (std::find(query.except.begin(), query.except.end(), id) != query.except.end()) continue;
    if (query.due_by && row.delivery.next_attempt > *query.due_by) {
      work.next_due = std::min(work.next_due.value_or(WallTime::max()), row.delivery.next_attempt);
      continue;
    }
    work.deliveries.push_back(row.delivery);
    work.deliveries.back().backfill = row.record.backfill();
  }
  if (!work.deliveries.empty()) work.next_due.reset();
  return work;
}

void MemorySubscriptionStore::CommitAttempt(AttemptCommit commit, Done done) {
  std::optional<eventlog::NewEvent> disabled;
  {
    MutexLock lock(mutex_);
    for (const DeliveryOutcome& outcome : commit.outcomes) {
      const auto found = deliveries_.find(outcome.delivery);
      if (found == deliveries_.end() || found->second.subscription != commit.subscription) continue;
      Row& row = found->second;
      AppendAttempt(outcome.attempt, &row.record);
      if (row.record.state() == v1::Delivery::STATE_PENDING) row.record.set_state(outcome.state);
      ++row.delivery.attempt_count;
      if (!row.delivery.first_attempt) row.delivery.first_attempt = FromTimestamp(outcome.attempt.start_time());
      row.delivery.next_attempt = outcome.next_attempt;
    }
    SubscriptionRecord* record = Find(commit.subscription);
    if (record != nullptr && ApplyAttempt(commit, record)) {
      Write(record);
      disabled = DisabledEvent(*record, commit.time);
    }
  }
  done(disabled ? log_.Append(*disabled).status() : absl::OkStatus());
}

absl::StatusOr<DeliveryPage> MemorySubscriptionStore::ListDeliveries(const DeliveryQuery& query) {
  MutexLock lock(mutex_);
  const SubscriptionRecord* record = Find(query.subscription);
  if (record == nullptr) return SubscriptionNotFound(query.subscription);
  DeliveryPage page;
  int64_t last = 0;
  for (auto at = deliveries_.rbegin(); at != deliveries_.rend(); ++at) {
    const Row& row = at->second;
    if (row.subscription != record->id || (query.before && at->first >= *query.before)) continue;
    if (query.state != v1::Delivery::STATE_UNSPECIFIED && row.record.state() != query.state) continue;
    if (page.deliveries.size() == static_cast<size_t>(query.limit)) {
      page.next = last;
      break;
    }
    last = at->first;
    v1::Delivery delivery = row.record;
    delivery.set_name(DeliveryName(query.subscription, last));
    if (delivery.state() == v1::Delivery::STATE_PENDING) {
      *delivery.mutable_next_attempt_time() = ToTimestamp(row.delivery.next_attempt);
    }
    page.deliveries.push_back(std::move(delivery));
  }
  return page;
}

absl::StatusOr<int> MemorySubscriptionStore::Replay(const ReplayQuery& query, WallTime now) {
  MutexLock lock(mutex_);
  const SubscriptionRecord* record = Find(query.subscription);
  if (record == nullptr) return SubscriptionNotFound(query.subscription);
  std::vector<Row*> rows;
  for (const int64_t id : query.ids) {
    const auto found = deliveries_.find(id);
    if (found == deliveries_.end() || found->second.subscription != record->id) {
      return DeliveryNotFound(query.subscription, id);
    }
    rows.push_back(&found->second);
  }
  for (auto& [id, row] : deliveries_) {
    if (!query.ids.empty() || row.subscription != record->id) continue;
    if (row.record.state() == v1::Delivery::STATE_PENDING) continue;
    const uint64_t sequence = row.delivery.sequence;
    if (sequence >= query.start_sequence && sequence <= query.end_sequence) rows.push_back(&row);
  }
  if (rows.size() > static_cast<size_t>(query.limit)) return TooManyDeliveries(query.limit);
  return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](Row* row) { return Again(row, now); }));
}

absl::StatusOr<int> MemorySubscriptionStore::Trim(WallTime before, int limit) {
  MutexLock lock(mutex_);
  while (removals_.size() > static_cast<size_t>(kRemovalsKept)) removals_.erase(removals_.begin());
  return static_cast<int>(std::erase_if(deliveries_, [&](const auto& entry) {
    const bool finished = entry.second.record.state() != v1::Delivery::STATE_PENDING;
    return finished && entry.second.delivery.create_time < before && limit-- > 0;
  }));
}

BackfillRecord* MemorySubscriptionStore::FindBackfill(std::string_view operation) {
  const auto found = std::find_if(backfills_.begin(), backfills_.end(),
                                  [&](const BackfillRecord& record) { return record.operation == operation; });
  return found == backfills_.end() ? nullptr : &*found;
}

absl::Status MemorySubscriptionStore::AddBackfill(const BackfillRecord& record) {
  MutexLock lock(mutex_);
  backfills_.push_back(record);
  return absl::OkStatus();
}

absl::StatusOr<BackfillRecord> MemorySubscriptionStore::GetBackfill(std::string_view operation) {
  MutexLock lock(mutex_);
  const BackfillRecord* record = FindBackfill(operation);
  if (record == nullptr) return OperationNotFound(operation);
  return *record;
}

absl::StatusOr<std::vector<BackfillRecord>> MemorySubscriptionStore::ListBackfills(int limit, std::string_view after) {
  MutexLock lock(mutex_);
  std::vector<BackfillRecord> records;
  bool passed = FindBackfill(after) == nullptr;
  for (auto at = backfills_.rbegin(); at != backfills_.rend() && records.size() < static_cast<size_t>(limit); ++at) {
    if (passed) records.push_back(*at);
    passed = passed || at->operation == after;
  }
  return records;
}

absl::StatusOr<std::vector<BackfillRecord>> MemorySubscriptionStore::RunningBackfills() {
  MutexLock lock(mutex_);
  std::vector<BackfillRecord> running;
  std::copy_if(backfills_.begin(), backfills_.end(), std::back_inserter(running),
               [](const BackfillRecord& record) { return !record.done; });
  return running;
}

absl::Status MemorySubscriptionStore::CommitBackfill(const BackfillCommit& commit, WallTime now) {
  MutexLock lock(mutex_);
  BackfillRecord* record = FindBackfill(commit.from.operation);
  if (record == nullptr || record->done || record->cancelled != commit.from.cancelled ||
      record->next != commit.from.next) {
    return BackfillChanged(commit.from.operation);
  }
  *record = commit.to;
  for (const MatchedEvent& event : commit.events) {
    for (const MatchedEvent::Receivers& receivers : event.receivers) {
      for (const int64_t id : receivers.subscriptions) {
        record->delivered_count += PutDelivery(event, id, receivers.reasons, Lane::kAside, true, now) ? 1 : 0;
      }
    }
  }
  return absl::OkStatus();
}

absl::Status MemorySubscriptionStore::CancelBackfill(std::string_view operation) {
  MutexLock lock(mutex_);
  BackfillRecord* record = FindBackfill(operation);
  if (record == nullptr) return OperationNotFound(operation);
  if (!record->done) record->cancelled = true;
  return absl::OkStatus();
}

absl::Status MemorySubscriptionStore::DeleteBackfill(std::string_view operation) {
  MutexLock lock(mutex_);
  const BackfillRecord* record = FindBackfill(operation);
  if (record == nullptr) return OperationNotFound(operation);
  if (!record->done) return OperationRunning(operation);
  std::erase_if(backfills_, [&](const BackfillRecord& other) { return other.operation == operation; });
  return absl::OkStatus();
}

absl::StatusOr<StoreCounts> MemorySubscriptionStore::Count() {
  MutexLock lock(mutex_);
  StoreCounts counts;
  for (const auto& [name, record] : subscriptions_) {
    ++counts.subscriptions;
    counts.active += record.settings.state() == v1::Subscription::STATE_ACTIVE ? 1 : 0;
    counts.paused += record.settings.state() == v1::Subscription::STATE_PAUSED ? 1 : 0;
    counts.disabled += record.settings.state() == v1::Subscription::STATE_DISABLED ? 1 : 0;
    counts.behind += record.behind && record.settings.state() == v1::Subscription::STATE_ACTIVE ? 1 : 0;
    counts.backlog += static_cast<int64_t>(CountPending(record.id));
  }
  return counts;
}

}  // namespace dateline::notification
