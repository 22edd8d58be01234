// The matcher and the reader of the past over a log and a store in memory: every event once for everybody who wants it,
// changes seen by the next event, catching up, another life of the log, backfills within their rate.

#include "services/notification/matching/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/notification/matching/dry_run.h"
#include "services/notification/matching/history_reader.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/memory/memory_subscription_store.h"
#include "services/notification/testing/fake_archive.h"

namespace dateline::notification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Epoch kEpoch{1};
constexpr Epoch kOther{2};

// Whether this process leads is what the test says.
class OneLeads final : public Leases {
 public:
  bool Holds(int64_t /*subscription*/) const override { return true; }
  bool Leads() const override { return leads; }
  std::optional<Grant> Begin(int64_t /*subscription*/) override { return Grant{}; }
  void End(int64_t /*subscription*/) override {}
  bool leads = true;
};

class MatcherTest : public ::testing::Test {
 protected:
  MatcherTest() { ring_.Reset({kEpoch, 0}, 0); }

  int64_t Add(const std::string& id, const std::string& filter = "") {
    return store_.Create(Subscription(id, filter))->id;
  }
  void Append(const std::string& title, const std::string& text = {}) {
    archive_.Feed(ring_, archive_.Append(title, text));
  }
  void Match() {
    for (auto more = matcher_.Step(); more.ok() && *more;) more = matcher_.Step();
  }
  void ReadHistory(int steps = 20) {
    for (int i = 0; i < steps; ++i) {
      const auto more = history_.Step();
      ASSERT_TRUE(more.ok()) << more.status();
    }
  }
  std::vector<uint64_t> Waiting(int64_t id, Lane lane = Lane::kInOrder) {
    std::vector<uint64_t> sequences;
    const auto work = store_.Pending({.subscription = id, .lane = lane, .limit = 1'000});
    for (const PendingDelivery& delivery : work->deliveries) sequences.push_back(delivery.sequence);
    return sequences;
  }
  void SetState(const std::string& id, v1::Subscription::State state) {
    ASSERT_TRUE(store_
                    .Change("subscriptions/" + id,
                            [state](SubscriptionRecord* record) {
                              record->settings.set_state(state);
                              return absl::OkStatus();
                            })
                    .ok());
  }

  FakeClock clock_;
  EventRing ring_{{.events_max = 5}};
  FakeArchive archive_{kEpoch};
  MemorySubscriptionStore store_;
  std::vector<int64_t> notified_;
  OneLeads leases_;
  Matcher matcher_{
      {.batch_events = 3},
      ring_,
      archive_,
      store_,
      leases_,
      [this](const std::vector<int64_t>& ids) { notified_.insert(notified_.end(), ids.begin(), ids.end()); },
      clock_};
  HistoryReader history_{{.page_events = 2}, archive_, store_, leases_, [](const std::vector<int64_t>&) {}, clock_};
};

TEST_F(MatcherTest, BeginsWithTheNextEvent) {
  Append("before");
  const int64_t id = Add("first");
  Match();
  EXPECT_THAT(Waiting(id), IsEmpty());
  Append("after");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(2));
  EXPECT_THAT(notified_, ElementsAre(id));
}

TEST_F(MatcherTest, GivesEverybodyWhatTheyAskedForWithTheReason) {
  Match();
  const int64_t all = Add("every");
  const int64_t fire = Add("fire", "title:fire");
  const int64_t text = Add("text", "hidden");
  Append("A fire");
  Append("Water", "a hidden word");
  Match();
  EXPECT_THAT(Waiting(all), ElementsAre(1, 2));
  EXPECT_THAT(Waiting(fire), ElementsAre(1));
  EXPECT_THAT(Waiting(text), ElementsAre(2)) << "the full text is looked at";
  const auto deliveries = store_.Pending({.subscription = fire})->deliveries;
  EXPECT_THAT(deliveries[0].reasons, ElementsAre(::testing::HasSubstr("title:fire")));
  EXPECT_EQ(deliveries[0].event_id, "event-1");
}

TEST_F(MatcherTest, ReadsWhatTheRingHasNotAnyMore) {
  Match();
  const int64_t id = Add("first");
  for (int i = 0; i < 20; ++i) Append("one");
  Match();
  EXPECT_EQ(Waiting(id).size(), 20U);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(Waiting(id)[i], i + 1);
}

TEST_F(MatcherTest, AChangeIsSeenByTheNextEvent) {
  Match();
  const int64_t id = Add("first", "fire");
  Append("fire");
  Match();
  ASSERT_TRUE(store_
                  .Change("subscriptions/first",
                          [](SubscriptionRecord* record) {
                            record->settings.set_filter("water");
                            return absl::OkStatus();
                          })
                  .ok());
  Append("fire");
  Append("water");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1, 3));
  ASSERT_TRUE(store_.Delete("subscriptions/first", [](const auto&) { return absl::OkStatus(); }).ok());
  Append("water");
  Match();
  EXPECT_EQ(matcher_.stats().subscriptions, 0U);
}

