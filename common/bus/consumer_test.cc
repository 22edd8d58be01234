// Proves each transition of the consumer's state machine by itself: what comes in by hand, what has to come out, at
// which time. Time is a number here. tests/simulation runs the same class against thousands of random histories.

#include "common/bus/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace dateline::bus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Epoch kEpoch = {1};
constexpr Epoch kOther = {2};

std::string PayloadOf(uint64_t sequence) {
  return "event " + std::to_string(sequence);
}

class ConsumerTest : public ::testing::Test {
 protected:
  void Make(Cursor cursor) {
    consumer_ = std::make_unique<Consumer>(options_, cursor, now_, [this] { return random_; });
  }
  // A consumer that has read the log up to its cursor and is live.
  void MakeLive(uint64_t sequence) {
    Make({kEpoch, sequence});
    ASSERT_EQ(TakeRead(), sequence);
    Answer(sequence, sequence);
    Head(sequence);
    ASSERT_FALSE(consumer_->Next(now_));
    ASSERT_EQ(consumer_->state(), ConsumerState::kLive);
  }

  void Event(uint64_t sequence, Epoch epoch = kEpoch) {
    consumer_->OnMessage({"release/", epoch, sequence, PayloadOf(sequence)}, now_);
  }
  void Head(uint64_t sequence, Epoch epoch = kEpoch) {
    consumer_->OnMessage({"release/", epoch, sequence, std::nullopt}, now_);
  }
  // The `after` of the read that is wanted now; nullopt when none is.
  std::optional<uint64_t> TakeRead() {
    const auto action = consumer_->Next(now_);
    if (!action || !std::holds_alternative<ReadAction>(*action)) return std::nullopt;
    return std::get<ReadAction>(*action).after;
  }
  std::optional<ResyncReason> TakeResync() {
    const auto action = consumer_->Next(now_);
    if (!action || !std::holds_alternative<ResyncAction>(*action)) return std::nullopt;
    return std::get<ResyncAction>(*action).reason;
  }
  // Answers the open read with events (first, last] and the head.
  void Answer(uint64_t after, uint64_t last, std::optional<uint64_t> head = {}, Epoch epoch = kEpoch) {
    ReadBatch batch{epoch, head.value_or(last), {}};
    for (uint64_t s = after + 1; s <= last; ++s) batch.entries.push_back({s, PayloadOf(s)});
    consumer_->OnReadResult(std::move(batch), now_);
  }
  // Applies all that is offered now, and returns the sequences.
  std::vector<uint64_t> ApplyAll() {
    std::vector<uint64_t> applied;
    while (consumer_->NextWake(now_) <= now_) {
      const auto action = consumer_->Next(now_);
      if (!action || !std::holds_alternative<ApplyAction>(*action)) {
        left_over_ = action;
        break;
      }
      const auto& event = std::get<ApplyAction>(*action).event;
      EXPECT_EQ(event.payload, PayloadOf(event.sequence));
      EXPECT_EQ(event.topic, "release/");
      applied.push_back(event.sequence);
      consumer_->OnApplied(absl::OkStatus(), now_);
    }
    return applied;
  }
  // Time in which the bus is heard.
  void PassWithHeads(std::chrono::milliseconds time, uint64_t head) {
    for (; time > 0ms; time -= 500ms) {
      now_ += 500ms;
      Head(head);
    }
  }

  ConsumerOptions options_{.topic = "release/", .read_limit = 10};
  MonotonicTime now_{1000s};
  uint64_t random_ = 0;
  std::unique_ptr<Consumer> consumer_;
  std::optional<ConsumerAction> left_over_;
};

TEST_F(ConsumerTest, ReadsTheLogFromTheCursorAtStart) {
  Make({kEpoch, 3});
  EXPECT_EQ(consumer_->state(), ConsumerState::kBootstrap);
  EXPECT_EQ(TakeRead(), 3u);
  EXPECT_FALSE(consumer_->Next(now_)) << "one action at a time";
  EXPECT_EQ(consumer_->NextWake(now_), MonotonicTime::max());
  Answer(3, 5);
  EXPECT_THAT(ApplyAll(), ElementsAre(4, 5));
  consumer_->Next(now_);
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive);
  EXPECT_EQ(consumer_->cursor(), (Cursor{kEpoch, 5}));
}

TEST_F(ConsumerTest, ReadsPageAfterPageNotFasterThanTheInterval) {
  Make({kEpoch, 0});
  ASSERT_EQ(TakeRead(), 0u);
  Answer(0, 10, 25);
  EXPECT_EQ(ApplyAll().size(), 10u);
  EXPECT_EQ(consumer_->state(), ConsumerState::kCatchup);
  EXPECT_EQ(consumer_->lag(), 15u);
  EXPECT_FALSE(TakeRead());
  EXPECT_EQ(consumer_->NextWake(now_), now_ + options_.read_interval);
  now_ += options_.read_interval;
  EXPECT_EQ(TakeRead(), 10u);
}

