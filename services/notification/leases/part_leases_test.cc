// The share of a replica over a table in memory with a clock that the test moves: joining, leaving, dying, giving up
// only what is not under way, and stopping by itself before anybody else may begin.

#include "services/notification/leases/part_leases.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/notification/leases/memory_lease_table.h"
#include "services/notification/subscriptions/conformance/lease_table_rules.h"

namespace dateline::notification {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST(MemoryLeaseTable, SharesFairlyAndHandsOver) {
  FakeClock clock;
  MemoryLeaseTable table(clock);
  LeaseTableRules(table, [&](auto time) { clock.Advance(time); }).SharesFairlyAndHandsOver();
}

TEST(MemoryLeaseTable, AReplicaThatFallsSilentLosesItsParts) {
  FakeClock clock;
  MemoryLeaseTable table(clock);
  LeaseTableRules(table, [&](auto time) { clock.Advance(time); }).AReplicaThatFallsSilentLosesItsParts();
}

TEST(MemoryLeaseTable, WhoIsAboutToEndTakesNothing) {
  FakeClock clock;
  MemoryLeaseTable table(clock);
  LeaseTableRules(table, nullptr).WhoIsAboutToEndTakesNothing();
}

// A table that can be out of reach.
class FailingTable final : public LeaseTable {
 public:
  explicit FailingTable(LeaseTable& table) : table_(table) {}
  absl::StatusOr<LeaseRoundResult> Round(const LeaseRound& round) override {
    if (away) return absl::UnavailableError("away");
    return table_.Round(round);
  }
  absl::Status Leave(const std::string& replica) override { return table_.Leave(replica); }
  bool away = false;

 private:
  LeaseTable& table_;
};

class PartLeasesTest : public ::testing::Test {
 protected:
  static int Count(const Leases& leases) {
    int held = 0;
    for (int64_t part = 0; part < kParts; ++part) held += leases.Holds(part) ? 1 : 0;
    return held;
  }
  void Steps(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      clock_.Advance(1s);
      EXPECT_TRUE(a_.Step().ok());
      EXPECT_TRUE(b_.Step().ok());
      for (int64_t part = 0; part < kParts; ++part) EXPECT_FALSE(a_.Holds(part) && b_.Holds(part)) << part;
    }
  }

  FakeClock clock_;
  MemoryLeaseTable table_{clock_};
  FailingTable of_a_{table_};
  int gained_ = 0;
  PartLeases a_{{.replica = "a", .duration = 5s, .yield_max = 20s}, of_a_, nullptr, clock_};
  PartLeases b_{{.replica = "b", .duration = 5s, .yield_max = 20s}, table_, [this] { ++gained_; }, clock_};
};

TEST_F(PartLeasesTest, OneAloneHoldsEverythingAndLeads) {
  EXPECT_EQ(Count(a_), 0);
  ASSERT_TRUE(a_.Step().ok());
  EXPECT_EQ(Count(a_), kParts);
  EXPECT_TRUE(a_.Leads());
  EXPECT_EQ(a_.Begin(3)->fence, 1U);
}

TEST_F(PartLeasesTest, ASecondOneGetsItsHalfAndTheFirstGoesOnLeading) {
  ASSERT_TRUE(a_.Step().ok());
  Steps(4);
  EXPECT_EQ(Count(a_), kParts / 2);
  EXPECT_EQ(Count(b_), kParts / 2);
  EXPECT_TRUE(a_.Leads());
  EXPECT_FALSE(b_.Leads());
  EXPECT_GE(gained_, 1);
}

TEST_F(PartLeasesTest, WhatIsUnderWayIsNotGivenUp) {
  ASSERT_TRUE(a_.Step().ok());
  constexpr int64_t kLast = kParts - 1;
  ASSERT_TRUE(a_.Begin(kLast));
  Steps(4);
  EXPECT_FALSE(a_.Holds(kLast)) << "nothing new begins";
  EXPECT_FALSE(b_.Holds(kLast));
  EXPECT_EQ(Count(b_), kParts / 2 - 1);
  a_.End(kLast);
  Steps(2);
  EXPECT_TRUE(b_.Holds(kLast));
}

TEST_F(PartLeasesTest, AnAttemptWithoutEndIsNotWaitedForForEver) {
  ASSERT_TRUE(a_.Step().ok());
  constexpr int64_t kLast = kParts - 1;
  ASSERT_TRUE(a_.Begin(kLast));
  Steps(25);
  ASSERT_TRUE(b_.Holds(kLast));
  EXPECT_EQ(b_.Begin(kLast)->fence, 2U) << "and its outcome will be refused";
}

TEST_F(PartLeasesTest, TheOtherTakesOverWithinTheTimeOfTheLease) {
  ASSERT_TRUE(a_.Step().ok());
  Steps(4);
  for (int second = 0; second < 6; ++second) {
    clock_.Advance(1s);
    ASSERT_TRUE(b_.Step().ok());
  }
  EXPECT_EQ(Count(a_), 0) << "it knows by itself that its time is over";
  EXPECT_EQ(Count(b_), kParts);
  EXPECT_TRUE(b_.Leads());
}

TEST_F(PartLeasesTest, StopsByItselfWhileTheTableIsAwayAndGoesOnAfterwards) {
  ASSERT_TRUE(a_.Step().ok());
  of_a_.away = true;
  clock_.Advance(4900ms);
  EXPECT_FALSE(a_.Step().ok());
  EXPECT_EQ(Count(a_), kParts);
  clock_.Advance(100ms);
  EXPECT_EQ(Count(a_), 0);
  EXPECT_FALSE(a_.Begin(1));
  of_a_.away = false;
  ASSERT_TRUE(a_.Step().ok());
  EXPECT_EQ(Count(a_), kParts);
  EXPECT_EQ(a_.Begin(1)->fence, 1U) << "nobody else had it";
  EXPECT_EQ(a_.stats().failures, 1U);
}

TEST_F(PartLeasesTest, AfterADrainNothingIsTaken) {
  ASSERT_TRUE(b_.Step().ok());
  a_.Drain();
  clock_.Advance(6s);  // The time of all leases is over.
  ASSERT_TRUE(a_.Step().ok());
  ASSERT_TRUE(b_.Step().ok());
  EXPECT_EQ(Count(b_), kParts);
}

TEST_F(PartLeasesTest, AfterADrainNothingBeginsAndTheOtherGetsAllAtTheStop) {
  a_.Start();
  ASSERT_TRUE(b_.Step().ok());
  a_.Drain();
  EXPECT_EQ(Count(a_), 0);
  a_.Stop();
  ASSERT_TRUE(b_.Step().ok());
  EXPECT_EQ(Count(b_), kParts);
}

}  // namespace
}  // namespace dateline::notification
