// Proves the decisions of one stream, step by step with times made up: first heartbeat, ring and pages in one order,
// filter and types, reads of the full text only when they decide, heartbeats, retries, and the two ways a stream ends.

#include "services/notification/stream_cursor.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/notification/testing/fake_archive.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StreamCursorTest : public ::testing::Test {
 protected:
  StreamCursorTest() { ring_.Reset({epoch_, 0}, 0); }

  StreamCursor MakeCursor(uint64_t after, const std::string& filter = {},
                          std::set<std::string, std::less<>> types = {}) {
    return StreamCursor({.start = {epoch_, after},
                         .filter = *filters_.Get(filter),
                         .event_types = std::move(types),
                         .heartbeat_interval = seconds(10)},
                        now_);
  }

  void Append(const std::string& title, const std::string& text = {},
              const std::string& type = FakeArchive::kPublished) {
    archive_.Feed(ring_, archive_.Append(title, text, type));
  }

  EventPagePtr Page(uint64_t after, uint32_t limit) {
    auto page = std::make_shared<EventPage>();
    const auto entries = archive_.ReadEvents({epoch_, after}, limit);
    EXPECT_TRUE(entries.ok()) << entries.status();
    for (const auto& entry : *entries) {
      page->events.push_back(std::make_shared<const StreamEvent>(epoch_, entry.sequence, entry.payload, WallTime()));
    }
    return page;
  }

  // The sequence that the step sends; 0 for a heartbeat, -1 for anything else.
  static int64_t Sent(const StreamCursor::Step& step) {
    const auto* send = std::get_if<StreamCursor::Send>(&step);
    if (send == nullptr) return -1;
    if (send->event == nullptr) return 0;
    EXPECT_EQ(send->position.sequence, send->event->sequence());
    return static_cast<int64_t>(send->event->sequence());
  }
  int64_t Step(StreamCursor& cursor) { return Sent(cursor.Next(ring_, now_)); }

  const Epoch epoch_ = RandomEpoch();
  FakeArchive archive_{epoch_};
  EventRing ring_{{.events_max = 4}};
  FilterSet filters_;
  MonotonicTime now_{seconds(1000)};
};

TEST_F(StreamCursorTest, BeginsWithAHeartbeatAndThenSendsInOrder) {
  for (int i = 0; i < 3; ++i) Append("title");
  StreamCursor cursor = MakeCursor(1);
  const StreamCursor::Step first = cursor.Next(ring_, now_);
  EXPECT_EQ(Sent(first), 0);
  EXPECT_EQ(std::get<StreamCursor::Send>(first).position.sequence, 1u);
  EXPECT_EQ(std::get<StreamCursor::Send>(first).head, 3u);
  EXPECT_EQ(Step(cursor), 2);
  EXPECT_EQ(Step(cursor), 3);
  const StreamCursor::Step idle = cursor.Next(ring_, now_);
  EXPECT_EQ(std::get<StreamCursor::Wait>(idle).until, now_ + seconds(10));
}

TEST_F(StreamCursorTest, ReadsPagesBelowTheRingAndGoesOnInIt) {
  for (int i = 0; i < 9; ++i) Append("title");  // The ring holds 6 to 9.
  StreamCursor cursor = MakeCursor(0);
  EXPECT_EQ(Step(cursor), 0);
  const StreamCursor::Step load = cursor.Next(ring_, now_);
  EXPECT_EQ(std::get<StreamCursor::LoadPage>(load).after.sequence, 0u);
  EXPECT_TRUE(std::holds_alternative<StreamCursor::Wait>(cursor.Next(ring_, now_))) << "one read at a time";
  cursor.OnPage(Page(0, 3), now_);
  for (int64_t expected = 1; expected <= 3; ++expected) EXPECT_EQ(Step(cursor), expected);
  EXPECT_EQ(std::get<StreamCursor::LoadPage>(cursor.Next(ring_, now_)).after.sequence, 3u);
  cursor.OnPage(Page(3, 100), now_);
  for (int64_t expected = 4; expected <= 9; ++expected) EXPECT_EQ(Step(cursor), expected);
  EXPECT_TRUE(std::holds_alternative<StreamCursor::Wait>(cursor.Next(ring_, now_)));
}

TEST_F(StreamCursorTest, SkipsWhatDoesNotMatchAndMovesTheTokenPastIt) {
  Append("about water");
  Append("about fire", "", "org.dateline.release.revised");
  Append("about water and fire");
  StreamCursor cursor = MakeCursor(0, "title:fire", {FakeArchive::kPublished});
  EXPECT_EQ(Step(cursor), 0);
  EXPECT_EQ(Step(cursor), 3);
  Append("about air");
  EXPECT_EQ(Step(cursor), -1);
  now_ += seconds(10);
  const StreamCursor::Step heartbeat = cursor.Next(ring_, now_);
  EXPECT_EQ(Sent(heartbeat), 0);
  EXPECT_EQ(std::get<StreamCursor::Send>(heartbeat).position.sequence, 4u);
}