TEST_F(ConsumerTest, AppliesNothingBeforeTheLogHasToldItsEpoch) {
  Make({});
  Event(1, kOther);
  Head(1, kOther);
  ASSERT_EQ(TakeRead(), 0u);
  Answer(0, 1);
  const auto action = consumer_->Next(now_);
  ASSERT_TRUE(action && std::holds_alternative<ApplyAction>(*action));
  EXPECT_EQ(std::get<ApplyAction>(*action).event.epoch, kEpoch);
  consumer_->OnApplied(absl::OkStatus(), now_);
  EXPECT_EQ(consumer_->cursor(), (Cursor{kEpoch, 1}));
  EXPECT_EQ(consumer_->known_head(), 1u);
}

TEST_F(ConsumerTest, BuffersLiveMessagesWhileItReads) {
  Make({});
  ASSERT_EQ(TakeRead(), 0u);
  Event(3);
  Event(4);
  Answer(0, 2);
  EXPECT_THAT(ApplyAll(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(consumer_->stats().reads, 1u);
}

TEST_F(ConsumerTest, AppliesLiveEventsAtOnceAndDropsRepeats) {
  MakeLive(7);
  Event(8);
  Event(8);
  EXPECT_THAT(ApplyAll(), ElementsAre(8));
  Event(8);
  Event(5);
  EXPECT_THAT(ApplyAll(), ElementsAre());
  EXPECT_EQ(consumer_->stats().duplicates, 3u);
  EXPECT_EQ(consumer_->stats().reads, 1u) << "no further read";
}

TEST_F(ConsumerTest, IgnoresOtherTopics) {
  MakeLive(7);
  consumer_->OnMessage({"document/", kEpoch, 8, "x"}, now_);
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->known_head(), 7u);
}

TEST_F(ConsumerTest, RepairsAGapAfterAWaitWithJitter) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  random_ = 30'000'000;  // 30 ms
  Event(9);
  EXPECT_FALSE(TakeRead());
  EXPECT_EQ(consumer_->state(), ConsumerState::kCatchup);
  EXPECT_EQ(consumer_->NextWake(now_), now_ + 30ms);
  now_ += 30ms;
  EXPECT_EQ(TakeRead(), 7u);
  Answer(7, 9);
  EXPECT_THAT(ApplyAll(), ElementsAre(8, 9));
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive);
  EXPECT_EQ(consumer_->stats().gaps, 1u);
}

TEST_F(ConsumerTest, NeedsNoReadWhenTheOtherBusClosesTheGap) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  random_ = 50'000'000;
  Event(9);
  EXPECT_FALSE(TakeRead());
  now_ += 10ms;
  Event(8);
  EXPECT_THAT(ApplyAll(), ElementsAre(8, 9));
  now_ += 1s;
  EXPECT_FALSE(TakeRead());
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive);
}

TEST_F(ConsumerTest, ReadsWhenAHeadIsAhead) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  Head(8);
  EXPECT_EQ(TakeRead(), 7u);
  Answer(7, 8);
  EXPECT_THAT(ApplyAll(), ElementsAre(8));
}

TEST_F(ConsumerTest, PollsOncePerSecondWhenTheBusIsSilent) {
  MakeLive(7);
  EXPECT_EQ(consumer_->NextWake(now_), now_ + 3s);
  now_ += 3s;
  EXPECT_EQ(TakeRead(), 7u);
  Answer(7, 7);
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->state(), ConsumerState::kCatchup);
  EXPECT_EQ(consumer_->NextWake(now_), now_ + 1s);
  now_ += 1s;
  EXPECT_EQ(TakeRead(), 7u);
  Answer(7, 8);
  EXPECT_THAT(ApplyAll(), ElementsAre(8));
  EXPECT_FALSE(TakeRead());
  // The bus comes back.
  Head(8);
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive);
  EXPECT_EQ(consumer_->stats().silences, 1u);
}

TEST_F(ConsumerTest, HurriesAPlannedPollWhenTheBusTellsOfMore) {
  MakeLive(7);
  now_ += 3s;
  ASSERT_EQ(TakeRead(), 7u);
  Answer(7, 7);
  now_ += 100ms;
  EXPECT_FALSE(TakeRead());
  random_ = 40'000'000;
  Head(9);
  EXPECT_FALSE(TakeRead());
  EXPECT_EQ(consumer_->NextWake(now_), now_ + 40ms);
}

