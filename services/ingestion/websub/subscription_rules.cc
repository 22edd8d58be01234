#include "services/ingestion/websub/subscription_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/text/utf8.h"
#include "common/url/percent.h"
#include "common/url/url.h"

namespace dateline::ingestion {
namespace {

using state::SubscriptionState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kUriBytesMax = 2'048;
constexpr size_t kCauseBytesMax = 300;
// A hub that has not verified or answered is asked again after this, doubled each time.
constexpr milliseconds kAskAgain = hours(1);
constexpr milliseconds kAskAgainMax = hours(24);
constexpr hours kAfterDenial{24 * 7};
// The lease of a hub that we leave ends by itself, so it is told a few times only.
constexpr uint32_t kGoodbyesMax = 3;
// Leases that a hub may give: a shorter one would have us ask all the time.
constexpr seconds kLeaseMin{300};
constexpr hours kLeaseMax{24 * 90};

bool IsHttpUri(const std::string& uri) {
  if (uri.empty() || uri.size() > kUriBytesMax) return false;
  const auto parsed = url::Parse(uri);
  return parsed.ok() && parsed->IsHttp() && !parsed->HasCredentials();
}

bool Wants(const SourceRecord& source) {
  return source.state.subscribe() && source.source.state() == v1::Source::STATE_ACTIVE &&
         source.source.health() != v1::Source::HEALTH_GONE && IsHttpUri(source.state.hub()) &&
         IsHttpUri(source.state.topic());
}

milliseconds WaitAfter(uint32_t attempts) {
  milliseconds wait = kAskAgain;
  for (uint32_t i = 1; i < attempts && wait < kAskAgainMax; ++i) wait *= 2;
  return std::min(wait, kAskAgainMax);
}

std::string Short(std::string_view text) {
  return text::ReplaceInvalidUtf8(text::TruncateUtf8(text::CollapseSpace(text), kCauseBytesMax));
}

void Leave(SubscriptionRecord* subscription, WallTime now) {
  SubscriptionState& state = subscription->state;
  // A hub that never heard of it, or wants nothing of it, need not be told.
  const bool known_there = state.asked_us() != 0 && state.phase() != SubscriptionState::PHASE_DENIED;
  subscription->ended = !known_there;
  state.set_phase(SubscriptionState::PHASE_LEAVING);
  state.set_attempts(0);
  subscription->due = now;
}

SubscriptionRecord NewSubscription(const SourceRecord& source, WallTime now) {
  SubscriptionRecord subscription;
  subscription.token = RandomToken();
  subscription.source = source.source.name();
  subscription.hub = source.state.hub();
  subscription.topic = source.state.topic();
  subscription.host = HostOf(subscription.hub);
  subscription.due = now;
  subscription.state.set_phase(SubscriptionState::PHASE_ASKING);
  subscription.state.set_secret(RandomToken());
  return subscription;
}

seconds Granted(const std::string& text) {
  int64_t granted = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), granted);
  // Hubs of the protocol's earlier versions say nothing and mean what was asked for.
  if (error != std::errc() || stop != text.data() + text.size() || granted <= 0) return kLeaseWanted;
  return std::clamp<seconds>(seconds(granted), kLeaseMin, kLeaseMax);
}

}  // namespace

std::string RandomToken() {
  std::string token = UuidV4() + UuidV4();
  std::erase(token, '-');
  return token;
}

void ShowSubscription(const SubscriptionRecord& subscription, SourceRecord* source) {
  const SubscriptionState& state = subscription.state;
  if (state.phase() == SubscriptionState::PHASE_LEAVING || subscription.ended) return;
  state::PushState& push = *source->state.mutable_push();
  push.set_state(state.phase() == SubscriptionState::PHASE_ACTIVE   ? v1::Push::STATE_ACTIVE
                 : state.phase() == SubscriptionState::PHASE_DENIED ? v1::Push::STATE_DENIED
                                                                    : v1::Push::STATE_REQUESTED);
  push.set_lease_until_us(state.lease_until_us());
  push.set_cause(state.cause());
}

std::vector<SubscriptionRecord> PlanSubscriptions(SourceRecord* source, const std::string& name,
                                                  const std::vector<SubscriptionRecord>& known, WallTime now) {
  std::vector<SubscriptionRecord> changed;
  const bool wanted = source != nullptr && Wants(*source);
  bool found = false;
  for (SubscriptionRecord subscription : known) {
    if (subscription.source != name || subscription.state.phase() == SubscriptionState::PHASE_LEAVING) continue;
    if (wanted && !found && subscription.hub == source->state.hub() && subscription.topic == source->state.topic()) {
      found = true;
      continue;
    }
    Leave(&subscription, now);
    changed.push_back(std::move(subscription));
  }
  if (source == nullptr) return changed;
  if (!wanted) source->state.clear_push();
  if (wanted && !found) {
    changed.push_back(NewSubscription(*source, now));
    source->state.clear_push();
    ShowSubscription(changed.back(), source);
  }
  return changed;
}

