// What is taken as settings of a subscription and what is refused, with the field that is wrong; field masks; secrets.

#include "services/notification/subscriptions/subscription_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/base/error.h"
#include "google/protobuf/util/field_mask_util.h"

namespace dateline::notification {
namespace {

using ::testing::HasSubstr;

v1::Subscription Webhook(const std::string& uri = "https://receiver.example/hook") {
  v1::Subscription subscription;
  subscription.mutable_webhook()->set_uri(uri);
  return subscription;
}

TEST(SubscriptionSettings, FillsInDefaultsAndLeavesOutWhatIsNotSet) {
  v1::Subscription given = Webhook();
  given.mutable_webhook()->set_secret("whsec_mine");
  given.set_name("subscriptions/mine");
  given.set_state(v1::Subscription::STATE_PAUSED);
  given.set_backlog(7);
  const auto checked = CheckedSettings(given, {});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->webhook().concurrency(), 1U);
  EXPECT_EQ(checked->webhook().batch_size(), 1U);
  EXPECT_EQ(checked->webhook().timeout().seconds(), 20);
  EXPECT_EQ(checked->webhook().secret(), "");
  EXPECT_EQ(checked->name(), "");
  EXPECT_EQ(checked->state(), v1::Subscription::STATE_UNSPECIFIED);
}

google::protobuf::FieldMask Mask(const std::string& paths) {
  google::protobuf::FieldMask mask;
  google::protobuf::util::FieldMaskUtil::FromString(paths, &mask);
  return mask;
}

struct Refusal {
  const char* reason;
  const char* words;
  std::function<void(v1::Subscription*)> spoil;
};

TEST(SubscriptionSettings, RefusesWithFieldAndReason) {
  const std::vector<Refusal> refusals = {
      {"INVALID_FILTER", "did you mean \"title\"", [](auto* s) { s->set_filter("titel = x"); }},
      {"INVALID_EVENT_TYPE", "event_types", [](auto* s) { s->add_event_types("published"); }},
      {"INVALID_CHANNEL", "needs webhook, email or nats", [](auto* s) { s->clear_channel(); }},
      {"INVALID_CHANNEL", "webhook.uri", [](auto* s) { s->mutable_webhook()->set_uri("ftp://receiver.example"); }},
      {"INVALID_CHANNEL", "webhook.allow_http", [](auto* s) { s->mutable_webhook()->set_uri("http://a.example/"); }},
      {"INVALID_CHANNEL", "password", [](auto* s) { s->mutable_webhook()->set_uri("https://me:pw@a.example/"); }},
      {"FORBIDDEN_ADDRESS", "allow_private", [](auto* s) { s->mutable_webhook()->set_uri("https://10.0.0.1/"); }},
      {"FORBIDDEN_ADDRESS", "allow_private",
       [](auto* s) { s->mutable_webhook()->set_uri("https://169.254.169.254/"); }},
      {"FORBIDDEN_ADDRESS", "allow_loopback", [](auto* s) { s->mutable_webhook()->set_uri("http://localhost:80/"); }},
      {"FORBIDDEN_ADDRESS", "allow_loopback", [](auto* s) { s->mutable_webhook()->set_uri("https://[::1]/"); }},
      {"FORBIDDEN_ADDRESS", "allow_loopback", [](auto* s) { s->mutable_webhook()->set_uri("https://0x7f.1/"); }},
      {"INVALID_CHANNEL", "1 to 32", [](auto* s) { s->mutable_webhook()->set_concurrency(33); }},
      {"INVALID_CHANNEL", "1 to 100", [](auto* s) { s->mutable_webhook()->set_batch_size(101); }},
      {"INVALID_CHANNEL", "1 s to 60 s", [](auto* s) { s->mutable_webhook()->mutable_timeout()->set_seconds(61); }},
      {"INVALID_CHANNEL", "email.smtp_url", [](auto* s) { s->mutable_email()->add_recipients("a@b.example"); }},
      {"INVALID_CHANNEL", "nats.url", [](auto* s) { s->mutable_nats()->set_subject("dateline"); }},
      {"INVALID_SUBSCRIPTION", "display_name", [](auto* s) { s->set_display_name(std::string(64, 'x')); }},
      {"INVALID_SUBSCRIPTION", "digest.period", [](auto* s) { s->mutable_digest(); }},
      {"INVALID_SUBSCRIPTION", "time_zone",
       [](auto* s) {
         s->mutable_digest()->set_period(v1::DigestSettings::PERIOD_DAY);
         s->mutable_digest()->set_time_zone("Moon/Tranquility");
       }},
      {"INVALID_SUBSCRIPTION", "duration_minutes", [](auto* s) { s->add_mute_windows(); }},
  };
  for (const Refusal& refusal : refusals) {
    v1::Subscription given = Webhook();
    refusal.spoil(&given);
    const auto checked = CheckedSettings(given, {});
    EXPECT_EQ(ErrorReason(checked.status()), refusal.reason) << given.ShortDebugString() << checked.status();
    EXPECT_THAT(std::string(checked.status().message()), HasSubstr(refusal.words));
  }
}

TEST(SubscriptionSettings, TakesWhatTheInstanceAllows) {
  ChannelRules rules;
  rules.allow_loopback = true;
  rules.has_email = true;
  rules.has_nats = true;
  EXPECT_TRUE(CheckedSettings(Webhook("http://127.0.0.1:9000/hook"), rules).ok());
  EXPECT_TRUE(CheckedSettings(Webhook("http://localhost:9000/hook"), rules).ok());
  rules.policy = *http::AddressPolicy::Create({"10.0.0.0/8"});
  EXPECT_TRUE(CheckedSettings(Webhook("https://10.1.2.3/hook"), rules).ok());
  v1::Subscription email;
  email.mutable_email()->add_recipients("desk@example.org");
  EXPECT_TRUE(CheckedSettings(email, rules).ok());
  for (const char* wrong : {"desk", "@example.org", "a b@example.org", "a@b@c", "a@b\r\nBcc:x@y"}) {
    email.mutable_email()->set_recipients(0, wrong);
    EXPECT_EQ(ErrorReason(CheckedSettings(email, rules).status()), "INVALID_CHANNEL") << wrong;
  }
  v1::Subscription nats;
  nats.mutable_nats()->set_subject("dateline.{type}");
  EXPECT_TRUE(CheckedSettings(nats, rules).ok());
  for (const char* wrong : {"", "a b", "a.*", "a.>", ".a", "a..b"}) {
    nats.mutable_nats()->set_subject(wrong);
    EXPECT_EQ(ErrorReason(CheckedSettings(nats, rules).status()), "INVALID_CHANNEL") << wrong;
  }
}

TEST(SubscriptionSettings, AMaskTakesItsFieldsAndNoOthers) {
  v1::Subscription stored = Webhook();
  stored.set_filter("climate");
  stored.set_display_name("Old");
  v1::Subscription given = Webhook("https://other.example/");
  given.set_filter("water");
  v1::Subscription merged = stored;
  ASSERT_TRUE(ApplyMask(given, Mask("filter"), &merged).ok());
  EXPECT_EQ(merged.filter(), "water");
  EXPECT_EQ(merged.webhook().uri(), "https://receiver.example/hook");
  merged = stored;
  ASSERT_TRUE(ApplyMask(given, Mask("webhook.uri,display_name,backlog"), &merged).ok());
  EXPECT_EQ(merged.webhook().uri(), "https://other.example/");
  EXPECT_EQ(merged.display_name(), "") << "a named field that is not given is cleared";
  EXPECT_EQ(merged.filter(), "climate");
  merged = stored;
  ASSERT_TRUE(ApplyMask(given, {}, &merged).ok());
  EXPECT_EQ(merged.filter(), "water");
  EXPECT_EQ(merged.display_name(), "Old") << "what is not given stays";
  v1::Subscription email;
  email.mutable_email()->add_recipients("a@b.example");
  merged = stored;
  ASSERT_TRUE(ApplyMask(email, Mask("*"), &merged).ok());
  EXPECT_TRUE(merged.has_email());
  EXPECT_EQ(merged.filter(), "");
  google::protobuf::FieldMask unknown;
  unknown.add_paths("filtre");
  EXPECT_EQ(ErrorReason(ApplyMask(given, unknown, &merged)), "INVALID_SUBSCRIPTION");
}

TEST(SubscriptionSettings, SecretsAreRandomAndSignForADayAfterTheirTime) {
  SigningSecrets secrets;
  secrets.current = NewSecret();
  EXPECT_TRUE(secrets.current.starts_with("whsec_"));
  EXPECT_EQ(SecretBytes(secrets.current).size(), 32U);
  EXPECT_EQ(SecretBytes("secret"), "");
  const std::string first = secrets.current;
  const WallTime now = WallTime(std::chrono::seconds(1'700'000'000));
  Rotate(NewSecret(), now, &secrets);
  EXPECT_NE(secrets.current, first);
  EXPECT_EQ(secrets.previous, first);
  EXPECT_EQ(secrets.previous_until, now + std::chrono::hours(24));
}

TEST(SubscriptionSettings, IdsAreNames) {
  EXPECT_TRUE(CheckId("abcd").ok());
  EXPECT_TRUE(CheckId(NewId()).ok());
  for (const char* wrong : {"abc", "1abc", "Abcd", "ab_cd", ""}) EXPECT_FALSE(CheckId(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace dateline::notification