TEST_F(ConsumerTest, AsksTheLogWhenAForeignEpochIsHeardAndBelievesTheLog) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  Event(8, kOther);
  ASSERT_EQ(TakeRead(), 7u);
  Answer(7, 7);
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive) << "it was a stale message";
  // A flood of such messages costs one read per poll interval.
  for (int i = 0; i < 100; ++i) Head(99, kOther);
  EXPECT_FALSE(TakeRead());
  now_ += 999ms;
  EXPECT_FALSE(TakeRead());
  now_ += 1ms;
  EXPECT_EQ(TakeRead(), 7u);
  EXPECT_EQ(consumer_->stats().foreign_epochs, 101u);
}

TEST_F(ConsumerTest, ResynchronisesWhenTheLogIsAnotherOne) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  Event(1, kOther);
  ASSERT_EQ(TakeRead(), 7u);
  Answer(0, 0, 1, kOther);
  EXPECT_EQ(consumer_->state(), ConsumerState::kResync);
  const auto action = consumer_->Next(now_);
  ASSERT_TRUE(action && std::holds_alternative<ResyncAction>(*action));
  EXPECT_EQ(std::get<ResyncAction>(*action).reason, ResyncReason::kEpochChanged);
  EXPECT_EQ(std::get<ResyncAction>(*action).epoch, kOther);
  consumer_->OnResynced(Cursor{kOther, 0}, now_);
  now_ += options_.read_interval;
  ASSERT_EQ(TakeRead(), 0u);
  Answer(0, 1, 1, kOther);
  EXPECT_THAT(ApplyAll(), ElementsAre(1));
  EXPECT_EQ(consumer_->cursor(), (Cursor{kOther, 1}));
}

TEST_F(ConsumerTest, ResynchronisesWhenTheOwnerRefusesTheEpoch) {
  Make({kEpoch, 7});
  auto read = consumer_->Next(now_);
  ASSERT_TRUE(read && std::holds_alternative<ReadAction>(*read));
  EXPECT_EQ(std::get<ReadAction>(*read).epoch, kEpoch);
  consumer_->OnReadResult(
      Error(absl::StatusCode::kFailedPrecondition, kReasonEpochChanged, "another log", {{"epoch", EpochToHex(kOther)}}),
      now_);
  const auto action = consumer_->Next(now_);
  ASSERT_TRUE(action && std::holds_alternative<ResyncAction>(*action));
  EXPECT_EQ(std::get<ResyncAction>(*action).reason, ResyncReason::kEpochChanged);
  EXPECT_EQ(std::get<ResyncAction>(*action).epoch, kOther);
}

TEST_F(ConsumerTest, ResynchronisesWhenTheEventsAfterTheCursorAreTrimmed) {
  Make({kEpoch, 3});
  ASSERT_EQ(TakeRead(), 3u);
  const absl::Status trimmed = Error(absl::StatusCode::kOutOfRange, kReasonEventsTrimmed, "kept from 100");
  consumer_->OnReadResult(trimmed, now_);
  const auto action = consumer_->Next(now_);
  ASSERT_TRUE(action && std::holds_alternative<ResyncAction>(*action));
  EXPECT_EQ(std::get<ResyncAction>(*action).reason, ResyncReason::kTrimmed);
  EXPECT_EQ(std::get<ResyncAction>(*action).error, trimmed);
  consumer_->OnResynced(Cursor{kEpoch, 99}, now_);
  now_ += options_.read_interval;
  EXPECT_EQ(TakeRead(), 99u);
}

TEST_F(ConsumerTest, ResynchronisesWhenTheLogHasGoneBack) {
  Make({kEpoch, 30});
  ASSERT_EQ(TakeRead(), 30u);
  Answer(0, 0, 20);
  EXPECT_EQ(TakeResync(), ResyncReason::kRewound);
}

TEST_F(ConsumerTest, RetriesAFailedResyncLater) {
  Make({kEpoch, 30});
  ASSERT_EQ(TakeRead(), 30u);
  Answer(0, 0, 20);
  ASSERT_TRUE(TakeResync());
  consumer_->OnResynced(absl::UnavailableError("no database"), now_);
  EXPECT_FALSE(consumer_->Next(now_));
  now_ = consumer_->NextWake(now_);
  EXPECT_EQ(TakeResync(), ResyncReason::kRewound);
}

TEST_F(ConsumerTest, SlowsDownWhenEveryCursorIsRejected) {
  Make({kEpoch, 30});
  std::chrono::nanoseconds wait{0};
  for (int i = 0; i < 6; ++i) {
    const MonotonicTime before = now_;
    now_ = std::max(now_, consumer_->NextWake(now_));
    wait = now_ - before;
    ASSERT_TRUE(TakeRead());
    Answer(0, 0, 20);
    ASSERT_TRUE(TakeResync());
    consumer_->OnResynced(Cursor{kEpoch, 30}, now_);
  }
  EXPECT_GE(wait, 800ms);
}

