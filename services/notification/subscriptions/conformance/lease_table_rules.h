#pragma once
// What every LeaseTable has to do, as functions that the tests of the back ends call. Test code only.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "services/notification/leases/lease_table.h"

namespace dateline::notification {

class LeaseTableRules {
 public:
  // `wait` lets the time of the table pass.
  LeaseTableRules(LeaseTable& table, std::function<void(std::chrono::milliseconds)> wait)
      : table_(table), wait_(std::move(wait)) {}

  void SharesFairlyAndHandsOver() {
    ASSERT_EQ(Round("a").held.size(), static_cast<size_t>(kParts));
    EXPECT_EQ(Round("b").held.size(), 0U) << "nothing is free yet";
    LeaseRoundResult a = Round("a");
    EXPECT_EQ(a.replicas, 2);
    std::vector<int> surplus;
    for (int part = kParts / 2; part < kParts; ++part) surplus.push_back(part);
    EXPECT_EQ(Round("a", surplus).held.size(), static_cast<size_t>(kParts / 2));
    const LeaseRoundResult b = Round("b");
    EXPECT_EQ(b.held.size(), static_cast<size_t>(kParts / 2));
    a = Round("a");
    EXPECT_EQ(a.held.size(), static_cast<size_t>(kParts / 2)) << "no more than its share is taken";
    EXPECT_EQ(a.held.front(), (LeaseRoundResult::Held{kLeadingPart, 1}));
    EXPECT_EQ(b.held.front().fence, 2U) << "it has changed hands";
    ASSERT_TRUE(table_.Leave("b").ok());
    a = Round("a");
    EXPECT_EQ(a.replicas, 1);
    EXPECT_EQ(a.held.size(), static_cast<size_t>(kParts));
    EXPECT_EQ(a.held.back().fence, 3U);
  }

  void AReplicaThatFallsSilentLosesItsParts() {
    ASSERT_EQ(Round("a").held.size(), static_cast<size_t>(kParts));
    Round("b");
    wait_(kDuration + std::chrono::milliseconds(50));
    const LeaseRoundResult b = Round("b");
    EXPECT_EQ(b.replicas, 1);
    ASSERT_EQ(b.held.size(), static_cast<size_t>(kParts));
    EXPECT_EQ(b.held.front().fence, 2U);
    EXPECT_EQ(Round("a").held.size(), 0U) << "it comes back and has nothing";
  }

  void WhoIsAboutToEndTakesNothing() {
    std::vector<int> half;
    for (int part = kParts / 2; part < kParts; ++part) half.push_back(part);
    ASSERT_EQ(Round("a").held.size(), static_cast<size_t>(kParts));
    EXPECT_EQ(Round("a", half, /*takes=*/false).held.size(), static_cast<size_t>(kParts / 2));
    EXPECT_EQ(Round("a", {}, /*takes=*/false).held.size(), static_cast<size_t>(kParts / 2)) << "what it has is renewed";
    EXPECT_EQ(Round("b").held.size(), static_cast<size_t>(kParts / 2));
  }

  static constexpr std::chrono::milliseconds kDuration{400};

 private:
  LeaseRoundResult Round(const std::string& replica, std::vector<int> release = {}, bool takes = true) {
    const auto result = table_.Round({replica, kDuration, std::move(release), takes});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : LeaseRoundResult{};
  }

  LeaseTable& table_;
  const std::function<void(std::chrono::milliseconds)> wait_;
};

}  // namespace dateline::notification
