// The part of the conformance suite about WebSub: a source's subscriptions follow whatever is done to the source, in
// the same transaction; hubs are due like any host; what was pushed is kept until it is read, and no longer.

#include "common/base/error.h"
#include "services/ingestion/sources/conformance/subscriptions_under_test.h"

namespace dateline::ingestion {
namespace {

using state::SubscriptionState;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

TEST_P(SubscriptionConformance, AsksTheHubThatASourceNames) {
  MakeSubscribed();
  const auto due = DueAt("hub.example");
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].source, kSource);
  EXPECT_EQ(due[0].topic, "https://a.example/feed");
  EXPECT_EQ(due[0].token.size(), 64U);
  EXPECT_NE(due[0].token, due[0].state.secret());
  EXPECT_EQ(PushOfSource(), v1::Push::STATE_REQUESTED);
  EXPECT_EQ(subscriptions().FindSubscription(due[0].token)->hub, "https://hub.example/");
  EXPECT_EQ(ErrorReason(subscriptions().FindSubscription("another").status()), "SUBSCRIPTION_NOT_FOUND");
  PollNamingHub("https://hub.example/");
  EXPECT_EQ(DueAt("hub.example").size(), 1U) << "one is enough";

  AskHub(due[0], 202);
  EXPECT_TRUE(DueAt("hub.example").empty()) << "it has some time to verify";
  CallBack(due[0].token, "subscribe");
  EXPECT_EQ(PushOfSource(), v1::Push::STATE_ACTIVE);
  clock_.Advance(20h);
  ASSERT_EQ(DueAt("hub.example").size(), 1U) << "before the lease of a day ends, it is asked again";
}

TEST_P(SubscriptionConformance, KeepsAVerificationThatCameBeforeTheAnswer) {
  MakeSubscribed();
  const auto asked = DueAt("hub.example");
  ASSERT_EQ(asked.size(), 1U);
  CallBack(asked[0].token, "subscribe");
  clock_.Advance(1min);
  const auto leases = Lease("asker");
  EXPECT_TRUE(leases.empty() || leases[0].host != "hub.example") << "nothing is to be asked any more";
  // A poll that began before must not forget what the hub said meanwhile.
  PollCommit commit = Outcome(*store_.Get(kSource), lease_);
  commit.record.state.clear_push();
  ASSERT_TRUE(Commit(commit).ok());
  EXPECT_EQ(PushOfSource(), v1::Push::STATE_ACTIVE);
}

TEST_P(SubscriptionConformance, LeavesTheHubWithTheSource) {
  for (const std::string how : {"pause", "move", "remove"}) {
    SCOPED_TRACE(how);
    if (how == "pause") {
      MakeSubscribed();
    } else {
      ASSERT_TRUE(store_
                      .Change(kSource,
                              [](SourceRecord* record) {
                                record->source.set_state(v1::Source::STATE_ACTIVE);
                                return absl::OkStatus();
                              })
                      .ok());
      PollNamingHub("https://hub.example/");
    }
    std::vector<SubscriptionRecord> due = DueAt("hub.example");
    ASSERT_EQ(due.size(), 1U);
    AskHub(due[0], 202);
    CallBack(due[0].token, "subscribe");
    if (how == "pause") {
      ASSERT_TRUE(store_
                      .Change(kSource,
                              [](SourceRecord* record) {
                                record->source.set_state(v1::Source::STATE_PAUSED);
                                return absl::OkStatus();
                              })
                      .ok());
    } else if (how == "move") {
      PollNamingHub("https://other-hub.example/");
      EXPECT_EQ(DueAt("other-hub.example").size(), 1U);
    } else {
      ASSERT_TRUE(store_.Delete(kSource, [](const SourceRecord&) { return absl::OkStatus(); }).ok());
      EXPECT_TRUE(DueAt("other-hub.example").empty()) << "a hub that never heard of it need not be told";
    }
    due = DueAt("hub.example");
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].state.phase(), SubscriptionState::PHASE_LEAVING);
    EXPECT_EQ(how == "pause" ? PushOfSource() : v1::Push::STATE_UNSPECIFIED, v1::Push::STATE_UNSPECIFIED);
    CallBack(due[0].token, "unsubscribe");
    EXPECT_EQ(ErrorReason(subscriptions().FindSubscription(due[0].token).status()), "SUBSCRIPTION_NOT_FOUND");
    EXPECT_TRUE(DueAt("hub.example").empty());
  }
}

TEST_P(SubscriptionConformance, KeepsWhatWasPushedUntilItIsRead) {
  MakeSubscribed();
  const std::string token = DueAt("hub.example")[0].token;
  CallBack(token, "subscribe");
  const Delivery pushed{.topic = "https://a.example/feed",
                        .content_type = "application/rss+xml",
                        .body = std::string("<rss>\0</rss>", 12),
                        .receive_time = Now()};
  ASSERT_TRUE(subscriptions().AddDelivery(token, pushed).ok());
  ASSERT_TRUE(Release(lease_).ok());
  const auto leases = Lease("reader");
  ASSERT_EQ(leases.size(), 1U) << "its host has something to do now";
  const auto tasks = store_.Tasks("a.example", Now(), 10);
  ASSERT_EQ(tasks->size(), 1U);
  const Task& task = tasks->front();
  ASSERT_TRUE(task.delivery && task.poll);
  EXPECT_EQ(task.poll->source.name(), kSource);
  EXPECT_EQ(task.delivery->body, pushed.body);
  EXPECT_EQ(task.delivery->content_type, pushed.content_type);
  EXPECT_EQ(task.delivery->receive_time, Now());
  PollCommit commit = Outcome(*task.poll, leases[0]);
  commit.delivery = task.delivery->id;
  ASSERT_TRUE(Commit(commit).ok());
  EXPECT_TRUE(store_.Tasks("a.example", Now(), 10)->empty());
}

TEST_P(SubscriptionConformance, BoundsWhatWaits) {
  MakeSubscribed();
  const std::string token = DueAt("hub.example")[0].token;
  const Delivery pushed{.topic = "t", .content_type = "c", .body = "b", .receive_time = Now()};
  for (int i = 0; i < kDeliveriesMax; ++i) ASSERT_TRUE(subscriptions().AddDelivery(token, pushed).ok()) << i;
  EXPECT_EQ(ErrorReason(subscriptions().AddDelivery(token, pushed)), "DELIVERIES_WAIT");
  EXPECT_EQ(ErrorReason(subscriptions().AddDelivery("another", pushed)), "SUBSCRIPTION_NOT_FOUND");
  CallBack(token, "subscribe");
  ASSERT_TRUE(store_.Delete(kSource, [](const SourceRecord&) { return absl::OkStatus(); }).ok());
  EXPECT_EQ(ErrorReason(subscriptions().AddDelivery(token, pushed)), "SOURCE_NOT_FOUND");
  EXPECT_TRUE(store_.Tasks("a.example", Now(), 10)->empty()) << "what waited went with the source";
}

TEST_P(SubscriptionConformance, ChangesNothingWhenTheChangeIsRefused) {
  MakeSubscribed();
  const SubscriptionRecord before = DueAt("hub.example")[0];
  const absl::Status refused = subscriptions().ChangeSubscription(before.token, [](SubscriptionRecord* subscription) {
    subscription->state.set_phase(SubscriptionState::PHASE_DENIED);
    return absl::AbortedError("no");
  });
  EXPECT_TRUE(absl::IsAborted(refused));
  EXPECT_EQ(DueAt("hub.example")[0].state.phase(), SubscriptionState::PHASE_ASKING);
}

}  // namespace
}  // namespace dateline::ingestion
