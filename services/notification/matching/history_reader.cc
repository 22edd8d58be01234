#include "services/notification/matching/history_reader.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "services/notification/matching/release_subject.h"
#include "services/notification/start_position.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookInterval{250};
constexpr milliseconds kRetryDelay{1'000};
// Subscriptions that are caught up in one step, a page each.
constexpr int kBehindMax = 16;
// A backfill stops while so many deliveries of its subscription wait.
constexpr uint64_t kBackfillBacklogMax = 10'000;
// What a backfill may deliver at once after a rest, in seconds of its rate.
constexpr double kBurstSeconds = 2;

MatchedEvent Matched(const StreamEvent& event, int64_t subscription, std::vector<std::string> reasons) {
  MatchedEvent matched;
  matched.sequence = event.sequence();
  matched.event_id = event.envelope().id();
  matched.release = event.release().name();
  matched.payload = event.envelope().SerializeAsString();
  matched.receivers.push_back({{subscription}, std::move(reasons)});
  return matched;
}

}  // namespace

absl::StatusOr<std::optional<std::vector<std::string>>> WantsEvent(const filter::Filter& filter, EventTypeSet types,
                                                                   const StreamEventPtr& event, EventArchive& archive) {
  std::optional<std::vector<std::string>> reasons;
  if (!event->valid() || (TypeSet(event->type()) & types) == 0) return reasons;
  if (event->Decide(filter) == filter::Truth::kNo) return reasons;
  DATELINE_ASSIGN_OR_RETURN(const auto loaded, ReleaseSubject::Load(event, archive));
  if (!filter.Matches(loaded->subject())) return reasons;
  reasons = MatchReasons(loaded->subject()).Of(filter);
  return reasons;
}

HistoryReader::HistoryReader(Options options, EventArchive& archive, SubscriptionStore& store, const Leases& leases,
                             Notify notify, const Clock& clock)
    : options_(options), archive_(archive), store_(store), leases_(leases), notify_(std::move(notify)), clock_(clock) {}

HistoryReader::~HistoryReader() {
  Stop();
}

void HistoryReader::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "history");
    Run();
  });
}

void HistoryReader::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void HistoryReader::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  wake_.NotifyAll();
}

void HistoryReader::Run() {
  while (true) {
    const absl::StatusOr<bool> more = Step();
    if (!more.ok()) log::Warn("history_read_failed", {{"error", more.status()}});
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (more.ok() && (*more || std::exchange(woken_, false))) continue;
    wake_.WaitFor(mutex_, more.ok() ? kLookInterval : kRetryDelay);
    woken_ = false;
  }
}

absl::StatusOr<bool> HistoryReader::Step() {
  if (!leases_.Leads()) return false;
  const bool trims = Trim();
  DATELINE_ASSIGN_OR_RETURN(const bool behind, CatchUp());
  DATELINE_ASSIGN_OR_RETURN(const bool backfills, Backfill());
  return trims || behind || backfills;
}

bool HistoryReader::Trim() {
  const MonotonicTime now = clock_.Monotonic();
  if (trimmed_ && now - *trimmed_ < options_.trim_interval) return false;
  trimmed_ = now;
  const WallTime time = clock_.Now();
  const auto trimmed = store_.Trim(time - options_.retention, options_.trim_max);
  const auto events = store_.events().Trim({.topic = std::string(kSubscriptionTopic),
                                            .before = time - options_.event_retention,
                                            .hard_before = time - options_.event_retention_hard});
  for (const absl::Status& status : {trimmed.status(), events.status()}) {
    if (!status.ok()) log::Warn("trim_failed", {{"error", status}});
  }
  // As many as are allowed: others are as old.
  const bool more = trimmed.ok() && *trimmed >= options_.trim_max;
  if (more) trimmed_.reset();
  return more;
}

absl::StatusOr<bool> HistoryReader::CatchUp() {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<SubscriptionRecord> behind, store_.Behind(kBehindMax));
  if (behind.empty()) return false;
  DATELINE_ASSIGN_OR_RETURN(const std::optional<MatchCursor> cursor, store_.Cursor());
  if (!cursor) return false;
  bool more = false;
  for (const SubscriptionRecord& record : behind) {
    const absl::Status step = CatchUpOne(record, *cursor);
    // Another life of the log: the matcher finds where to go on. A changed subscription: the next step sees it.
    if (ErrorReason(step) == "EPOCH_CHANGED") continue;
    if (ErrorReason(step) != kReasonSubscriptionsChanged) DATELINE_RETURN_IF_ERROR(step);
    more = true;
  }
  return more;
}

