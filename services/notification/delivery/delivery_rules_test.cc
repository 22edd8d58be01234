// The rules of delivering without anything that delivers: the retry table, digests and mute windows over changes of the
// clock, the signature against the example of the standard.

#include <gtest/gtest.h>

#include "services/notification/delivery/delivery_window.h"
#include "services/notification/delivery/retry_schedule.h"
#include "services/notification/delivery/webhook/webhook_signature.h"

namespace dateline::notification {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

// 2026-03-28T12:00:00Z, a Saturday; in Switzerland the clocks go forward in the night that follows.
const WallTime kSaturdayNoon = WallTime(std::chrono::seconds(1'774'699'200));

TEST(RetrySchedule, TriesForADay) {
  const RetrySchedule schedule;
  const WallTime first = kSaturdayNoon;
  WallTime now = first;
  int attempts = 1;
  while (const auto next = NextAttempt(schedule, attempts, first, now, 0.5, std::nullopt)) {
    EXPECT_GT(*next, now);
    now = *next;
    ++attempts;
  }
  EXPECT_EQ(attempts, 10);
  EXPECT_EQ(now, first + 24h);
}

TEST(RetrySchedule, JitterMovesAWaitByUpToATenth) {
  const RetrySchedule schedule;
  EXPECT_EQ(*NextAttempt(schedule, 2, kSaturdayNoon, kSaturdayNoon, 0, std::nullopt), kSaturdayNoon + 270s);
  EXPECT_LT(*NextAttempt(schedule, 2, kSaturdayNoon, kSaturdayNoon, 0.999, std::nullopt), kSaturdayNoon + 330s);
}

TEST(RetrySchedule, WaitsAsLongAsTheReceiverAsksWithinADay) {
  const RetrySchedule schedule;
  EXPECT_EQ(*NextAttempt(schedule, 1, kSaturdayNoon, kSaturdayNoon, 0.5, 10min), kSaturdayNoon + 10min);
  EXPECT_EQ(*NextAttempt(schedule, 1, kSaturdayNoon, kSaturdayNoon, 0.5, 1s), kSaturdayNoon + 5s);
  EXPECT_EQ(*NextAttempt(schedule, 1, kSaturdayNoon, kSaturdayNoon, 0.5, 1000h), kSaturdayNoon + 24h);
}

TEST(DeliveryWindow, KnowsTimeZones) {
  EXPECT_TRUE(IsTimeZone(""));
  EXPECT_TRUE(IsTimeZone("Europe/Zurich"));
  EXPECT_FALSE(IsTimeZone("Europe/Atlantis"));
}

TEST(DeliveryWindow, WithoutSettingsAtOnce) {
  EXPECT_EQ(EarliestDelivery({}, kSaturdayNoon, kSaturdayNoon), kSaturdayNoon);
}

TEST(DeliveryWindow, AnHourlyDigestWaitsForTheFullHourOfItsZone) {
  v1::Subscription subscription;
  subscription.mutable_digest()->set_period(v1::DigestSettings::PERIOD_HOUR);
  const WallTime made = kSaturdayNoon + 10min;
  EXPECT_EQ(EarliestDelivery(subscription, made, made), kSaturdayNoon + 1h);
  EXPECT_EQ(EarliestDelivery(subscription, kSaturdayNoon, kSaturdayNoon), kSaturdayNoon + 1h);
  subscription.mutable_digest()->set_time_zone("Asia/Kolkata");  // Half an hour beside.
  EXPECT_EQ(EarliestDelivery(subscription, made, made), kSaturdayNoon + 30min);
  EXPECT_EQ(EarliestDelivery(subscription, made, made + 5h), made + 5h) << "its time has passed";
}

TEST(DeliveryWindow, ADailyDigestKeepsItsHourOverTheChangeOfTheClock) {
  v1::Subscription subscription;
  subscription.mutable_digest()->set_period(v1::DigestSettings::PERIOD_DAY);
  subscription.mutable_digest()->set_hour(7);
  subscription.mutable_digest()->set_time_zone("Europe/Zurich");
  // 07:00 on Sunday is 05:00Z, one hour earlier than it was on Saturday.
  EXPECT_EQ(EarliestDelivery(subscription, kSaturdayNoon, kSaturdayNoon), kSaturdayNoon + 17h);
  EXPECT_EQ(EarliestDelivery(subscription, kSaturdayNoon - 7h, kSaturdayNoon - 7h), kSaturdayNoon - 6h);
}

TEST(DeliveryWindow, AMuteWindowHoldsBackOverMidnight) {
  v1::Subscription subscription;
  v1::MuteWindow& window = *subscription.add_mute_windows();
  window.set_start_minute(22 * 60);
  window.set_duration_minutes(8 * 60);
  window.set_time_zone("Europe/Zurich");
  const WallTime evening = kSaturdayNoon + 9h + 30min;  // 22:30 in Zurich.
  EXPECT_EQ(EarliestDelivery(subscription, evening, evening), kSaturdayNoon + 17h);
  const WallTime night = kSaturdayNoon + 14h;
  EXPECT_EQ(EarliestDelivery(subscription, night, night), kSaturdayNoon + 17h);
  EXPECT_EQ(EarliestDelivery(subscription, kSaturdayNoon, kSaturdayNoon), kSaturdayNoon);
  window.add_weekdays(5);  // Begins on Fridays only.
  EXPECT_EQ(EarliestDelivery(subscription, evening, evening), evening);
}

TEST(DeliveryWindow, WindowsThatFollowEachOtherAreOneSilence) {
  v1::Subscription subscription;
  for (const uint32_t begin : {600U, 720U, 840U}) {  // 10:00, 12:00, 14:00 UTC.
    v1::MuteWindow& window = *subscription.add_mute_windows();
    window.set_start_minute(begin);
    window.set_duration_minutes(120);
  }
  EXPECT_EQ(EarliestDelivery(subscription, kSaturdayNoon, kSaturdayNoon), kSaturdayNoon + 4h);
}

TEST(WebhookSignature, IsThatOfTheStandard) {
  EXPECT_EQ(WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330,
                             R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, BothSecretsSignForADay) {
  SigningSecrets secrets;
  secrets.current = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::string alone = WebhookSignatures(secrets, "id", kSaturdayNoon, "body");
  EXPECT_EQ(alone.find(' '), std::string::npos);
  secrets.previous = "whsec_c2VjcmV0";
  secrets.previous_until = kSaturdayNoon + 24h;
  const std::string both = WebhookSignatures(secrets, "id", kSaturdayNoon, "body");
  EXPECT_TRUE(both.starts_with(alone + " v1,")) << both;
  EXPECT_EQ(WebhookSignatures(secrets, "id", kSaturdayNoon + 24h, "body").find(' '), std::string::npos);
}

}  // namespace
}  // namespace dateline::notification
