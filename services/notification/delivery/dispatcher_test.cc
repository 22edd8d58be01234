// The dispatcher over a store in memory and a channel that the test answers for: order, retries by the table, giving
// up, disabling, lines that do not hold each other up, and what a stop leaves behind.

#include "services/notification/delivery/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>

#include "common/testing/wait.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/memory/memory_subscription_store.h"

namespace dateline::notification {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using testing::WaitUntil;

constexpr Epoch kEpoch{1};

// Keeps what is sent until the test answers it.
class FakeChannel final : public Channel {
 public:
  void Send(SendRequest request, Done done) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    sent_.emplace_back(std::move(request), std::move(done));
  }
  size_t BatchMax(const SubscriptionRecord& subscription) const override {
    return std::max(subscription.settings.webhook().batch_size(), 1U);
  }
  size_t ConcurrencyMax(const SubscriptionRecord& subscription) const override {
    return std::max(subscription.settings.webhook().concurrency(), 1U);
  }

  size_t open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return sent_.size();
  }
  // The sequences of the oldest open request of this subscription; empty without one.
  std::vector<uint64_t> Sequences(int64_t subscription) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<uint64_t> sequences;
    for (const auto& [request, done] : sent_) {
      if (request.subscription.id != subscription) continue;
      for (const PendingDelivery& delivery : request.deliveries) sequences.push_back(delivery.sequence);
      break;
    }
    return sequences;
  }
  // Answers the oldest open request of this subscription.
  void Answer(int64_t subscription, SendResult result) {
    Done done;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (auto at = sent_.begin(); at != sent_.end(); ++at) {
        if (at->first.subscription.id != subscription) continue;
        done = std::move(at->second);
        sent_.erase(at);
        break;
      }
    }
    ASSERT_TRUE(done) << "nothing is open";
    done(std::move(result));
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<SendRequest, Done>> sent_;
};

// Leases that the test gives and takes.
class FakeLeases final : public Leases {
 public:
  bool Holds(int64_t /*subscription*/) const override { return held_; }
  bool Leads() const override { return held_; }
  std::optional<Grant> Begin(int64_t /*subscription*/) override {
    if (!held_) return std::nullopt;
    ++under_way_;
    return Grant{fence_.load()};
  }
  void End(int64_t /*subscription*/) override { --under_way_; }

  void Set(bool held) { held_ = held; }
  int under_way() const { return under_way_; }

 private:
  std::atomic<bool> held_{true};
  std::atomic<uint64_t> fence_{1};
  std::atomic<int> under_way_{0};
};

SendResult Delivered() {
  SendResult result;
  result.kind = SendResult::Kind::kDelivered;
  result.http_status = 204;
  return result;
}
SendResult Failed(int status = 500) {
  SendResult result;
  result.http_status = status;
  result.error = "it failed";
  return result;
}

// Writes outcomes when the test lets it.
class SlowStore final : public MemorySubscriptionStore {
 public:
  void CommitAttempt(AttemptCommit commit, Done done) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (held_) {
        waiting_.emplace_back(std::move(commit), std::move(done));
        return;
      }
    }
    MemorySubscriptionStore::CommitAttempt(std::move(commit), std::move(done));
  }
  void Hold() {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = true;
  }
  void Release() {
    std::vector<std::pair<AttemptCommit, Done>> waiting;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      held_ = false;
      waiting.swap(waiting_);
    }
    for (auto& [commit, done] : waiting) MemorySubscriptionStore::CommitAttempt(std::move(commit), std::move(done));
  }

 private:
  std::mutex mutex_;
  bool held_ = false;
  std::vector<std::pair<AttemptCommit, Done>> waiting_;
};

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() { EXPECT_TRUE(store_.MoveCursor({{kEpoch, 0}, clock_.Now()}).ok()); }

  int64_t Add(const std::string& id, uint32_t concurrency = 1, uint32_t batch = 1) {
    SubscriptionRecord record = Subscription(id);
    record.settings.mutable_webhook()->set_concurrency(concurrency);
    record.settings.mutable_webhook()->set_batch_size(batch);
    return store_.Create(record)->id;
  }
  void Match(uint64_t sequence, std::vector<int64_t> receivers) {
    MatchCommit commit{.version = store_.version(),
                       .from = (*store_.Cursor())->position,
                       .to = {{kEpoch, sequence}, clock_.Now()},
                       .events = {Matched(sequence, receivers)}};
    ASSERT_TRUE(store_.CommitMatches(commit, clock_.Now()).ok());
    dispatcher_.Notify(receivers);
  }
  // Waits until this is what is open for the subscription.
  ::testing::AssertionResult Sends(int64_t subscription, const std::vector<uint64_t>& sequences) {
    if (WaitUntil([&] { return channel_.Sequences(subscription) == sequences; })) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << ::testing::PrintToString(channel_.Sequences(subscription));
  }
  v1::Delivery Logged(const std::string& id, uint64_t sequence) {
    const auto page = store_.ListDeliveries({.subscription = "subscriptions/" + id, .before = std::nullopt});
    for (const v1::Delivery& delivery : page->deliveries) {
      if (delivery.event_sequence() == sequence) return delivery;
    }
    return {};
  }

  FakeClock clock_;
  SlowStore store_;
  FakeChannel channel_;
  DeliveryObserver observer_;
  FakeLeases leases_;
  Dispatcher dispatcher_{{.retry = {}, .in_flight_max = 4},
                         store_,
                         leases_,
                         {.webhook = &channel_},
                         observer_,
                         clock_,
                         [] { return 0.5; }};
};