absl::Status HistoryReader::CatchUpOne(const SubscriptionRecord& record, const MatchCursor& cursor) {
  CatchUpCommit commit;
  commit.subscription = record.id;
  commit.from = *record.behind;
  commit.to = commit.from;
  if (commit.from < cursor.position.sequence) {
    const auto limit =
        static_cast<uint32_t>(std::min<uint64_t>(options_.page_events, cursor.position.sequence - commit.from));
    const auto entries = archive_.ReadEvents({cursor.position.epoch, commit.from}, limit);
    if (ErrorReason(entries.status()) == "EVENTS_TRIMMED") {
      DATELINE_ASSIGN_OR_RETURN(const StreamPosition earliest, FindEarliest(archive_));
      commit.to = std::min(earliest.sequence, cursor.position.sequence);
      log::Error("events_missed", {{"subscription", record.settings.name()}, {"events", commit.to - commit.from}});
      return store_.CommitCatchUp(commit, clock_.Now());
    }
    if (!entries.ok()) return entries.status();
    DATELINE_ASSIGN_OR_RETURN(const filter::Filter filter, filter::Compile(record.settings.filter()));
    for (const EventArchive::Entry& entry : *entries) {
      const auto event =
          std::make_shared<const StreamEvent>(cursor.position.epoch, entry.sequence, entry.payload, clock_.Now());
      DATELINE_ASSIGN_OR_RETURN(auto wanted,
                                WantsEvent(filter, WantedTypes(record.settings.event_types()), event, archive_));
      if (wanted) commit.events.push_back(Matched(*event, record.id, *std::move(wanted)));
      commit.to = entry.sequence;
    }
  }
  DATELINE_RETURN_IF_ERROR(store_.CommitCatchUp(commit, clock_.Now()));
  if (!commit.events.empty()) notify_({record.id});
  return absl::OkStatus();
}

absl::StatusOr<bool> HistoryReader::Backfill() {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<BackfillRecord> running, store_.RunningBackfills());
  bool more = false;
  for (const BackfillRecord& record : running) {
    const absl::StatusOr<bool> step = BackfillOne(record);
    if (ErrorReason(step.status()) == "BACKFILL_CHANGED") {
      more = true;
      continue;
    }
    DATELINE_RETURN_IF_ERROR(step.status());
    more = more || *step;
  }
  if (running.empty()) allowances_.clear();
  return more;
}

absl::StatusOr<bool> HistoryReader::BackfillOne(const BackfillRecord& record) {
  BackfillCommit commit{.from = record, .to = record, .events = {}};
  const auto finish = [&](std::string_view reason, std::string_view message) -> absl::StatusOr<bool> {
    commit.to.done = true;
    commit.to.error_reason = std::string(reason);
    commit.to.error_message = std::string(message);
    DATELINE_RETURN_IF_ERROR(store_.CommitBackfill(commit, clock_.Now()));
    return true;
  };
  if (record.cancelled) return finish("CANCELLED", "the backfill was cancelled; what it had delivered stays");
  const auto subscription = store_.Get(record.subscription_name);
  if (absl::IsNotFound(subscription.status()) || (subscription.ok() && subscription->id != record.subscription)) {
    return finish("SUBSCRIPTION_NOT_FOUND", "the subscription was removed");
  }
  if (!subscription.ok()) return subscription.status();
  if (record.next.sequence >= record.end_sequence) return finish("", "");
  if (subscription->backlog >= kBackfillBacklogMax) return false;
  Allowance& allowance = allowances_[record.operation];
  const MonotonicTime now = clock_.Monotonic();
  const double per_second = record.max_per_minute / 60.0;
  const bool first = allowance.at == MonotonicTime();
  const double earned = first ? 1.0 : std::chrono::duration<double>(now - allowance.at).count() * per_second;
  allowance.deliveries = std::min(allowance.deliveries + earned, std::max(1.0, per_second * kBurstSeconds));
  allowance.at = now;
  if (allowance.deliveries < 1) return false;
  const absl::Status page = BackfillPage(*subscription, record, &allowance, &commit);
  if (ErrorReason(page) == "EPOCH_CHANGED") {
    return finish("EPOCH_CHANGED", "the log began anew meanwhile; begin another backfill");
  }
  DATELINE_RETURN_IF_ERROR(page);
  if (commit.to.next.sequence >= record.end_sequence) commit.to.done = true;
  DATELINE_RETURN_IF_ERROR(store_.CommitBackfill(commit, clock_.Now()));
  if (!commit.events.empty()) notify_({subscription->id});
  return true;
}

absl::Status HistoryReader::BackfillPage(const SubscriptionRecord& subscription, const BackfillRecord& record,
                                         Allowance* allowance, BackfillCommit* commit) {
  const auto limit =
      static_cast<uint32_t>(std::min<uint64_t>(options_.page_events, record.end_sequence - record.next.sequence));
  const auto entries = archive_.ReadEvents(record.next, limit);
  if (ErrorReason(entries.status()) == "EVENTS_TRIMMED") {
    DATELINE_ASSIGN_OR_RETURN(const StreamPosition earliest, FindEarliest(archive_));
    commit->to.next.sequence = std::min(earliest.sequence, record.end_sequence);
    return absl::OkStatus();
  }
  if (!entries.ok()) return entries.status();
  // The log ends before the place that was its head: it was set back.
  if (entries->empty()) commit->to.next.sequence = record.end_sequence;
  DATELINE_ASSIGN_OR_RETURN(const filter::Filter filter, filter::Compile(subscription.settings.filter()));
  for (const EventArchive::Entry& entry : *entries) {
    if (allowance->deliveries < 1) break;
    const auto event =
        std::make_shared<const StreamEvent>(record.next.epoch, entry.sequence, entry.payload, clock_.Now());
    DATELINE_ASSIGN_OR_RETURN(auto wanted,
                              WantsEvent(filter, WantedTypes(subscription.settings.event_types()), event, archive_));
    if (wanted) {
      commit->events.push_back(Matched(*event, subscription.id, *std::move(wanted)));
      allowance->deliveries -= 1;
    }
    commit->to.next.sequence = entry.sequence;
    ++commit->to.read_count;
  }
  return absl::OkStatus();
}

}  // namespace dateline::notification
