// Runs the conformance suite on PostgresSubscriptionStore, with a real server; and proves what belongs to several
// replicas that share one: leases, fences, that each hears of the other's commits, and that crossing writes do not
// stop each other.

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "services/notification/subscriptions/conformance/lease_table_rules.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/postgres/postgres_lease_table.h"
#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"

namespace dateline::notification {
namespace {

using testing::PostgresServer;
using testing::WaitUntil;

sql::postgres::ConnectionOptions Connect(const std::string& database) {
  sql::postgres::ConnectionOptions connection;
  connection.connection = database;
  return connection;
}

std::unique_ptr<PostgresSubscriptionStore> Open(const std::string& database, const Clock& clock,
                                                SubscriptionStore::Limits limits = {}, std::string replica = "one") {
  auto opened = PostgresSubscriptionStore::Open(
      {.connection = Connect(database), .limits = limits, .replica = std::move(replica)}, clock);
  DATELINE_CHECK(opened.ok(), opened.status().ToString());
  return *std::move(opened);
}

class TwoReplicas : public ::testing::Test {
 protected:
  TwoReplicas() { EXPECT_TRUE(first_->MoveCursor({{kEpoch, 0}, clock_.Now()}).ok()); }

  absl::Status Match(PostgresSubscriptionStore& store, std::vector<MatchedEvent> events) {
    const auto cursor = store.Cursor();
    const auto changes = store.Changes(0);
    MatchCommit commit{.version = changes->version,
                       .from = (*cursor)->position,
                       .to = {{kEpoch, events.back().sequence}, clock_.Now()},
                       .events = std::move(events)};
    return store.CommitMatches(commit, clock_.Now());
  }
  static absl::Status Finish(SubscriptionStore& store, int64_t subscription, int64_t delivery,
                             std::optional<uint64_t> fence, const std::string& disable = "") {
    AttemptCommit commit;
    commit.subscription = subscription;
    commit.succeeded = disable.empty();
    commit.disable_cause = disable;
    commit.fence = fence;
    DeliveryOutcome& outcome = commit.outcomes.emplace_back();
    outcome.delivery = delivery;
    outcome.state = disable.empty() ? v1::Delivery::STATE_SUCCEEDED : v1::Delivery::STATE_PENDING;
    std::promise<absl::Status> done;
    store.CommitAttempt(std::move(commit), [&](absl::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  static constexpr Epoch kEpoch{1, 2, 3};
  FakeClock clock_;
  const std::string database_ = PostgresServer::Shared().NewDatabase();
  std::unique_ptr<PostgresSubscriptionStore> first_ = Open(database_, clock_, {}, "first");
  std::unique_ptr<PostgresSubscriptionStore> second_ = Open(database_, clock_, {}, "second");
};

TEST_F(TwoReplicas, SeeOneArchiveOfSubscriptions) {
  const auto created = first_->Create(Subscription("first", "climate"));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(second_->Get("subscriptions/first")->secrets.current, "whsec_c2VjcmV0");
  ASSERT_TRUE(Match(*first_, {Matched(1, {created->id})}).ok());
  EXPECT_EQ(second_->Pending({.subscription = created->id, .limit = 10})->deliveries.size(), 1U);
  // The second has matched for a version that it knows; the first changes something.
  MatchCommit commit{.version = second_->Changes(0)->version,
                     .from = {kEpoch, 1},
                     .to = {{kEpoch, 2}, clock_.Now()},
                     .events = {Matched(2, {created->id})}};
  ASSERT_TRUE(first_->Create(Subscription("second")).ok());
  EXPECT_EQ(ErrorReason(second_->CommitMatches(commit, clock_.Now())), kReasonSubscriptionsChanged);
  EXPECT_EQ(second_->version(), first_->version()) << "it knows now that it has to look";
}

TEST_F(TwoReplicas, HearOfEachOthersCommits) {
  std::mutex mutex;
  std::vector<ChangeNotice> heard;
  std::atomic<size_t> own{0};
  first_->Listen([&](const ChangeNotice&) { ++own; });
  second_->Listen([&](const ChangeNotice& notice) {
    const std::lock_guard<std::mutex> lock(mutex);
    heard.push_back(notice);
  });
  const auto count = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return heard.size();
  };
  ASSERT_TRUE(WaitUntil([&] { return count() == 1 && own == 1; })) << "at the beginning everything is looked at";
  EXPECT_TRUE(heard[0].all);
  const auto created = first_->Create(Subscription("first"));
  ASSERT_TRUE(WaitUntil([&] { return count() == 2; }));
  EXPECT_EQ(heard[1].version, first_->version());
  EXPECT_EQ(second_->version(), first_->version());
  ASSERT_TRUE(Match(*first_, {Matched(1, {created->id}), Matched(2, {})}).ok());
  ASSERT_TRUE(WaitUntil([&] { return count() == 3; }));
  EXPECT_THAT(heard[2].subscriptions, ::testing::ElementsAre(created->id));
  EXPECT_EQ(own, 1U) << "nobody is told of his own";
}

TEST_F(TwoReplicas, AnOutcomeOfALeaseThatWasLostIsRefused) {
  PostgresLeaseTable table(Connect(database_));
  const int64_t id = first_->Create(Subscription("first"))->id;
  ASSERT_TRUE(Match(*first_, {Matched(1, {id}), Matched(2, {id})}).ok());
  const auto work = first_->Pending({.subscription = id, .limit = 10});
  const auto fence = [&](const LeaseRoundResult& result) {
    return result.held.at(static_cast<size_t>(PartOf(id))).fence;
  };
  const uint64_t before = fence(*table.Round({"a", std::chrono::seconds(60), {}}));
  EXPECT_TRUE(Finish(*first_, id, work->deliveries[0].id, before).ok());
  ASSERT_TRUE(table.Leave("a").ok());
  const uint64_t after = fence(*table.Round({"b", std::chrono::seconds(60), {}}));
  EXPECT_GT(after, before);
  EXPECT_EQ(ErrorReason(Finish(*first_, id, work->deliveries[1].id, before)), kReasonLeaseLost);
  EXPECT_EQ(ErrorReason(Finish(*first_, id, work->deliveries[1].id, before, "gone")), kReasonLeaseLost);
  EXPECT_EQ(first_->Get("subscriptions/first")->settings.state(), v1::Subscription::STATE_ACTIVE);
  EXPECT_EQ(second_->Pending({.subscription = id, .limit = 10})->deliveries.size(), 1U) << "nothing of it is written";
  EXPECT_TRUE(Finish(*second_, id, work->deliveries[1].id, after).ok());
  EXPECT_EQ(first_->Get("subscriptions/first")->backlog, 0U);
}

// Matches from one replica and outcomes from the other, over the same subscriptions in opposite orders.
TEST_F(TwoReplicas, CrossingWritesAreAllWritten) {
  constexpr int kSubscriptions = 40;
  constexpr uint64_t kEvents = 60;
  std::vector<int64_t> ids;
  for (int i = 0; i < kSubscriptions; ++i) ids.push_back(first_->Create(Subscription("s" + std::to_string(i)))->id);
  std::thread matching([&] {
    for (uint64_t i = 1; i <= kEvents; ++i) EXPECT_TRUE(Match(*first_, {Matched(i, ids)}).ok());
  });
  std::atomic<int> written{0};
  int begun = 0;
  EXPECT_TRUE(WaitUntil([&] {
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
      const auto work = second_->Pending({.subscription = *id, .limit = 5});
      if (!work.ok()) continue;
      AttemptCommit commit;
      commit.subscription = *id;
      commit.succeeded = true;
      for (const PendingDelivery& delivery : work->deliveries) {
        DeliveryOutcome& outcome = commit.outcomes.emplace_back();
        outcome.delivery = delivery.id;
        outcome.state = v1::Delivery::STATE_SUCCEEDED;
      }
      if (commit.outcomes.empty()) continue;
      ++begun;
      second_->CommitAttempt(std::move(commit), [&](const absl::Status& status) { written += status.ok() ? 1 : 0; });
    }
    return begun == written && (*second_->Cursor())->position.sequence == kEvents && second_->Count()->backlog == 0;
  }));
  matching.join();
  EXPECT_EQ(first_->Count()->backlog, 0);
  const auto log = second_->ListDeliveries({.subscription = "subscriptions/s7", .limit = 100, .before = std::nullopt});
  ASSERT_EQ(log->deliveries.size(), kEvents);
  uint64_t expected = kEvents;
  for (const v1::Delivery& delivery : log->deliveries) EXPECT_EQ(delivery.event_sequence(), expected--);
}

class PostgresLeaseTableTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  const std::string database_ = PostgresServer::Shared().NewDatabase();
  const std::unique_ptr<PostgresSubscriptionStore> store_ = Open(database_, clock_);  // Makes the schema.
  PostgresLeaseTable table_{Connect(database_)};
};

TEST_F(PostgresLeaseTableTest, SharesFairlyAndHandsOver) {
  LeaseTableRules(table_, nullptr).SharesFairlyAndHandsOver();
}

TEST_F(PostgresLeaseTableTest, AReplicaThatFallsSilentLosesItsParts) {
  // The server's clock cannot be moved.
  LeaseTableRules(table_, [](auto time) { std::this_thread::sleep_for(time); }).AReplicaThatFallsSilentLosesItsParts();
}

TEST_F(PostgresLeaseTableTest, WhoIsAboutToEndTakesNothing) {
  LeaseTableRules(table_, nullptr).WhoIsAboutToEndTakesNothing();
}

TEST(ChangeNotice, TellsManyAsAll) {
  ChangeNotice notice;
  notice.version = 7;
  notice.subscriptions = {3, 5};
  ChangeNotice read;
  EXPECT_FALSE(ParseNotice("me", FormatNotice("me", notice), &read));
  ASSERT_TRUE(ParseNotice("other", FormatNotice("me", notice), &read));
  EXPECT_EQ(read.version, 7U);
  EXPECT_THAT(read.subscriptions, ::testing::ElementsAre(3, 5));
  EXPECT_FALSE(read.all);
  notice.subscriptions.assign(10'000, 123'456'789);
  const std::string text = FormatNotice("me", notice);
  EXPECT_LT(text.size(), 8'000U);
  read = {};
  ASSERT_TRUE(ParseNotice("other", text, &read));
  EXPECT_TRUE(read.all);
  EXPECT_EQ(read.version, 7U);
  EXPECT_FALSE(ParseNotice("other", "me x", &read));
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, SubscriptionStoreConformance,
                         ::testing::Values(StoreBackend{"postgres",
                                                        [](const Clock& clock, SubscriptionStore::Limits limits) {
                                                          return std::shared_ptr<SubscriptionStore>(Open(
                                                              PostgresServer::Shared().NewDatabase(), clock, limits));
                                                        }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::notification
