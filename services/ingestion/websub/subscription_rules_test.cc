// Proves the rules of a WebSub subscriber: what is asked of a hub and when again, what a hub may make of a subscription
// by calling back and what it may not, when pushes count, and when they may be relied on.

#include "services/ingestion/websub/subscription_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/ingestion/websub/signature.h"

namespace dateline::ingestion {
namespace {

using state::SubscriptionState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

const WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr char kTopic[] = "https://news.example/feed?a=1&b=2";

SourceRecord Source() {
  SourceRecord record;
  record.source.set_name("sources/news");
  record.source.set_state(v1::Source::STATE_ACTIVE);
  record.state.set_subscribe(true);
  record.state.set_hub("https://hub.example/");
  record.state.set_topic(kTopic);
  return record;
}

SubscriptionRecord NewOne() {
  SourceRecord source = Source();
  return PlanSubscriptions(&source, "sources/news", {}, kNow).at(0);
}

SubscriptionRecord ActiveOne() {
  SubscriptionRecord subscription = NewOne();
  EXPECT_TRUE(TakeIntent({"subscribe", kTopic, "864000", ""}, kNow, &subscription));
  return subscription;
}

TEST(PlanSubscriptions, WantsOneForAnActiveSourceWithAHub) {
  SourceRecord source = Source();
  const auto planned = PlanSubscriptions(&source, "sources/news", {}, kNow);
  ASSERT_THAT(planned, SizeIs(1));
  EXPECT_EQ(planned[0].host, "hub.example");
  EXPECT_EQ(planned[0].due, kNow);
  EXPECT_EQ(source.state.push().state(), v1::Push::STATE_REQUESTED);
  EXPECT_THAT(PlanSubscriptions(&source, "sources/news", planned, kNow), IsEmpty()) << "one is enough";
  EXPECT_NE(NewOne().token, NewOne().token);

  const auto unwanted = [](const std::function<void(SourceRecord*)>& change) {
    SourceRecord other = Source();
    change(&other);
    return PlanSubscriptions(&other, "sources/news", {}, kNow);
  };
  EXPECT_THAT(unwanted([](auto* s) { s->state.set_subscribe(false); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->state.set_hub(""); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->state.set_hub("ftp://hub.example/"); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->state.set_hub("https://user@hub.example/"); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->state.set_topic(std::string(3'000, 'x')); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->source.set_state(v1::Source::STATE_PAUSED); }), IsEmpty());
  EXPECT_THAT(unwanted([](auto* s) { s->source.set_health(v1::Source::HEALTH_GONE); }), IsEmpty());
}

TEST(PlanSubscriptions, LeavesAHubThatIsNoLongerNamed) {
  SourceRecord source = Source();
  source.state.set_hub("https://new-hub.example/");
  const auto planned = PlanSubscriptions(&source, "sources/news", {ActiveOne()}, kNow);
  ASSERT_THAT(planned, SizeIs(2));
  EXPECT_EQ(planned[0].state.phase(), SubscriptionState::PHASE_LEAVING);
  EXPECT_EQ(planned[0].due, kNow);
  EXPECT_FALSE(planned[0].ended);
  EXPECT_EQ(planned[1].hub, "https://new-hub.example/");
  const auto removed = PlanSubscriptions(nullptr, "sources/news", {NewOne()}, kNow);
  ASSERT_THAT(removed, SizeIs(1));
  EXPECT_TRUE(removed[0].ended) << "its hub never heard of it";
  EXPECT_THAT(PlanSubscriptions(nullptr, "sources/other", {ActiveOne()}, kNow), IsEmpty());
}

TEST(HubRequest, IsAFormWithEverythingEncoded) {
  SubscriptionRecord subscription = NewOne();
  const std::string form = HubRequest(subscription, "https://us.example/websub/abc");
  EXPECT_THAT(form, HasSubstr("hub.callback=https%3A%2F%2Fus.example%2Fwebsub%2Fabc&hub.mode=subscribe"));
  EXPECT_THAT(form, HasSubstr("&hub.topic=https%3A%2F%2Fnews.example%2Ffeed%3Fa%3D1%26b%3D2&"));
  EXPECT_THAT(form, HasSubstr("&hub.secret=" + subscription.state.secret() + "&hub.lease_seconds=864000"));
  EXPECT_LT(subscription.state.secret().size(), 200U) << "WebSub's limit";
  subscription.state.set_phase(SubscriptionState::PHASE_LEAVING);
  EXPECT_THAT(HubRequest(subscription, "https://us.example/"),
              AllOf(HasSubstr("hub.mode=unsubscribe"), Not(HasSubstr("secret"))));
}

TEST(TakeHubAnswer, AsksAgainLaterAndLater) {
  SubscriptionRecord subscription = NewOne();
  const auto ask = [&](int status, std::optional<std::chrono::milliseconds> retry_after = {}) {
    const WallTime before = *subscription.due;
    SubscriptionRecord stored = subscription;
    TakeHubAnswer(subscription, status, "the host name does not resolve", retry_after, before, &stored);
    subscription = stored;
    return *subscription.due - before;
  };
  EXPECT_EQ(ask(202), 1h) << "the time that it has to verify";
  EXPECT_EQ(subscription.state.cause(), "");
  EXPECT_EQ(ask(500), 2h);
  EXPECT_EQ(subscription.state.cause(), "the hub answered with HTTP status 500");
  EXPECT_EQ(ask(0), 4h);
  EXPECT_EQ(subscription.state.cause(), "the host name does not resolve");
  EXPECT_EQ(ask(429, 10h), 10h);
  for (int i = 0; i < 5; ++i) ask(500);
  EXPECT_EQ(ask(500), 24h);
}

TEST(TakeHubAnswer, YieldsToWhatTheHubSaidMeanwhile) {
  const SubscriptionRecord asked = NewOne();
  SubscriptionRecord stored = asked;
  ASSERT_TRUE(TakeIntent({"subscribe", kTopic, "1000", ""}, kNow, &stored));
  const auto due = stored.due;
  TakeHubAnswer(asked, 500, "", {}, kNow + 5s, &stored);
  EXPECT_EQ(stored.state.phase(), SubscriptionState::PHASE_ACTIVE);
  EXPECT_EQ(stored.due, due);
}

TEST(TakeHubAnswer, SaysGoodbyeThreeTimes) {
  SubscriptionRecord leaving = ActiveOne();
  leaving.state.set_phase(SubscriptionState::PHASE_LEAVING);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(leaving.ended) << i;
    const SubscriptionRecord asked = leaving;
    TakeHubAnswer(asked, 503, "", {}, kNow, &leaving);
  }
  EXPECT_TRUE(leaving.ended);
}

TEST(TakeHubAnswer, KnowsWhenALeaseEndedWithoutRenewal) {
  SubscriptionRecord subscription = ActiveOne();
  SubscriptionRecord asked = subscription;
  TakeHubAnswer(asked, 503, "", {}, kNow + 24h * 9, &subscription);
  EXPECT_EQ(subscription.state.phase(), SubscriptionState::PHASE_ACTIVE) << "the lease still holds";
  asked = subscription;
  TakeHubAnswer(asked, 503, "", {}, kNow + 24h * 10, &subscription);
  EXPECT_EQ(subscription.state.phase(), SubscriptionState::PHASE_ASKING);
}

TEST(TakeIntent, AgreesOnlyToWhatWasAskedFor) {
  SubscriptionRecord asking = NewOne();
  EXPECT_FALSE(TakeIntent({"subscribe", "https://other.example/", "1000", ""}, kNow, &asking));
  EXPECT_FALSE(TakeIntent({"unsubscribe", kTopic, "", ""}, kNow, &asking)) << "nobody asked for that";
  EXPECT_FALSE(TakeIntent({"publish", kTopic, "", ""}, kNow, &asking));
  EXPECT_TRUE(TakeIntent({"subscribe", kTopic, "1000", ""}, kNow, &asking));
  EXPECT_EQ(FromMicros(asking.state.lease_until_us()), kNow + 1000s);
  EXPECT_EQ(asking.due, kNow + 800s) << "renewed when a fifth of the lease is left";
  SubscriptionRecord leaving = ActiveOne();
  leaving.state.set_phase(SubscriptionState::PHASE_LEAVING);
  EXPECT_FALSE(TakeIntent({"subscribe", kTopic, "1000", ""}, kNow, &leaving));
  EXPECT_TRUE(TakeIntent({"unsubscribe", kTopic, "", ""}, kNow, &leaving));
  EXPECT_TRUE(leaving.ended);
}

TEST(TakeIntent, BoundsTheLease) {
  const auto lease = [](const std::string& text) {
    SubscriptionRecord subscription = NewOne();
    EXPECT_TRUE(TakeIntent({"subscribe", kTopic, text, ""}, kNow, &subscription));
    return FromMicros(subscription.state.lease_until_us()) - kNow;
  };
  EXPECT_EQ(lease("3600"), 1h);
  EXPECT_EQ(lease("1"), 5min) << "or it would be asked all the time";
  EXPECT_EQ(lease("99999999999"), 90 * 24h);
  for (const char* text : {"", "soon", "-5", "0", "99999999999999999999"}) EXPECT_EQ(lease(text), kLeaseWanted) << text;
}

TEST(TakeIntent, KeepsADenialWithItsReason) {
  SubscriptionRecord subscription = ActiveOne();
  ASSERT_TRUE(TakeIntent({"denied", kTopic, "", "your account\nis over"}, kNow, &subscription));
  EXPECT_EQ(subscription.state.phase(), SubscriptionState::PHASE_DENIED);
  EXPECT_FALSE(TakesPushes(subscription, kNow));
  EXPECT_EQ(subscription.due, kNow + 7 * 24h);
  SourceRecord source = Source();
  ShowSubscription(subscription, &source);
  EXPECT_EQ(source.state.push().state(), v1::Push::STATE_DENIED);
  EXPECT_THAT(source.state.push().cause(), HasSubstr("your account"));
  EXPECT_FALSE(TakeIntent({"subscribe", kTopic, "1000", ""}, kNow, &subscription)) << "until it is asked again";
  const SubscriptionRecord asked = subscription;
  TakeHubAnswer(asked, 202, "", {}, kNow + 7 * 24h, &subscription);
  EXPECT_TRUE(TakeIntent({"subscribe", kTopic, "1000", ""}, kNow + 7 * 24h, &subscription));
}

TEST(TakesPushes, WhileTheLeaseHolds) {
  EXPECT_FALSE(TakesPushes(NewOne(), kNow));
  EXPECT_TRUE(TakesPushes(ActiveOne(), kNow + 9 * 24h));
  EXPECT_FALSE(TakesPushes(ActiveOne(), kNow + 10 * 24h));
}

TEST(PushWorks, UntilAPollFindsWhatShouldHaveBeenPushed) {
  state::PushState push;
  push.set_state(v1::Push::STATE_ACTIVE);
  push.set_lease_until_us(ToMicros(kNow + 1h));
  EXPECT_FALSE(PushWorks(push, kNow)) << "it has yet to push anything";
  push.set_last_push_us(ToMicros(kNow - 1h));
  EXPECT_TRUE(PushWorks(push, kNow));
  EXPECT_FALSE(PushWorks(push, kNow + 2h)) << "the lease is over";
  push.set_missed_us(ToMicros(kNow));
  EXPECT_FALSE(PushWorks(push, kNow));
  push.set_last_push_us(ToMicros(kNow + 1min));
  EXPECT_TRUE(PushWorks(push, kNow + 1min)) << "it pushes again";
}

// The HMACs of RFC 4231, test case 2, and RFC 2202 for SHA-1.
TEST(Signature, IsTheHmacOfTheBody) {
  constexpr char kBody[] = "what do ya want for nothing?";
  EXPECT_TRUE(IsSignedBy("Jefe", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", kBody));
  EXPECT_TRUE(IsSignedBy("Jefe", "SHA256=5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843", kBody));
  EXPECT_TRUE(IsSignedBy("Jefe", "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", kBody));
  for (const char* method : {"sha1", "sha256", "sha384", "sha512"}) {
    EXPECT_TRUE(IsSignedBy("key", SignatureOf(method, "key", kBody), kBody)) << method;
    EXPECT_FALSE(IsSignedBy("other", SignatureOf(method, "key", kBody), kBody)) << method;
    EXPECT_FALSE(IsSignedBy("key", SignatureOf(method, "key", kBody), "another body")) << method;
  }
  for (const char* header : {"", "sha256", "sha256=", "=", "md5=78f5a1", "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c7",
                             "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79 ", "sha1=zzzz"}) {
    EXPECT_FALSE(IsSignedBy("Jefe", header, kBody)) << header;
  }
}

}  // namespace
}  // namespace dateline::ingestion
