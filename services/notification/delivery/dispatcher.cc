#include "services/notification/delivery/dispatcher.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "services/notification/delivery/delivery_window.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

// The longest wait without a look at the clock, so that one that is moved by hand is noticed.
constexpr milliseconds kWakeMax{500};
// A line whose attempt failed rests at most so long before something else of it is tried.
constexpr milliseconds kRestMax{60'000};
// After a write that failed.
constexpr milliseconds kStoreRest{1'000};
// Deliveries that are read ahead for one line.
constexpr int kAhead = 32;
// Attempts of one line whose outcome is being written. A process that dies repeats them.
constexpr size_t kUnrecordedMax = 64;
// How much of the schedule has to have failed without one success for a subscription to be disabled.
constexpr double kPersistentPart = 0.9;

}  // namespace

Channel* Channels::For(const v1::Subscription& subscription) const {
  switch (subscription.channel_case()) {
    case v1::Subscription::kWebhook:
      return webhook;
    case v1::Subscription::kEmail:
      return email;
    case v1::Subscription::kNats:
      return nats;
    case v1::Subscription::CHANNEL_NOT_SET:
      break;
  }
  return nullptr;
}

// What is known of one subscription while it has something to deliver.
struct Dispatcher::Line {
  size_t requests = 0;                 // Attempts under way.
  std::set<int64_t> under_way;         // Their deliveries, and those whose outcome is being written.
  std::optional<WallTime> rest_until;  // Nothing begins before.
  std::optional<WallTime> armed;       // When its timer is due.
  bool waiting = false;                // Stands in waiting_.
  bool held = false;                   // Until some outcomes are written.
  // As it was read; good while the store's version is this one, and no attempt has changed it.
  std::optional<SubscriptionRecord> subscription;
  uint64_t version = 0;
  std::deque<PendingDelivery> ahead[2];  // What comes next, by lane.

  void Forget() {
    subscription.reset();
    for (auto& lane : ahead) lane.clear();
  }
  // Whether nothing waits besides what is known.
  bool KnowsAll() const { return subscription->backlog <= under_way.size() + ahead[0].size() + ahead[1].size(); }
};

// An attempt that came back, or one whose outcome is recorded.
struct Dispatcher::Finished {
  int64_t subscription = 0;
  std::shared_ptr<const SendRequest> request;  // Shared with the channel's callback.
  SendResult result;
  Leases::Grant grant;
  WallTime started;
  std::chrono::nanoseconds duration{0};
  bool failing = false;   // Counted among those that fail.
  bool made_way = false;  // Not among the line's requests any more.
  bool recorded = false;
  milliseconds rest{0};
};

Dispatcher::Dispatcher(Options options, SubscriptionStore& store, Leases& leases, Channels channels,
                       DeliveryObserver& observer, const Clock& clock, Random random)
    : options_(std::move(options)),
      store_(store),
      leases_(leases),
      channels_(channels),
      observer_(observer),
      clock_(clock),
      random_(std::move(random)) {}

Dispatcher::~Dispatcher() {
  Stop();
}

void Dispatcher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Dispatcher::Drain(milliseconds limit) {
  const MonotonicTime deadline = clock_.Monotonic() + limit;
  MutexLock lock(mutex_);
  draining_ = true;
  while (stats_.in_flight > 0) {
    const auto left = deadline - clock_.Monotonic();
    if (left.count() <= 0 || !settled_.WaitFor(mutex_, left)) return;
  }
}

void Dispatcher::Stop() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Dispatcher::Notify(const std::vector<int64_t>& subscriptions) {
  if (subscriptions.empty()) return;
  MutexLock lock(mutex_);
  ready_.insert(ready_.end(), subscriptions.begin(), subscriptions.end());
  wake_.NotifyAll();
}

Dispatcher::Stats Dispatcher::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

void Dispatcher::LookAgain() {
  MutexLock lock(mutex_);
  look_at_ = clock_.Monotonic();
  wake_.NotifyAll();
}

void Dispatcher::Run() {
  LookAgain();
  std::vector<int64_t> ready;
  std::vector<Finished> finished;
  while (Collect(&ready, &finished)) {
    for (Finished& one : finished) Finish(std::move(one));
    for (const int64_t id : ready) Advance(id);
    MutexLock lock(mutex_);
    stats_.lines = lines_.size();
    stats_.waiting = waiting_.size() + waiting_failing_.size();
  }
}

void Dispatcher::Look() {
  auto pending = store_.WithPending();
  if (!pending.ok()) {
    observer_.OnStoreFailed(pending.status());
    MutexLock lock(mutex_);
    look_at_ = clock_.Monotonic() + kStoreRest;
    return;
  }
  std::erase_if(*pending, [this](int64_t id) { return !leases_.Holds(id); });
  Notify(*pending);
}

bool Dispatcher::Collect(std::vector<int64_t>* ready, std::vector<Finished>* finished) {
  ready->clear();
  finished->clear();
  bool look = false;
  {
    MutexLock lock(mutex_);
    look = look_at_ && *look_at_ <= clock_.Monotonic();
    if (look) look_at_.reset();
  }
  if (look) Look();
  MutexLock lock(mutex_);
  while (!stopping_) {
    const WallTime now = clock_.Now();
    while (!timers_.empty() && timers_.top().at <= now) {
      ready_.push_back(timers_.top().subscription);
      timers_.pop();
    }
    if (!ready_.empty() || !finished_.empty()) {
      std::set<int64_t> once(ready_.begin(), ready_.end());
      ready->assign(once.begin(), once.end());
      ready_.clear();
      finished->swap(finished_);
      return true;
    }
    if (look_at_ && *look_at_ <= clock_.Monotonic()) return true;
    std::chrono::nanoseconds wait = kWakeMax;
    if (!timers_.empty()) wait = std::min<std::chrono::nanoseconds>(wait, timers_.top().at - now);
    wake_.WaitFor(mutex_, wait);
  }
  return false;
}

void Dispatcher::Arm(int64_t id, WallTime at) {
  Line& line = lines_[id];
  const WallTime now = clock_.Now();
  if (line.armed && *line.armed <= at && *line.armed > now) return;
  line.armed = at;
  MutexLock lock(mutex_);
  timers_.push({at, id});
}

void Dispatcher::Advance(int64_t id) {
  if (!leases_.Holds(id)) {
    // Whoever holds it finds what waits in the store.
    const auto found = lines_.find(id);
    if (found == lines_.end()) return;
    found->second.Forget();
    if (found->second.under_way.empty() && !found->second.waiting) lines_.erase(found);
    return;
  }
  Line& line = lines_[id];
  if (line.armed && *line.armed <= clock_.Now()) line.armed.reset();
  if (line.rest_until && *line.rest_until > clock_.Now()) return Arm(id, *line.rest_until);
  line.rest_until.reset();
  while (Begin(id, &line, Lane::kInOrder)) {
  }
  while (Begin(id, &line, Lane::kAside)) {
  }
  if (line.under_way.empty() && !line.armed && !line.waiting) lines_.erase(id);
}

bool Dispatcher::HasRoom(const Line& line, bool failing) {
  MutexLock lock(mutex_);
  if (draining_ || stats_.in_flight >= options_.in_flight_max) return false;
  return !failing || line.requests > 0 || failing_in_flight_ < options_.in_flight_max / 2;
}

bool Dispatcher::HasHand(const Line& line) const {
  // A receiver that fails is asked with one request at a time.
  if (line.subscription->failing_since) return line.requests == 0;
  const Channel* const channel = channels_.For(line.subscription->settings);
  return channel != nullptr && line.requests < channel->ConcurrencyMax(*line.subscription);
}

bool Dispatcher::ReadAhead(int64_t id, Line* line, Lane lane) {
  std::deque<PendingDelivery>& ahead = line->ahead[static_cast<size_t>(lane)];
  const uint64_t version = store_.version();
  if (version != line->version) line->Forget();
  if (!ahead.empty()) return true;
  // The lane in order was looked at just now, and with it how many wait at all.
  if (lane == Lane::kAside && line->subscription && line->KnowsAll()) return false;
  PendingQuery query{.subscription = id, .lane = lane, .limit = kAhead};
  if (lane == Lane::kAside) query.due_by = clock_.Now();
  query.except.assign(line->under_way.begin(), line->under_way.end());
  while (true) {
    auto work = store_.Pending(query);
    if (!work.ok()) {
      line->Forget();
      if (absl::IsNotFound(work.status())) return false;
      observer_.OnStoreFailed(work.status());
      Arm(id, clock_.Now() + kStoreRest);
      return false;
    }
    Channel* const channel = channels_.For(work->subscription.settings);
    if (channel == nullptr) return false;
    const auto batch_max = static_cast<int>(channel->BatchMax(work->subscription));
    const bool in_order = lane == Lane::kInOrder && channel->ConcurrencyMax(work->subscription) == 1;
    // The settings, which this read has brought, say how the lane has to be asked.
    if (query.limit < batch_max || in_order == query.due_by.has_value()) {
      query.limit = std::max(query.limit, batch_max);
      query.due_by = in_order ? std::nullopt : std::optional(clock_.Now());
      continue;
    }
    if (work->next_due) Arm(id, *work->next_due);
    line->version = version;
    line->subscription = std::move(work->subscription);
    ahead.assign(std::make_move_iterator(work->deliveries.begin()), std::make_move_iterator(work->deliveries.end()));
    return !ahead.empty();
  }
}

bool Dispatcher::Begin(int64_t id, Line* line, Lane lane) {
  // Whoever has its hands full is not asked for more.
  if (line->subscription && line->version == store_.version() && !HasHand(*line)) return false;
  if (!ReadAhead(id, line, lane) || !HasHand(*line)) return false;
  const SubscriptionRecord& subscription = *line->subscription;
  Channel& channel = *channels_.For(subscription.settings);
  const bool failing = subscription.failing_since.has_value();
  line->held = line->under_way.size() >= line->requests * channel.BatchMax(subscription) + kUnrecordedMax;
  if (line->held) return false;
  if (!HasRoom(*line, failing)) {
    if (!line->waiting) (failing ? waiting_failing_ : waiting_).push_back(id);
    line->waiting = true;
    return false;
  }
  std::vector<PendingDelivery> chosen = Choose(id, line, lane, std::max<size_t>(channel.BatchMax(subscription), 1));
  if (chosen.empty()) {
    // Something else may come to stand before it or beside it until it is due.
    line->ahead[static_cast<size_t>(lane)].clear();
    return false;
  }
  return Send(id, line, channel, std::move(chosen));
}

std::vector<PendingDelivery> Dispatcher::Choose(int64_t id, Line* line, Lane lane, size_t batch_max) {
  const WallTime now = clock_.Now();
  std::deque<PendingDelivery>& ahead = line->ahead[static_cast<size_t>(lane)];
  std::vector<PendingDelivery> chosen;
  while (!ahead.empty() && chosen.size() < batch_max) {
    PendingDelivery& delivery = ahead.front();
    const WallTime at =
        std::max(delivery.next_attempt, EarliestDelivery(line->subscription->settings, delivery.create_time, now));
    if (at > now) {
      // What follows in its order waits behind it.
      if (chosen.empty()) Arm(id, at);
      break;
    }
    chosen.push_back(std::move(delivery));
    ahead.pop_front();
  }
  return chosen;
}

bool Dispatcher::Send(int64_t id, Line* line, Channel& channel, std::vector<PendingDelivery> deliveries) {
  const std::optional<Leases::Grant> grant = leases_.Begin(id);
  if (!grant) {
    line->Forget();
    return false;
  }
  auto request = std::make_shared<SendRequest>();
  request->subscription = *line->subscription;
  request->deliveries = std::move(deliveries);
  Finished finished;
  finished.subscription = id;
  finished.request = request;
  finished.grant = *grant;
  finished.failing = request->subscription.failing_since.has_value();
  finished.started = clock_.Now();
  ++line->requests;
  for (const PendingDelivery& delivery : request->deliveries) line->under_way.insert(delivery.id);
  {
    MutexLock lock(mutex_);
    ++stats_.in_flight;
    if (finished.failing) ++failing_in_flight_;
  }
  const MonotonicTime begin = clock_.Monotonic();
  channel.Send(*request, [this, begin, finished = std::move(finished)](SendResult result) mutable {
    finished.result = std::move(result);
    finished.duration = clock_.Monotonic() - begin;
    MutexLock lock(mutex_);
    finished_.push_back(std::move(finished));
    wake_.NotifyAll();
  });
  return true;
}

AttemptCommit Dispatcher::Judge(const Finished& finished) {
  const SendResult& result = finished.result;
  const SubscriptionRecord& subscription = finished.request->subscription;
  AttemptCommit commit;
  commit.subscription = finished.subscription;
  commit.fence = finished.grant.fence;
  commit.time = finished.started;
  commit.succeeded = result.kind == SendResult::Kind::kDelivered;
  if (result.kind == SendResult::Kind::kGone) commit.disable_cause = result.error;
  const WallTime now = clock_.Now();
  for (const PendingDelivery& delivery : finished.request->deliveries) {
    DeliveryOutcome& outcome = commit.outcomes.emplace_back();
    outcome.delivery = delivery.id;
    outcome.next_attempt = now;
    *outcome.attempt.mutable_start_time() = ToTimestamp(finished.started);
    *outcome.attempt.mutable_duration() = ToDuration(std::chrono::duration_cast<milliseconds>(finished.duration));
    outcome.attempt.set_http_status(result.http_status);
    outcome.attempt.set_error(result.error);
    outcome.attempt.set_response_snippet(result.snippet);
    if (commit.succeeded) {
      outcome.state = v1::Delivery::STATE_SUCCEEDED;
      continue;
    }
    if (result.kind == SendResult::Kind::kGone) continue;  // It waits for whoever mends the subscription.
    const WallTime first = delivery.first_attempt.value_or(finished.started);
    const auto next =
        NextAttempt(options_.retry, delivery.attempt_count + 1, first, now, random_(), result.retry_after);
    if (next) {
      outcome.next_attempt = *next;
      continue;
    }
    outcome.state = v1::Delivery::STATE_FAILED;
    observer_.OnGivenUp(subscription, delivery);
    const auto whole = options_.retry.offsets.empty() ? milliseconds(0) : options_.retry.offsets.back();
    const WallTime since = subscription.failing_since.value_or(finished.started);
    if (static_cast<double>((now - since).count()) >=
        kPersistentPart * static_cast<double>(std::chrono::nanoseconds(whole).count())) {
      commit.disable_cause = fmt::format("every attempt has failed since {}; the last one: {}",
                                         google::protobuf::util::TimeUtil::ToString(ToTimestamp(since)), result.error);
    }
  }
  return commit;
}

void Dispatcher::Finish(Finished finished) {
  if (finished.recorded || finished.result.kind == SendResult::Kind::kCancelled) return Settle(std::move(finished));
  observer_.OnAttempt(*finished.request, finished.result, finished.duration);
  AttemptCommit commit = Judge(finished);
  if (!commit.disable_cause.empty()) observer_.OnDisabled(finished.request->subscription, commit.disable_cause);
  const int64_t id = finished.subscription;
  // A receiver that has failed so far is written down as well again first; so is one that fails now.
  const bool smooth = commit.succeeded && !finished.failing;
  if (smooth) {
    MakeWay(&finished);
  } else if (!commit.succeeded) {
    const auto until_next =
        std::chrono::duration_cast<milliseconds>(commit.outcomes.front().next_attempt - clock_.Now());
    finished.rest =
        std::clamp(until_next, milliseconds(0), std::max(finished.result.retry_after.value_or(kRestMax), kRestMax));
  }
  store_.CommitAttempt(std::move(commit), [this, finished = std::move(finished)](const absl::Status& status) mutable {
    finished.recorded = true;
    if (ErrorReason(status) == kReasonLeaseLost) {
      observer_.OnLeaseLost(finished.request->subscription);
    } else if (!status.ok()) {
      observer_.OnStoreFailed(status);
      finished.rest = std::max(finished.rest, kStoreRest);
    }
    MutexLock lock(mutex_);
    finished_.push_back(std::move(finished));
    wake_.NotifyAll();
  });
  if (smooth) Advance(id);
}

void Dispatcher::MakeWay(Finished* finished) {
  finished->made_way = true;
  --lines_[finished->subscription].requests;
}

void Dispatcher::Settle(Finished finished) {
  const int64_t id = finished.subscription;
  leases_.End(id);
  if (!finished.made_way) MakeWay(&finished);
  Line& line = lines_[id];
  for (const PendingDelivery& delivery : finished.request->deliveries) line.under_way.erase(delivery.id);
  const bool smooth = finished.recorded && finished.result.kind == SendResult::Kind::kDelivered && !finished.failing &&
                      finished.rest.count() == 0;
  // Anything else has changed what the store says of it.
  if (!smooth) line.Forget();
  if (finished.rest.count() > 0) line.rest_until = clock_.Now() + finished.rest;
  std::deque<int64_t> next;
  // One that went smoothly has made way already.
  if (!smooth || line.held) {
    next.push_back(id);
  } else if (line.under_way.empty() && !line.armed && !line.waiting) {
    lines_.erase(id);
  }
  for (std::deque<int64_t>* queue : {&waiting_, &waiting_failing_}) {
    if (queue->empty()) continue;
    lines_[queue->front()].waiting = false;
    next.push_back(queue->front());
    queue->pop_front();
  }
  MutexLock lock(mutex_);
  --stats_.in_flight;
  if (finished.failing) --failing_in_flight_;
  ready_.insert(ready_.end(), next.begin(), next.end());
  settled_.NotifyAll();
}

}  // namespace dateline::notification