TEST_F(ConsumerTest, OffersAnEventAgainUntilItsEffectIsStored) {
  Make({});
  ASSERT_EQ(TakeRead(), 0u);
  Answer(0, 2);
  std::vector<std::chrono::nanoseconds> waits;
  for (int i = 0; i < 8; ++i) {
    auto action = consumer_->Next(now_);
    ASSERT_TRUE(action && std::holds_alternative<ApplyAction>(*action));
    EXPECT_EQ(std::get<ApplyAction>(*action).event.sequence, 1u);
    consumer_->OnApplied(absl::UnavailableError("disk full"), now_);
    EXPECT_EQ(consumer_->cursor().sequence, 0u);
    EXPECT_FALSE(consumer_->Next(now_));
    waits.push_back(consumer_->NextWake(now_) - now_);
    now_ = consumer_->NextWake(now_);
  }
  EXPECT_EQ(waits.front(), 100ms);
  EXPECT_EQ(waits.back(), 5s) << "the longest wait";
  EXPECT_THAT(ApplyAll(), ElementsAre(1, 2));
  EXPECT_EQ(consumer_->stats().apply_failures, 8u);
}

TEST_F(ConsumerTest, RetriesFailedReadsWithGrowingWaits) {
  Make({kEpoch, 3});
  for (const auto expected : {100ms, 200ms, 400ms}) {
    ASSERT_EQ(TakeRead(), 3u);
    consumer_->OnReadResult(absl::UnavailableError("storage is down"), now_);
    EXPECT_FALSE(TakeRead());
    EXPECT_EQ(consumer_->NextWake(now_) - now_, expected);
    now_ = consumer_->NextWake(now_);
  }
  ASSERT_EQ(TakeRead(), 3u);
  Answer(3, 4);
  EXPECT_THAT(ApplyAll(), ElementsAre(4));
  EXPECT_EQ(consumer_->stats().read_failures, 3u);
}

TEST_F(ConsumerTest, RefusesAnswersThatContradictThemselves) {
  const std::pair<const char*, ReadBatch> cases[] = {
      {"a hole at the start", {kEpoch, 9, {{5, "x"}}}},    {"a hole inside", {kEpoch, 9, {{4, "x"}, {6, "x"}}}},
      {"a repeat", {kEpoch, 9, {{4, "x"}, {4, "x"}}}},     {"beyond the head", {kEpoch, 4, {{4, "x"}, {5, "x"}}}},
      {"nothing although there is more", {kEpoch, 9, {}}},
  };
  for (const auto& [what, batch] : cases) {
    Make({kEpoch, 3});
    ASSERT_EQ(TakeRead(), 3u);
    consumer_->OnReadResult(batch, now_);
    EXPECT_FALSE(consumer_->Next(now_)) << what;
    EXPECT_EQ(consumer_->stats().read_failures, 1u) << what;
    EXPECT_EQ(consumer_->cursor().sequence, 3u) << what;
  }
}

TEST_F(ConsumerTest, BelievesTheLogWhenTheBusClaimsMore) {
  MakeLive(7);
  PassWithHeads(1s, 7);
  Event(1'000'000);
  ASSERT_EQ(TakeRead(), 7u);
  Answer(7, 7);
  EXPECT_FALSE(consumer_->Next(now_));
  EXPECT_EQ(consumer_->known_head(), 7u);
  EXPECT_EQ(consumer_->state(), ConsumerState::kLive);
}

TEST_F(ConsumerTest, DropsWhatTheFullBufferCannotHoldAndReadsItLater) {
  options_.buffer_messages_max = 3;
  Make({});
  ASSERT_EQ(TakeRead(), 0u);
  for (uint64_t s = 2; s <= 9; ++s) Event(s);
  EXPECT_EQ(consumer_->stats().buffer_drops, 5u);
  Answer(0, 1);
  EXPECT_THAT(ApplyAll(), ElementsAre(1, 2, 3, 4));
  now_ += options_.read_interval;
  ASSERT_EQ(TakeRead(), 4u);
  Answer(4, 9);
  EXPECT_THAT(ApplyAll(), ElementsAre(5, 6, 7, 8, 9));
}

TEST_F(ConsumerTest, LimitsTheBytesOfTheBuffer) {
  options_.buffer_bytes_max = 2 * PayloadOf(2).size();
  Make({});
  ASSERT_EQ(TakeRead(), 0u);
  for (uint64_t s = 2; s <= 4; ++s) Event(s);
  EXPECT_EQ(consumer_->stats().buffer_drops, 1u);
  Answer(0, 1);
  EXPECT_THAT(ApplyAll(), ElementsAre(1, 2, 3));
  Event(4);
  Event(5);
  EXPECT_THAT(ApplyAll(), ElementsAre(4, 5)) << "applied events free their bytes";
}

}  // namespace
}  // namespace dateline::bus