TEST_F(DispatcherTest, KeepsTheOrderOfASubscription) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  for (uint64_t i = 1; i <= 3; ++i) Match(i, {id});
  for (uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Sends(id, {i}));
    EXPECT_EQ(channel_.open(), 1U);
    channel_.Answer(id, Delivered());
  }
  EXPECT_TRUE(WaitUntil([&] { return store_.Get("subscriptions/first")->backlog == 0; }));
}

TEST_F(DispatcherTest, DoesNotWaitForTheDiskAfterADeliveryThatArrived) {
  const int64_t id = Add("first");
  store_.Hold();
  dispatcher_.Start();
  for (uint64_t i = 1; i <= 4; ++i) Match(i, {id});
  for (uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Sends(id, {i}));
    EXPECT_EQ(channel_.open(), 1U) << "still one at a time";
    channel_.Answer(id, Delivered());
  }
  ASSERT_TRUE(Sends(id, {4}));
  EXPECT_EQ(Logged("first", 1).attempts_size(), 0) << "nothing is written yet";
  store_.Release();
  channel_.Answer(id, Delivered());
  EXPECT_TRUE(WaitUntil([&] { return store_.Get("subscriptions/first")->backlog == 0; }));
  EXPECT_TRUE(WaitUntil([&] { return dispatcher_.stats().in_flight == 0 && leases_.under_way() == 0; }));
  for (uint64_t i = 1; i <= 4; ++i) EXPECT_EQ(Logged("first", i).attempts_size(), 1) << i;
}

TEST_F(DispatcherTest, AttemptsBeforeTheirRecordsAreLimitedLikeOthers) {
  const int64_t id = Add("first");
  store_.Hold();
  dispatcher_.Start();
  for (uint64_t i = 1; i <= 6; ++i) Match(i, {id});
  for (uint64_t i = 1; i <= 4; ++i) {
    ASSERT_TRUE(Sends(id, {i}));
    channel_.Answer(id, Delivered());
  }
  ASSERT_TRUE(WaitUntil([&] { return dispatcher_.stats().waiting == 1; })) << "four are all that may be open";
  EXPECT_EQ(channel_.open(), 0U);
  store_.Release();
  for (uint64_t i = 5; i <= 6; ++i) {
    ASSERT_TRUE(Sends(id, {i}));
    channel_.Answer(id, Delivered());
  }
  EXPECT_TRUE(WaitUntil([&] { return store_.Get("subscriptions/first")->backlog == 0; }));
}

TEST_F(DispatcherTest, WhatWasReadAheadHeedsAChangeOfSettings) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  for (uint64_t i = 1; i <= 3; ++i) Match(i, {id});
  ASSERT_TRUE(Sends(id, {1}));
  const auto pause = [](SubscriptionRecord* record) {
    record->settings.set_state(v1::Subscription::STATE_PAUSED);
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_.Change("subscriptions/first", pause).ok());
  channel_.Answer(id, Delivered());
  ASSERT_TRUE(WaitUntil([&] { return dispatcher_.stats().lines == 0; }));
  EXPECT_EQ(channel_.open(), 0U) << "paused";
  const auto resume = [](SubscriptionRecord* record) {
    record->settings.set_state(v1::Subscription::STATE_ACTIVE);
    record->settings.mutable_webhook()->set_uri("https://elsewhere.example/");
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_.Change("subscriptions/first", resume).ok());
  dispatcher_.Notify({id});
  EXPECT_TRUE(Sends(id, {2}));
}

