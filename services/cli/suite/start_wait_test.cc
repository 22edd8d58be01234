// Proves that a service that brings its data up to date is waited for as long as it says so, within a limit, and that
// people are told now and then.

#include "services/cli/suite/start_wait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/metrics/readiness.h"

namespace dateline::cli {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(UpgradeOf, FindsWhatTheServiceSays) {
  EXPECT_EQ(UpgradeOf("not ready\nstarted: the service is starting\nupgrade: 12 of 40 releases\n"),
            "12 of 40 releases");
  EXPECT_EQ(UpgradeOf("not ready\nstarted: the service is starting\n"), "");
  EXPECT_EQ(UpgradeOf("not ready\nbus: no upgrade: here\n"), "");
  EXPECT_EQ(UpgradeOf(""), "");
}

TEST(StartWait, EndsAfterTheLimitWithoutAnUpgrade) {
  const StartWait::Time begin{};
  const StartWait wait({.start = seconds(30), .upgrade = seconds(1'000)}, begin);
  EXPECT_FALSE(wait.IsOver(begin + seconds(30)));
  EXPECT_TRUE(wait.IsOver(begin + seconds(31)));
  EXPECT_EQ(wait.Seconds(begin + seconds(31)), 31);
}

TEST(StartWait, AnUpgradeGetsTimeWithinItsLimit) {
  const StartWait::Time begin{};
  StartWait wait({.start = seconds(30), .upgrade = seconds(100)}, begin);
  for (int at = 0; at <= 90; at += 5) {
    EXPECT_FALSE(wait.IsOver(begin + seconds(at))) << at;
    wait.Upgrading("the same words", begin + seconds(at));
  }
  EXPECT_FALSE(wait.IsOver(begin + seconds(100)));
  EXPECT_TRUE(wait.IsOver(begin + seconds(101)));
}

TEST(StartWait, AServiceThatFallsSilentIsNotWaitedForAnyLonger) {
  const StartWait::Time begin{};
  StartWait wait({.start = seconds(30), .upgrade = seconds(1'000)}, begin);
  wait.Upgrading("so far", begin + seconds(50));
  EXPECT_FALSE(wait.IsOver(begin + seconds(80)));
  EXPECT_TRUE(wait.IsOver(begin + seconds(81)));
}

TEST(StartWait, TellsWhatChangedEveryFewSeconds) {
  const StartWait::Time begin{};
  std::vector<std::string> told;
  StartWait wait({.start = seconds(30),
                  .upgrade = seconds(1'000),
                  .tell = [&told](const std::string& what) { told.push_back(what); }},
                 begin);
  wait.Upgrading("at once", begin + seconds(1));
  EXPECT_THAT(told, IsEmpty()) << "what is over in a moment is not worth a word";
  wait.Upgrading("one", begin + seconds(4));
  wait.Upgrading("two", begin + seconds(5));
  wait.Upgrading("three", begin + seconds(14));
  wait.Upgrading("three", begin + seconds(25));
  EXPECT_THAT(told, ElementsAre("one", "three"));
}

}  // namespace
}  // namespace dateline::cli
