#include "services/notification/matching/matcher.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "services/notification/matching/release_subject.h"
#include "services/notification/start_position.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWakeMax{1'000};
constexpr milliseconds kRetryMin{100};
constexpr milliseconds kRetryMax{5'000};

}  // namespace

Matcher::Matcher(Options options, const EventRing& ring, EventArchive& archive, SubscriptionStore& store,
                 const Leases& leases, Notify notify, const Clock& clock)
    : options_(options),
      ring_(ring),
      archive_(archive),
      store_(store),
      leases_(leases),
      notify_(std::move(notify)),
      clock_(clock) {}

Matcher::~Matcher() {
  Stop();
}

void Matcher::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "matcher");
    Run();
  });
}

void Matcher::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Matcher::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  wake_.NotifyAll();
}

Matcher::Stats Matcher::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

void Matcher::Run() {
  milliseconds delay = kRetryMin;
  while (true) {
    const absl::StatusOr<bool> more = Step();
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (more.ok()) {
      delay = kRetryMin;
      if (*more || std::exchange(woken_, false)) continue;
      wake_.WaitFor(mutex_, kWakeMax);
      woken_ = false;
      continue;
    }
    ++stats_.failures;
    log::Warn("match_failed", {{"error", more.status()}, {"cursor", cursor_ ? cursor_->position.sequence : 0}});
    wake_.WaitFor(mutex_, delay);
    delay = std::min(delay * 2, kRetryMax);
  }
}

absl::Status Matcher::Follow() {
  // Events wake it much oftener.
  const MonotonicTime now = clock_.Monotonic();
  if (followed_ && now - *followed_ < kWakeMax) return absl::OkStatus();
  followed_ = now;
  DATELINE_ASSIGN_OR_RETURN(const std::optional<MatchCursor> cursor, store_.Cursor());
  if (!cursor) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(SyncIndex());
  MutexLock lock(mutex_);
  stats_.cursor = cursor->position.sequence;
  return absl::OkStatus();
}

absl::StatusOr<bool> Matcher::Step() {
  if (!leases_.Leads()) {
    DATELINE_RETURN_IF_ERROR(Follow());
    return false;
  }
  if (followed_) cursor_.reset();  // It begins to lead.
  followed_.reset();
  DATELINE_RETURN_IF_ERROR(FindCursor());
  if (!cursor_) return false;
  DATELINE_RETURN_IF_ERROR(SyncIndex());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<StreamEventPtr> events, NextEvents());
  if (events.empty()) return false;
  MatchCommit commit;
  commit.version = version_;
  commit.from = cursor_->position;
  const StreamEvent& last = *events.back();
  commit.to = {{last.epoch(), last.sequence()}, last.valid() ? last.time() : cursor_->event_time};
  uint64_t deliveries = 0;
  for (const StreamEventPtr& event : events) {
    DATELINE_ASSIGN_OR_RETURN(MatchedEvent matched, MatchOne(event));
    if (matched.receivers.empty()) continue;
    for (const MatchedEvent::Receivers& receivers : matched.receivers) deliveries += receivers.subscriptions.size();
    commit.events.push_back(std::move(matched));
  }
  const absl::Status written = store_.CommitMatches(commit, clock_.Now());
  if (ErrorReason(written) == kReasonSubscriptionsChanged) {
    cursor_.reset();  // Another may have moved it too.
    synced_ = false;
    MutexLock lock(mutex_);
    ++stats_.again;
    return true;
  }
  DATELINE_RETURN_IF_ERROR(written);
  cursor_ = commit.to;
  notify_(ReceiversOf(commit.events));
  MutexLock lock(mutex_);
  stats_.events += events.size();
  stats_.deliveries += deliveries;
  stats_.cursor = cursor_->position.sequence;
  return true;
}

absl::Status Matcher::FindCursor() {
  if (cursor_) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(cursor_, store_.Cursor());
  if (cursor_) return absl::OkStatus();
  // The first start: subscriptions begin with the next event.
  const auto head = ring_.head();
  if (!head) return absl::OkStatus();
  const MatchCursor begin{*head, clock_.Now()};
  DATELINE_RETURN_IF_ERROR(store_.MoveCursor(begin));
  cursor_ = begin;
  return absl::OkStatus();
}