TEST_F(DispatcherTest, BeginsNothingForASubscriptionOfAnotherReplica) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  ASSERT_TRUE(Sends(id, {1}));
  leases_.Set(false);
  Match(2, {id});
  channel_.Answer(id, Delivered());
  ASSERT_TRUE(WaitUntil([&] { return store_.Get("subscriptions/first")->backlog == 1; }))
      << "what was under way is written";
  ASSERT_TRUE(WaitUntil([&] { return leases_.under_way() == 0 && dispatcher_.stats().lines == 0; }));
  EXPECT_EQ(channel_.open(), 0U);
  leases_.Set(true);
  dispatcher_.LookAgain();
  EXPECT_TRUE(Sends(id, {2}));
}

TEST_F(DispatcherTest, ALaterDeliveryWaitsForAFailedOne) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  Match(2, {id});
  ASSERT_TRUE(Sends(id, {1}));
  channel_.Answer(id, Failed());
  ASSERT_TRUE(WaitUntil([&] { return Logged("first", 1).attempts_size() == 1; }));
  EXPECT_EQ(channel_.open(), 0U);
  clock_.Advance(6s);
  ASSERT_TRUE(Sends(id, {1}));
  channel_.Answer(id, Delivered());
  ASSERT_TRUE(Sends(id, {2}));
  const v1::Delivery logged = Logged("first", 1);
  EXPECT_EQ(logged.state(), v1::Delivery::STATE_SUCCEEDED);
  ASSERT_EQ(logged.attempts_size(), 2);
  EXPECT_EQ(logged.attempts(0).http_status(), 500);
  EXPECT_EQ(logged.attempts(0).error(), "it failed");
}

TEST_F(DispatcherTest, OneThatDoesNotAnswerHoldsUpNobody) {
  std::vector<int64_t> ids;
  for (const char* id : {"aaaa", "bbbb", "cccc"}) ids.push_back(Add(id));
  dispatcher_.Start();
  Match(1, ids);
  ASSERT_TRUE(Sends(ids[0], {1}));
  // The first never answers; the others go on.
  for (uint64_t i = 2; i <= 5; ++i) Match(i, ids);
  for (uint64_t i = 1; i <= 5; ++i) {
    for (const int64_t id : {ids[1], ids[2]}) {
      ASSERT_TRUE(Sends(id, {i}));
      channel_.Answer(id, Delivered());
    }
  }
  EXPECT_EQ(channel_.Sequences(ids[0]), std::vector<uint64_t>{1});
}

TEST_F(DispatcherTest, FailingReceiversTakeHalfOfAllAttemptsAtMost) {
  std::vector<int64_t> failing;
  for (const char* id : {"aaaa", "bbbb", "cccc", "dddd"}) failing.push_back(Add(id));
  const int64_t good = Add("good");
  dispatcher_.Start();
  Match(1, failing);
  for (const int64_t id : failing) {
    ASSERT_TRUE(Sends(id, {1}));
    channel_.Answer(id, Failed());
  }
  for (const char* id : {"aaaa", "bbbb", "cccc", "dddd"}) {
    ASSERT_TRUE(WaitUntil([&] { return Logged(id, 1).attempts_size() == 1; }));
  }
  clock_.Advance(10s);
  ASSERT_TRUE(WaitUntil([&] { return channel_.open() == 2; }));
  Match(2, {good});
  ASSERT_TRUE(Sends(good, {2})) << "there is room for those that do not fail";
  EXPECT_EQ(channel_.open(), 3U);
  for (const int64_t id : failing) {
    ASSERT_TRUE(WaitUntil([&] { return !channel_.Sequences(id).empty(); })) << "each has its turn";
    channel_.Answer(id, Delivered());
  }
}

TEST_F(DispatcherTest, SendsSeveralTogetherAndSeveralAtOnce) {
  const int64_t batched = Add("batched", 1, 3);
  const int64_t parallel = Add("parallel", 2, 1);
  for (uint64_t i = 1; i <= 4; ++i) {
    MatchCommit commit{.version = store_.version(),
                       .from = (*store_.Cursor())->position,
                       .to = {{kEpoch, i}, clock_.Now()},
                       .events = {Matched(i, {batched, parallel})}};
    ASSERT_TRUE(store_.CommitMatches(commit, clock_.Now()).ok());
  }
  dispatcher_.Start();
  ASSERT_TRUE(Sends(batched, {1, 2, 3}));
  ASSERT_TRUE(WaitUntil([&] { return channel_.open() == 3; })) << "two of the other at once";
  channel_.Answer(batched, Delivered());
  ASSERT_TRUE(Sends(batched, {4}));
}