TEST_F(MatcherTest, OneThatDoesNotLeadFollowsAndGoesOnWhereTheOtherStopped) {
  Match();
  const int64_t id = Add("first");
  Append("one");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1));
  leases_.leads = false;
  Append("two");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1)) << "another matches it";
  EXPECT_FALSE(*history_.Step());
  // As the other one does.
  ASSERT_TRUE(
      store_
          .CommitMatches(
              {.version = store_.version(), .from = {kEpoch, 1}, .to = {{kEpoch, 2}, clock_.Now()}, .events = {}},
              clock_.Now())
          .ok());
  clock_.Advance(std::chrono::seconds(2));
  Match();
  EXPECT_EQ(matcher_.stats().cursor, 2U);
  Append("three");
  leases_.leads = true;
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1, 3)) << "nothing is matched twice";
}

TEST_F(MatcherTest, PausingLosesNothing) {
  Match();
  const int64_t id = Add("first");
  Append("one");
  Match();
  SetState("first", v1::Subscription::STATE_PAUSED);
  for (int i = 0; i < 7; ++i) Append("meanwhile");
  Match();
  SetState("first", v1::Subscription::STATE_ACTIVE);
  Append("after");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1));
  ReadHistory();
  EXPECT_TRUE(store_.Get("subscriptions/first")->live());
  Append("live");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(MatcherTest, AStorageThatIsAwayIsWaitedFor) {
  Match();
  const int64_t id = Add("first", "hidden");
  Append("one", "hidden");
  archive_.SetAway(true);
  EXPECT_FALSE(matcher_.Step().ok());
  EXPECT_THAT(Waiting(id), IsEmpty());
  archive_.SetAway(false);
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1));
}

TEST_F(MatcherTest, AReleaseThatIsGoneIsMatchedAsTheEventCarriesIt) {
  Match();
  const int64_t id = Add("first", "fire");
  const uint64_t sequence = archive_.Append("fire", "text");
  archive_.Erase("releases/1");
  archive_.Feed(ring_, sequence);
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1));
}

TEST_F(MatcherTest, GoesOnBehindTheLastTimeWhenTheLogBeginsAnew) {
  Match();
  const int64_t id = Add("first");
  for (int i = 0; i < 3; ++i) Append("old");
  Match();
  EXPECT_THAT(Waiting(id), ElementsAre(1, 2, 3));
  // Restored: the first two events are there again, under another epoch, and two more have happened since.
  FakeArchive restored(kOther);
  EventRing ring({.events_max = 5});
  for (int i = 0; i < 5; ++i) restored.Append("new");
  ring.Reset({kOther, 0}, 5);
  for (uint64_t i = 1; i <= 5; ++i) restored.Feed(ring, i);
  Matcher after(
      {.batch_events = 3}, ring, restored, store_, leases_, [](const std::vector<int64_t>&) {}, clock_);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(after.Step().ok());
  // Events of the time up to the last one that was matched are known.
  EXPECT_EQ((*store_.Cursor())->position, (StreamPosition{kOther, 5}));
  EXPECT_EQ(after.stats().events, 2U);
}

TEST_F(MatcherTest, SaysHowManyEventsWereGone) {
  Match();
  const int64_t id = Add("first");
  for (int i = 0; i < 10; ++i) Append("one");
  archive_.TrimBelow(4);
  Match();
  EXPECT_EQ(matcher_.stats().missed, 3U);
  EXPECT_THAT(Waiting(id), ElementsAre(4, 5, 6, 7, 8, 9, 10));
}