TEST_F(StreamCursorTest, AsksForTheTextOnlyWhenItDecides) {
  Append("about water", "the text speaks of fire");
  StreamCursor by_title = MakeCursor(0, "water");
  EXPECT_EQ(Step(by_title), 0);
  EXPECT_EQ(Step(by_title), 1);

  StreamCursor by_text = MakeCursor(0, "fire");
  EXPECT_EQ(Step(by_text), 0);
  const StreamCursor::Step load = by_text.Next(ring_, now_);
  ASSERT_TRUE(std::holds_alternative<StreamCursor::LoadRelease>(load));
  const StreamEventPtr event = std::get<StreamCursor::LoadRelease>(load).event;
  event->SetFull(std::make_shared<const release::v1::Release>(*archive_.GetRelease("releases/1", 1)));
  by_text.OnRelease(absl::OkStatus(), now_);
  EXPECT_EQ(Step(by_text), 1);

  event->ForgetFull();
  StreamCursor same_filter = MakeCursor(0, "fire");
  EXPECT_EQ(Step(same_filter), 0);
  EXPECT_EQ(Step(same_filter), 1) << "the shared filter remembers";
}

TEST_F(StreamCursorTest, TakesWhatTheEventCarriesWhenTheReleaseIsGone) {
  Append("about water", "fire");
  StreamCursor cursor = MakeCursor(0, "fire OR nothing");
  EXPECT_EQ(Step(cursor), 0);
  std::get<StreamCursor::LoadRelease>(cursor.Next(ring_, now_)).event->SetFull(nullptr);
  cursor.OnRelease(absl::OkStatus(), now_);
  EXPECT_TRUE(std::holds_alternative<StreamCursor::Wait>(cursor.Next(ring_, now_)));
  EXPECT_EQ(cursor.position().sequence, 1u);
}

TEST_F(StreamCursorTest, KeepsHeartbeatsAndRetriesWhileReadsFail) {
  for (int i = 0; i < 9; ++i) Append("title");
  StreamCursor cursor = MakeCursor(0);
  EXPECT_EQ(Step(cursor), 0);
  milliseconds expected = kRetryMin;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(std::holds_alternative<StreamCursor::LoadPage>(cursor.Next(ring_, now_)));
    cursor.OnPage(absl::UnavailableError("away"), now_);
    const StreamCursor::Step wait = cursor.Next(ring_, now_);
    EXPECT_EQ(std::get<StreamCursor::Wait>(wait).until, now_ + expected);
    now_ += expected;
    expected *= 2;
  }
  ASSERT_TRUE(std::holds_alternative<StreamCursor::LoadPage>(cursor.Next(ring_, now_)));
  now_ += seconds(11);
  EXPECT_EQ(Step(cursor), 0) << "a heartbeat during a slow read";
  cursor.OnPage(Page(0, 9), now_);
  EXPECT_EQ(Step(cursor), 1);
}

TEST_F(StreamCursorTest, EndsWhenItsEventsAreGone) {
  for (int i = 0; i < 9; ++i) Append("title");
  StreamCursor trimmed = MakeCursor(0);
  EXPECT_EQ(Step(trimmed), 0);
  ASSERT_TRUE(std::holds_alternative<StreamCursor::LoadPage>(trimmed.Next(ring_, now_)));
  trimmed.OnPage(Error(absl::StatusCode::kOutOfRange, "EVENTS_TRIMMED", "gone", {{"low_water", "5"}}), now_);
  const StreamCursor::Step end = trimmed.Next(ring_, now_);
  ASSERT_TRUE(std::holds_alternative<StreamCursor::End>(end));
  const absl::Status status = std::get<StreamCursor::End>(end).status;
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), "EVENTS_TRIMMED");
  EXPECT_EQ(ErrorMetadataValue(status, "low_water"), "5");

  StreamCursor replaced = MakeCursor(9);
  EXPECT_EQ(Step(replaced), 0);
  ring_.Reset({RandomEpoch(), 0}, 0);
  const StreamCursor::Step over = replaced.Next(ring_, now_);
  ASSERT_TRUE(std::holds_alternative<StreamCursor::End>(over));
  EXPECT_EQ(ErrorReason(std::get<StreamCursor::End>(over).status), "EPOCH_CHANGED");
}

TEST_F(StreamCursorTest, LetsOthersHaveATurnWhileNothingMatches) {
  EventRing large({.events_max = 1000});
  large.Reset({epoch_, 0}, 0);
  for (int i = 0; i < kScanMax + 10; ++i) archive_.Feed(large, archive_.Append("title"));
  StreamCursor cursor = MakeCursor(0, "title:other");
  EXPECT_EQ(Sent(cursor.Next(large, now_)), 0);
  EXPECT_TRUE(std::holds_alternative<StreamCursor::Again>(cursor.Next(large, now_)));
  EXPECT_TRUE(std::holds_alternative<StreamCursor::Wait>(cursor.Next(large, now_)));
  EXPECT_EQ(cursor.position().sequence, static_cast<uint64_t>(kScanMax + 10));
}

TEST(FilterSet, SharesEqualFiltersWhileTheyAreUsed) {
  FilterSet filters;
  auto first = *filters.Get("title:x");
  EXPECT_EQ(first, *filters.Get("title:x"));
  EXPECT_NE(first, *filters.Get("title:y"));
  EXPECT_EQ(filters.size(), 1u);
  first.reset();
  EXPECT_EQ(filters.size(), 0u);
  EXPECT_EQ(ErrorReason(filters.Get("title =").status()), "INVALID_FILTER");
}

}  // namespace
}  // namespace dateline::notification