TEST_F(DispatcherTest, TriesForADayThenGivesUpAndDisables) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  Match(2, {id});
  for (int attempt = 1; attempt <= 10; ++attempt) {
    ASSERT_TRUE(WaitUntil([&] {
      if (channel_.Sequences(id) == std::vector<uint64_t>{1}) return true;
      clock_.Advance(1min);
      return false;
    })) << attempt;
    channel_.Answer(id, Failed());
    ASSERT_TRUE(WaitUntil([&] { return Logged("first", 1).attempts_size() == attempt; }));
  }
  ASSERT_TRUE(WaitUntil(
      [&] { return store_.Get("subscriptions/first")->settings.state() == v1::Subscription::STATE_DISABLED; }));
  EXPECT_EQ(Logged("first", 1).state(), v1::Delivery::STATE_FAILED);
  EXPECT_EQ(Logged("first", 2).state(), v1::Delivery::STATE_PENDING) << "what waits is kept";
  EXPECT_THAT(store_.Get("subscriptions/first")->settings.state_cause(),
              ::testing::HasSubstr("every attempt has failed since"));
}

TEST_F(DispatcherTest, GoneDisablesAtOnceAndLosesNothing) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  ASSERT_TRUE(Sends(id, {1}));
  SendResult gone = Failed(410);
  gone.kind = SendResult::Kind::kGone;
  channel_.Answer(id, gone);
  ASSERT_TRUE(WaitUntil(
      [&] { return store_.Get("subscriptions/first")->settings.state() == v1::Subscription::STATE_DISABLED; }));
  ASSERT_TRUE(store_
                  .Change("subscriptions/first",
                          [](SubscriptionRecord* record) {
                            record->settings.set_state(v1::Subscription::STATE_ACTIVE);
                            return absl::OkStatus();
                          })
                  .ok());
  dispatcher_.Notify({id});
  clock_.Advance(2min);
  EXPECT_TRUE(Sends(id, {1}));
}

TEST_F(DispatcherTest, WaitsAsLongAsTheReceiverAsks) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  ASSERT_TRUE(Sends(id, {1}));
  SendResult later = Failed(429);
  later.retry_after = 1h;
  channel_.Answer(id, later);
  ASSERT_TRUE(WaitUntil([&] { return Logged("first", 1).attempts_size() == 1; }));
  EXPECT_GE(Logged("first", 1).next_attempt_time().seconds(), ToMicros(clock_.Now() + 1h) / 1'000'000);
}

TEST_F(DispatcherTest, ADigestWaitsForItsHourAndGoesTogether) {
  const int64_t id = Add("first", 1, 50);
  ASSERT_TRUE(store_
                  .Change("subscriptions/first",
                          [](SubscriptionRecord* record) {
                            record->settings.mutable_digest()->set_period(v1::DigestSettings::PERIOD_HOUR);
                            return absl::OkStatus();
                          })
                  .ok());
  dispatcher_.Start();
  Match(1, {id});
  Match(2, {id});
  ASSERT_TRUE(WaitUntil([&] { return dispatcher_.stats().lines == 1; }));
  EXPECT_EQ(channel_.open(), 0U);
  clock_.Advance(1h);
  EXPECT_TRUE(Sends(id, {1, 2}));
}

TEST_F(DispatcherTest, WhatWasCutOffIsSentAgainAndNotCounted) {
  const int64_t id = Add("first");
  dispatcher_.Start();
  Match(1, {id});
  ASSERT_TRUE(Sends(id, {1}));
  SendResult cut;
  cut.kind = SendResult::Kind::kCancelled;
  channel_.Answer(id, cut);
  ASSERT_TRUE(Sends(id, {1}));
  EXPECT_EQ(Logged("first", 1).attempts_size(), 0);
  channel_.Answer(id, Delivered());
  EXPECT_TRUE(WaitUntil([&] { return Logged("first", 1).state() == v1::Delivery::STATE_SUCCEEDED; }));
}

TEST_F(DispatcherTest, BeginsWithWhatWaited) {
  const int64_t id = Add("first");
  Match(1, {id});
  dispatcher_.Start();
  EXPECT_TRUE(Sends(id, {1}));
}

}  // namespace
}  // namespace dateline::notification
