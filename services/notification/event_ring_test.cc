// Proves what the ring answers at, behind and before its ends, that both limits hold, and what a reset means to readers
// of what was there before.

#include "services/notification/event_ring.h"

#include <gtest/gtest.h>

#include "services/notification/testing/fake_archive.h"

namespace dateline::notification {
namespace {

using Kind = EventRing::Next::Kind;

class EventRingTest : public ::testing::Test {
 protected:
  void Fill(EventRing& ring, uint64_t from, uint64_t to) {
    while (appended_ < to) appended_ = archive_.Append("title");
    for (uint64_t i = from; i <= to; ++i) archive_.Feed(ring, i);
  }

  const Epoch epoch_ = RandomEpoch();
  FakeArchive archive_{epoch_};
  uint64_t appended_ = 0;
};

TEST_F(EventRingTest, AnswersByPosition) {
  EventRing ring({.events_max = 3});
  EXPECT_FALSE(ring.head().has_value());
  EXPECT_EQ(ring.After({epoch_, 0}).kind, Kind::kForeignEpoch);
  ring.Reset({epoch_, 10}, 10);
  appended_ = 0;
  while (appended_ < 15) appended_ = archive_.Append("title");
  for (uint64_t i = 11; i <= 15; ++i) archive_.Feed(ring, i);

  EXPECT_EQ(ring.After({epoch_, 11}).kind, Kind::kOlder);
  for (uint64_t at = 12; at < 15; ++at) {
    const EventRing::Next next = ring.After({epoch_, at});
    ASSERT_EQ(next.kind, Kind::kEvent);
    EXPECT_EQ(next.event->sequence(), at + 1);
    EXPECT_EQ(next.head, 15u);
  }
  EXPECT_EQ(ring.After({epoch_, 15}).kind, Kind::kCaughtUp);
  EXPECT_EQ(ring.After({epoch_, 16}).kind, Kind::kBeyondHead);
  EXPECT_EQ(ring.After({RandomEpoch(), 12}).kind, Kind::kForeignEpoch);
}

TEST_F(EventRingTest, KeepsToBothLimits) {
  EventRing by_count({.events_max = 3});
  by_count.Reset({epoch_, 0}, 0);
  Fill(by_count, 1, 10);
  EXPECT_EQ(by_count.size().events, 3u);

  const size_t one = StreamEvent(epoch_, 1, archive_.ReadEvents({epoch_, 0}, 1)->front().payload, WallTime()).bytes();
  EventRing by_bytes({.events_max = 1000, .bytes_max = 5 * one + one / 2});
  by_bytes.Reset({epoch_, 0}, 0);
  Fill(by_bytes, 1, 10);
  EXPECT_EQ(by_bytes.size().events, 5u);
  EXPECT_LE(by_bytes.size().bytes, 5 * one + one / 2);

  EventRing tiny({.events_max = 1000, .bytes_max = 1});
  tiny.Reset({epoch_, 0}, 0);
  Fill(tiny, 1, 3);
  EXPECT_EQ(tiny.After({epoch_, 2}).kind, Kind::kEvent);
}

TEST_F(EventRingTest, IgnoresRepeatsAndLowerHeads) {
  EventRing ring({});
  ring.Reset({epoch_, 0}, 0);
  Fill(ring, 1, 3);
  Fill(ring, 2, 3);
  EXPECT_EQ(ring.size().events, 3u);
  ring.NoteHead(epoch_, 9);
  ring.NoteHead(epoch_, 4);
  ring.NoteHead(RandomEpoch(), 100);
  EXPECT_EQ(ring.head()->sequence, 9u);
  EXPECT_EQ(ring.After({epoch_, 7}).kind, Kind::kCaughtUp);
}

TEST_F(EventRingTest, ForgetsWithAReset) {
  EventRing ring({});
  ring.Reset({epoch_, 0}, 0);
  Fill(ring, 1, 5);
  ring.Reset({epoch_, 2}, 2);  // Set back to the second event.
  EXPECT_EQ(ring.After({epoch_, 5}).kind, Kind::kBeyondHead);
  EXPECT_EQ(ring.After({epoch_, 2}).kind, Kind::kCaughtUp);
  EXPECT_EQ(ring.After({epoch_, 1}).kind, Kind::kOlder);
  const Epoch other = RandomEpoch();
  ring.Reset({other, 0}, 0);
  EXPECT_EQ(ring.After({epoch_, 1}).kind, Kind::kForeignEpoch);
  EXPECT_EQ(ring.After({other, 0}).kind, Kind::kCaughtUp);
}

}  // namespace
}  // namespace dateline::notification