absl::Status Matcher::MoveTo(const StreamPosition& position, const char* cause) {
  const MatchCursor to{position, cursor_->event_time};
  log::Warn("match_cursor_moved", {{"cause", cause},
                                   {"from_sequence", cursor_->position.sequence},
                                   {"from_epoch", EpochToHex(cursor_->position.epoch)},
                                   {"to_sequence", position.sequence},
                                   {"to_epoch", EpochToHex(position.epoch)}});
  DATELINE_RETURN_IF_ERROR(store_.MoveCursor(to));
  cursor_ = to;
  return absl::OkStatus();
}

absl::Status Matcher::SyncIndex() {
  if (synced_ && store_.version() == version_) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionChanges changes, store_.Changes(version_));
  if (changes.complete) index_.Clear();
  for (const int64_t id : changes.removed) index_.Remove(id);
  for (const SubscriptionRecord& record : changes.changed) {
    if (!record.live()) {
      index_.Remove(record.id);
      continue;
    }
    const absl::Status put =
        index_.Put(record.id, record.settings.filter(), WantedTypes(record.settings.event_types()));
    // It was checked when it was taken; an older program may have understood what this one does not.
    if (!put.ok()) log::Error("filter_unreadable", {{"subscription", record.settings.name()}, {"error", put}});
  }
  version_ = changes.version;
  synced_ = true;
  MutexLock lock(mutex_);
  stats_.subscriptions = index_.size().subscriptions;
  stats_.filters = index_.size().filters;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StreamEventPtr>> Matcher::NextEvents() {
  std::vector<StreamEventPtr> events;
  if (!ring_.head()) return events;  // The log has not been reached yet.
  StreamPosition position = cursor_->position;
  while (events.size() < options_.batch_events) {
    EventRing::Next next = ring_.After(position);
    switch (next.kind) {
      case EventRing::Next::Kind::kEvent:
        position.sequence = next.event->sequence();
        events.push_back(std::move(next.event));
        continue;
      case EventRing::Next::Kind::kCaughtUp:
        return events;
      case EventRing::Next::Kind::kOlder:
        if (!events.empty()) return events;
        return ReadOlder();
      case EventRing::Next::Kind::kForeignEpoch:
      case EventRing::Next::Kind::kBeyondHead: {
        if (!events.empty()) return events;
        DATELINE_ASSIGN_OR_RETURN(const StreamPosition found,
                                  FindTime(archive_, cursor_->event_time + std::chrono::microseconds(1)));
        DATELINE_RETURN_IF_ERROR(MoveTo(found, "log_began_anew"));
        return events;  // The ring follows, if it has not yet.
      }
    }
  }
  return events;
}

absl::StatusOr<std::vector<StreamEventPtr>> Matcher::ReadOlder() {
  auto entries = archive_.ReadEvents(cursor_->position, static_cast<uint32_t>(options_.batch_events));
  if (ErrorReason(entries.status()) == "EVENTS_TRIMMED") {
    DATELINE_ASSIGN_OR_RETURN(const StreamPosition earliest, FindEarliest(archive_));
    {
      MutexLock lock(mutex_);
      stats_.missed += earliest.sequence - std::min(cursor_->position.sequence, earliest.sequence);
    }
    DATELINE_RETURN_IF_ERROR(MoveTo(earliest, "events_trimmed"));
    entries = archive_.ReadEvents(cursor_->position, static_cast<uint32_t>(options_.batch_events));
  }
  if (!entries.ok()) return entries.status();
  std::vector<StreamEventPtr> events;
  for (const EventArchive::Entry& entry : *entries) {
    events.push_back(
        std::make_shared<const StreamEvent>(cursor_->position.epoch, entry.sequence, entry.payload, clock_.Now()));
  }
  return events;
}

absl::StatusOr<MatchedEvent> Matcher::MatchOne(const StreamEventPtr& event) {
  MatchedEvent matched;
  const EventTypeSet type = TypeSet(event->type());
  if (!event->valid() || type == 0 || index_.size().subscriptions == 0) return matched;
  DATELINE_ASSIGN_OR_RETURN(const auto loaded, ReleaseSubject::Load(event, archive_));
  MatchReasons reasons(loaded->subject());
  for (const FilterIndex::Match& match : index_.Find(loaded->subject(), type)) {
    DATELINE_ASSIGN_OR_RETURN(const filter::Filter filter, filter::Compile(match.filter()));
    matched.receivers.push_back({{match.subscriptions().begin(), match.subscriptions().end()}, reasons.Of(filter)});
  }
  if (matched.receivers.empty()) return matched;
  matched.sequence = event->sequence();
  matched.event_id = event->envelope().id();
  matched.release = event->release().name();
  matched.payload = event->envelope().SerializeAsString();
  return matched;
}

}  // namespace dateline::notification
