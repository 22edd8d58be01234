// Proves when sources are polled: by their rhythm within the limits, never earlier than anybody asked for, later after
// failures, spread and repeatable.

#include "services/ingestion/polling/schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace dateline::ingestion {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

const WallTime kNow{std::chrono::seconds(1'700'000'000)};

class ScheduleTest : public ::testing::Test {
 protected:
  std::chrono::duration<double, std::ratio<60>> Minutes(const ScheduleInput& input = {.name = "sources/abcd"}) {
    return NextPoll(limits_, input, source_, kNow) - kNow;
  }
  void Publish(std::chrono::seconds gap, int count) {
    std::vector<WallTime> times;
    for (int i = 0; i < count; ++i) times.push_back(kNow - gap * i);
    LearnRhythm(times, kNow, &source_);
  }

  ScheduleLimits limits_;
  state::SourceState source_;
};

TEST_F(ScheduleTest, FollowsTheRhythmWithinLimits) {
  EXPECT_NEAR(Minutes().count(), 31.5, 1.6) << "not known yet: twice the least";
  Publish(8h, 10);
  EXPECT_NEAR(Minutes().count(), 63, 3.1) << "an eighth of eight hours";
  source_ = {};
  Publish(10min, 10);
  EXPECT_NEAR(Minutes().count(), 15.75, 0.8) << "the least";
  source_ = {};
  Publish(std::chrono::hours(24 * 30), 10);
  EXPECT_NEAR(Minutes().count(), 378, 19) << "the most";
}

TEST_F(ScheduleTest, AsksLessOftenWhileASourceIsSilent) {
  Publish(8h, 10);
  source_.set_last_item_us(ToMicros(kNow - 64h));
  EXPECT_NEAR(Minutes().count(), 126, 6.1);
}

TEST_F(ScheduleTest, NeverComesEarlierThanAsked) {
  Publish(10min, 10);
  EXPECT_GE(Minutes({.name = "sources/abcd", .interval = 1h}), 60min);
  EXPECT_GE(Minutes({.name = "sources/abcd", .fresh_for = 2h}), 120min);
  EXPECT_LE(Minutes({.name = "sources/abcd", .fresh_for = std::chrono::hours(24 * 365)}), 27h) << "the cap";
  source_.set_feed_interval_ms(milliseconds(3h).count());
  EXPECT_GE(Minutes(), 180min);
  EXPECT_GE(Minutes({.name = "sources/abcd", .retry_after = 48h}), 48h);
}

TEST_F(ScheduleTest, DoublesWithEachFailureUpToSixHours) {
  Publish(10min, 10);
  source_.set_consecutive_failures(1);
  EXPECT_GE(Minutes(), 30min);
  source_.set_consecutive_failures(4);
  EXPECT_GE(Minutes(), 240min);
  source_.set_consecutive_failures(4'000'000'000);
  EXPECT_GE(Minutes(), 6h);
  EXPECT_LE(Minutes(), 7h);
  EXPECT_LT(Minutes({.name = "sources/abcd", .retry_after = 1min}), 20min) << "the host's own rest decides";
}

TEST_F(ScheduleTest, SpreadsSourcesAndRepeatsItself) {
  std::set<WallTime> times;
  std::set<WallTime> firsts;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "sources/newsroom-" + std::to_string(i);
    times.insert(NextPoll(limits_, {.name = name}, source_, kNow));
    const WallTime first = FirstPollOfMany(limits_, name, kNow);
    EXPECT_GE(first, kNow);
    EXPECT_LT(first, kNow + 15min);
    firsts.insert(first);
  }
  EXPECT_EQ(times.size(), 100U);
  EXPECT_LT(*firsts.begin(), kNow + 1min);
  EXPECT_GT(*firsts.rbegin(), kNow + 14min);
  EXPECT_EQ(Minutes(), Minutes());
  const auto before = Minutes();
  source_.set_polls(1);
  EXPECT_NE(Minutes(), before) << "each poll has its own part";
}

TEST_F(ScheduleTest, LearnsGapsAndNotBursts) {
  LearnRhythm({kNow - 2h, kNow - 2h + 10s, kNow - 1h, kNow + 5h}, kNow, &source_);
  EXPECT_EQ(source_.rhythm().gaps(), 2U);
  EXPECT_EQ(FromMicros(source_.last_item_us()), kNow) << "a date in the future counts as now";
  EXPECT_NEAR(source_.rhythm().gap_mean_s(), 3600, 10);
  LearnRhythm({kNow - 100h}, kNow, &source_);
  EXPECT_EQ(source_.rhythm().gaps(), 2U) << "an old item says nothing";
}

TEST_F(ScheduleTest, KnowsWhenSilenceIsRemarkable) {
  EXPECT_EQ(SilenceMax(source_.rhythm()), std::nullopt);
  Publish(1h, 20);
  EXPECT_EQ(SilenceMax(source_.rhythm()), std::chrono::hours(48)) << "never under two days: weekends are silent";
  source_ = {};
  Publish(std::chrono::hours(24 * 7), 20);
  EXPECT_EQ(SilenceMax(source_.rhythm()), std::chrono::hours(24 * 28));
}

}  // namespace
}  // namespace dateline::ingestion