std::string HubRequest(const SubscriptionRecord& subscription, const std::string& callback) {
  const bool leaving = subscription.state.phase() == SubscriptionState::PHASE_LEAVING;
  const auto encode = [](const std::string& value) { return url::Encode(value, url::EncodeSet::kFormValue); };
  std::string form = fmt::format("hub.callback={}&hub.mode={}&hub.topic={}", encode(callback),
                                 leaving ? "unsubscribe" : "subscribe", encode(subscription.topic));
  if (!leaving) {
    form +=
        fmt::format("&hub.secret={}&hub.lease_seconds={}", subscription.state.secret(), seconds(kLeaseWanted).count());
  }
  return form;
}

void TakeHubAnswer(const SubscriptionRecord& asked, int status, const std::string& why,
                   std::optional<milliseconds> retry_after, WallTime now, SubscriptionRecord* stored) {
  SubscriptionState& state = stored->state;
  // The hub called back before it answered, or a person decided otherwise: that is newer than this answer.
  if (stored->due != asked.due || state.phase() != asked.state.phase()) return;
  const bool accepted = status >= 200 && status < 300;
  state.set_attempts(state.attempts() + 1);
  // A lease that ended without a renewal.
  if (state.phase() == SubscriptionState::PHASE_ACTIVE && now >= FromMicros(state.lease_until_us())) {
    state.set_phase(SubscriptionState::PHASE_ASKING);
  }
  if (accepted) {
    if (state.phase() == SubscriptionState::PHASE_DENIED) state.set_phase(SubscriptionState::PHASE_ASKING);
    state.set_asked_us(ToMicros(now));
    state.clear_cause();
  } else {
    state.set_cause(Short(status != 0 ? fmt::format("the hub answered with HTTP status {}", status) : why));
  }
  if (state.phase() == SubscriptionState::PHASE_LEAVING && state.attempts() >= kGoodbyesMax) {
    stored->ended = true;
    return;
  }
  stored->due = now + std::max(WaitAfter(state.attempts()), retry_after.value_or(milliseconds(0)));
}

bool TakeIntent(const HubIntent& intent, WallTime now, SubscriptionRecord* subscription) {
  SubscriptionState& state = subscription->state;
  if (intent.topic != subscription->topic) return false;
  const bool leaving = state.phase() == SubscriptionState::PHASE_LEAVING;
  if (intent.mode == "subscribe") {
    if (state.phase() != SubscriptionState::PHASE_ASKING && state.phase() != SubscriptionState::PHASE_ACTIVE) {
      return false;
    }
    const seconds lease = Granted(intent.lease_seconds);
    state.set_phase(SubscriptionState::PHASE_ACTIVE);
    state.set_attempts(0);
    state.clear_cause();
    if (state.asked_us() == 0) state.set_asked_us(ToMicros(now));
    state.set_lease_until_us(ToMicros(now + lease));
    subscription->due = now + lease * 4 / 5;
    return true;
  }
  if (intent.mode == "unsubscribe") {
    subscription->ended = leaving;
    return leaving;
  }
  if (intent.mode != "denied") return false;
  subscription->ended = leaving;
  state.set_phase(leaving ? SubscriptionState::PHASE_LEAVING : SubscriptionState::PHASE_DENIED);
  state.set_lease_until_us(0);
  state.set_cause(Short(intent.reason.empty() ? "the hub denies it and does not say why" : intent.reason));
  subscription->due = now + kAfterDenial;
  return true;
}

bool TakesPushes(const SubscriptionRecord& subscription, WallTime now) {
  return subscription.state.phase() == SubscriptionState::PHASE_ACTIVE &&
         now < FromMicros(subscription.state.lease_until_us());
}

bool PushWorks(const state::PushState& push, WallTime now) {
  return push.state() == v1::Push::STATE_ACTIVE && now < FromMicros(push.lease_until_us()) &&
         push.last_push_us() > push.missed_us();
}

absl::Status SubscriptionNotFound() {
  return Error(absl::StatusCode::kNotFound, "SUBSCRIPTION_NOT_FOUND", "there is no such subscription");
}

absl::Status DeliveriesWait(std::string_view source) {
  return Error(absl::StatusCode::kResourceExhausted, "DELIVERIES_WAIT",
               fmt::format("{} pushes of {} wait to be read already; push again later", kDeliveriesMax, source));
}

}  // namespace dateline::ingestion
