#pragma once
// What a subscriber of WebSub (W3C Recommendation of 2018) does when: which subscriptions a source needs, when a hub is
// asked, what a hub may make of a subscription by calling back, and whether its pushes can be relied on. Pure functions
// but for the random tokens; the stores call them within their transactions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "services/ingestion/sources/source_store.h"
#include "services/ingestion/sources/subscription_store.h"

namespace dateline::ingestion {

// For how long we ask; the hub decides.
inline constexpr std::chrono::hours kLeaseWanted{24 * 10};

// What has to be written of the subscriptions of a source, now that the source is as it is (null: removed): a new one
// where it wants one and has none, and the end of those that it no longer wants. `source->state.push` is brought up to
// date.
std::vector<SubscriptionRecord> PlanSubscriptions(SourceRecord* source, const std::string& name,
                                                  const std::vector<SubscriptionRecord>& known, WallTime now);
// Enters into the source what its subscription now is; those that are leaving say nothing.
void ShowSubscription(const SubscriptionRecord& subscription, SourceRecord* source);

// The body of the request that asks the hub, a form.
std::string HubRequest(const SubscriptionRecord& subscription, const std::string& callback);
// How the hub answered `asked`: a status, or 0 and why there is none. `stored` is the record as it is by now, to which
// the hub may have called back already.
void TakeHubAnswer(const SubscriptionRecord& asked, int status, const std::string& why,
                   std::optional<std::chrono::milliseconds> retry_after, WallTime now, SubscriptionRecord* stored);

// What a hub asks of us by GET at the callback.
struct HubIntent {
  std::string mode;  // "subscribe", "unsubscribe" or "denied".
  std::string topic;
  std::string lease_seconds;
  std::string reason;  // Of a denial.
};
// True when we agree, and then the record is changed: subscribed, told goodbye or denied. False: not what we asked for.
bool TakeIntent(const HubIntent& intent, WallTime now, SubscriptionRecord* subscription);
// Whether what is pushed for this subscription is wanted.
bool TakesPushes(const SubscriptionRecord& subscription, WallTime now);

// Whether a source's hub can be relied on, so that the source is polled seldom: the lease holds, it has pushed, and no
// poll since then found what it should have pushed.
bool PushWorks(const state::PushState& push, WallTime now);

// 244 random bits as 64 hexadecimal digits.
std::string RandomToken();

}  // namespace dateline::ingestion
