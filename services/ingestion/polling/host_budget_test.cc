// Proves the arithmetic of politeness: intervals, doubling, Retry-After, forgiveness, caps.

#include "services/ingestion/polling/host_budget.h"

#include <gtest/gtest.h>

namespace dateline::ingestion {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

class HostBudgetTest : public ::testing::Test {
 protected:
  // One request that is answered at once, as soon as it is allowed; how long it had to wait.
  std::chrono::seconds Ask(int status, std::optional<milliseconds> retry_after = std::nullopt) {
    const WallTime start = std::max(now_, EarliestStart(host_));
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(start - now_);
    now_ = start;
    StartRequest(limits_, now_, &host_);
    TakeAnswer(limits_, status, retry_after, now_, &host_);
    return waited;
  }

  HostLimits limits_;
  state::HostState host_;
  WallTime now_{std::chrono::seconds(1'700'000'000)};
};

TEST_F(HostBudgetTest, KeepsTheIntervalBetweenStarts) {
  EXPECT_EQ(Ask(200), 0s);
  EXPECT_EQ(Ask(200), 1s);
  SetCrawlDelay(limits_, 10s, &host_);
  Ask(200);
  EXPECT_EQ(Ask(200), 10s);
  SetCrawlDelay(limits_, 24h, &host_);
  Ask(200);
  EXPECT_EQ(Ask(200), 60s) << "the cap";
  SetCrawlDelay(limits_, std::nullopt, &host_);
  Ask(200);
  EXPECT_EQ(Ask(200), 1s);
}

TEST_F(HostBudgetTest, DoublesFromAMinuteToADayWithoutAHeader) {
  Ask(429);
  EXPECT_EQ(Ask(503), 60s);
  EXPECT_EQ(Ask(429), 120s);
  EXPECT_EQ(Ask(429), 240s);
  for (int i = 0; i < 20; ++i) Ask(429);
  EXPECT_EQ(Ask(429), 24h);
}

TEST_F(HostBudgetTest, ObeysRetryAfterWithoutDoubling) {
  Ask(429, 300s);
  EXPECT_EQ(Ask(429, 300s), 300s);
  EXPECT_EQ(Ask(429), 300s);
  EXPECT_EQ(Ask(200), 60s) << "the first one without a header";
  Ask(503, std::chrono::hours(24 * 365));
  EXPECT_EQ(Ask(200), std::chrono::hours(24 * 7));
}

TEST_F(HostBudgetTest, ForgivesAfterQuietOnly) {
  Ask(429);
  Ask(429);
  Ask(200);
  EXPECT_EQ(host_.backoff_level(), 2U) << "one good answer proves nothing";
  Ask(429);
  EXPECT_EQ(Ask(200), 240s);
  now_ += 9min;
  Ask(200);
  EXPECT_EQ(host_.backoff_level(), 3U);
  now_ += 1min;
  Ask(500);
  EXPECT_EQ(host_.backoff_level(), 3U) << "another trouble is no quiet";
  Ask(304);
  EXPECT_EQ(host_.backoff_level(), 0U);
}

}  // namespace
}  // namespace dateline::ingestion