TEST_F(MatcherTest, WhatIsFinishedIsKeptForItsTimeAndThenAllOfItGoes) {
  Match();
  const int64_t id = Add("first");
  for (int i = 0; i < 25; ++i) Append("one");
  Match();
  for (int i = 0; i < 20; ++i) {
    AttemptCommit commit;
    commit.subscription = id;
    commit.succeeded = true;
    DeliveryOutcome& outcome = commit.outcomes.emplace_back();
    outcome.delivery = store_.Pending({.subscription = id, .limit = 1})->deliveries.front().id;
    outcome.state = v1::Delivery::STATE_SUCCEEDED;
    store_.CommitAttempt(std::move(commit), [](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  }
  const auto kept = [&] {
    return store_.ListDeliveries({.subscription = "subscriptions/first", .limit = 100, .before = std::nullopt})
        ->deliveries.size();
  };
  HistoryReader trimming(
      {.retention = std::chrono::hours(24), .trim_max = 6}, archive_, store_, leases_,
      [](const std::vector<int64_t>&) {}, clock_);
  clock_.Advance(std::chrono::hours(23));
  ASSERT_TRUE(trimming.Step().ok());
  EXPECT_EQ(kept(), 25U);
  clock_.Advance(std::chrono::hours(2));
  int steps = 0;
  while (*trimming.Step()) ++steps;
  EXPECT_EQ(kept(), 5U) << "what waits stays";
  EXPECT_EQ(steps, 3) << "a few at a time, without a pause";
}

TEST_F(MatcherTest, ABackfillDeliversThePastWithinItsRate) {
  for (int i = 0; i < 50; ++i) Append(i % 2 == 0 ? "fire" : "water");
  Match();
  const int64_t id = Add("first", "fire");
  BackfillRecord record;
  record.operation = "operations/one";
  record.subscription = id;
  record.subscription_name = "subscriptions/first";
  record.next = {kEpoch, 9};
  record.start_sequence = 9;
  record.end_sequence = 50;
  record.max_per_minute = 60;  // One a second, two at once.
  ASSERT_TRUE(store_.AddBackfill(record).ok());
  ReadHistory();
  EXPECT_THAT(Waiting(id, Lane::kAside), ElementsAre(11));
  clock_.Advance(std::chrono::seconds(1));
  ReadHistory();
  EXPECT_EQ(Waiting(id, Lane::kAside).size(), 2U);
  for (int i = 0; i < 40; ++i) {
    clock_.Advance(std::chrono::seconds(1));
    ReadHistory();
  }
  const auto done = store_.GetBackfill("operations/one");
  EXPECT_TRUE(done->done);
  EXPECT_EQ(done->error_reason, "");
  EXPECT_EQ(done->read_count, 41U);
  EXPECT_EQ(done->delivered_count, 20U);
  const auto waiting = store_.Pending({.subscription = id, .lane = Lane::kAside, .limit = 100})->deliveries;
  ASSERT_EQ(waiting.size(), 20U);
  EXPECT_TRUE(waiting[0].backfill);
}

TEST_F(MatcherTest, ABackfillEndsWhenItIsCancelledOrItsSubscriptionIsRemoved) {
  for (int i = 0; i < 4; ++i) Append("one");
  Match();
  BackfillRecord record;
  record.subscription = Add("first");
  record.subscription_name = "subscriptions/first";
  record.next = {kEpoch, 0};
  record.end_sequence = 4;
  record.max_per_minute = 1;
  record.operation = "operations/cancelled";
  ASSERT_TRUE(store_.AddBackfill(record).ok());
  record.operation = "operations/orphaned";
  ASSERT_TRUE(store_.AddBackfill(record).ok());
  ASSERT_TRUE(store_.CancelBackfill("operations/cancelled").ok());
  ASSERT_TRUE(store_.Delete("subscriptions/first", [](const auto&) { return absl::OkStatus(); }).ok());
  ReadHistory();
  EXPECT_EQ(store_.GetBackfill("operations/cancelled")->error_reason, "CANCELLED");
  EXPECT_EQ(store_.GetBackfill("operations/orphaned")->error_reason, "SUBSCRIPTION_NOT_FOUND");
}

TEST_F(MatcherTest, ADryRunCountsByDayAndSaysWhy) {
  for (int i = 0; i < 30; ++i) archive_.Append(i % 3 == 0 ? "fire" : "water");
  DryRunParams params;
  params.filter = *filter::Compile("title:fire");
  params.types = WantedTypes({});
  params.days = 2;
  // The events of the fake come a second apart, from 1970-01-01T00:16:41Z on.
  params.now = WallTime(std::chrono::hours(24) + std::chrono::seconds(1'010));
  const auto run = DryRun(params, archive_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->match_count(), 10);
  ASSERT_EQ(run->daily_counts_size(), 2);
  EXPECT_EQ(run->daily_counts(0) + run->daily_counts(1), 10);
  EXPECT_EQ(run->daily_counts(0), 3) << "those of the day before";
  ASSERT_EQ(run->samples_size(), 10);
  EXPECT_EQ(run->samples(0).event_sequence(), 28U) << "the latest first";
  EXPECT_THAT(run->samples(0).match_reasons(0), ::testing::HasSubstr("title:fire"));
  params.give_up = [] { return true; };
  EXPECT_EQ(ErrorReason(DryRun(params, archive_).status()), "DRY_RUN_TOO_LONG");
}

}  // namespace
}  // namespace dateline::notification
