// Runs the conformance suite on PostgresSourceStore, with a real server; and proves what belongs to several processes
// that share one: hosts go to one of them, outcomes of a lease that was lost are refused, crossing writes do not stop
// each other, and one of them publishes.

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "services/ingestion/sources/conformance/subscriptions_under_test.h"
#include "services/ingestion/sources/postgres/postgres_source_store.h"

namespace dateline::ingestion {
namespace {

using testing::PostgresServer;
using testing::WaitUntil;

std::shared_ptr<PostgresSourceStore> Open(const std::string& database, const Clock& clock) {
  PostgresSourceStore::Options options;
  options.connection.connection = database;
  auto opened = PostgresSourceStore::Open(options, clock);
  DATELINE_CHECK(opened.ok(), opened.status().ToString());
  return *std::move(opened);
}

class TwoProcesses : public ::testing::Test {
 protected:
  std::vector<HostLease> Lease(PostgresSourceStore& store, const std::string& holder, int max) {
    Awaited<absl::StatusOr<std::vector<HostLease>>> leases;
    store.LeaseHosts({.holder = holder, .max = max, .duration = std::chrono::minutes(1)}, clock_.Now(),
                     [&](absl::StatusOr<std::vector<HostLease>> result) { leases.Set(std::move(result)); });
    const auto result = leases.Get();
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : std::vector<HostLease>();
  }
  PollCommit Outcome(const SourceRecord& record, const HostLease& lease, const std::vector<std::string>& uris) {
    PollCommit commit;
    commit.record = record;
    commit.next_poll_before = record.next_poll;
    commit.record.next_poll = clock_.Now() + std::chrono::minutes(30);
    commit.polled_uri = record.source.uri();
    commit.host = {.lease = lease, .keep = std::chrono::minutes(1), .release = true};
    for (const std::string& uri : uris) {
      ItemRecord item;
      item.source = record.source.name();
      item.uri = uri;
      item.host = HostOf(uri);
      item.due = clock_.Now();
      item.last_seen = clock_.Now();
      commit.items.push_back(item);
    }
    return commit;
  }

  FakeClock clock_;
  const std::string database_ = PostgresServer::Shared().NewDatabase();
  std::shared_ptr<PostgresSourceStore> first_ = Open(database_, clock_);
  std::shared_ptr<PostgresSourceStore> second_ = Open(database_, clock_);
};

TEST_F(TwoProcesses, AHostGoesToOneOfThem) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = "source-" + std::to_string(i);
    ASSERT_TRUE(first_->Create(Record(id, id + ".example", clock_.Now())).ok());
  }
  // The first has some before the second begins, which may else be done with all of them by then.
  std::vector<HostLease> of_first = Lease(*first_, "first", 4);
  std::vector<HostLease> of_second;
  std::thread other([&] {
    for (int i = 0; i < 10; ++i) {
      for (const HostLease& lease : Lease(*second_, "second", 4)) of_second.push_back(lease);
    }
  });
  for (int i = 0; i < 10; ++i) {
    for (const HostLease& lease : Lease(*first_, "first", 4)) of_first.push_back(lease);
  }
  other.join();
  std::set<std::string> hosts;
  for (const auto* leases : {&of_first, &of_second}) {
    for (const HostLease& lease : *leases) EXPECT_TRUE(hosts.insert(lease.host).second) << lease.host;
  }
  EXPECT_EQ(hosts.size(), 40U);
  // The first falls silent; what it still writes is refused.
  ASSERT_FALSE(of_first.empty());
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(Lease(*second_, "second", 100).size(), 40U);
  Awaited<absl::Status> done;
  first_->CommitHost({.lease = of_first[0], .keep = std::chrono::minutes(1)}, clock_.Now(),
                     [&](absl::Status status) { done.Set(std::move(status)); });
  EXPECT_EQ(ErrorReason(done.Get()), kReasonHostLeaseLost);
}

// Each finds items at the host that the other holds.
TEST_F(TwoProcesses, CrossingWritesAreAllWritten) {
  constexpr int kRounds = 30;
  ASSERT_TRUE(first_->Create(Record("aaaa", "a.example", clock_.Now())).ok());
  ASSERT_TRUE(first_->Create(Record("bbbb", "b.example", clock_.Now())).ok());
  const auto work = [&](PostgresSourceStore& store, const std::string& name, const HostLease& lease,
                        const std::string& other_host) {
    for (int i = 0; i < kRounds; ++i) {
      const auto record = store.Get(name);
      ASSERT_TRUE(record.ok());
      PollCommit commit = Outcome(*record, lease,
                                  {"https://" + lease.host + "/" + std::to_string(i),
                                   "https://" + other_host + "/" + name + std::to_string(i)});
      commit.host.release = false;
      Awaited<absl::Status> done;
      store.CommitPoll(std::move(commit), clock_.Now(), [&](absl::Status status) { done.Set(std::move(status)); });
      ASSERT_TRUE(done.Get().ok());
    }
  };
  const auto a = Lease(*first_, "first", 1);
  const auto b = Lease(*second_, "second", 1);
  ASSERT_EQ(a.size() + b.size(), 2U);
  const auto name = [](const HostLease& lease) { return lease.host == "a.example" ? "sources/aaaa" : "sources/bbbb"; };
  std::thread other([&] { work(*second_, name(b[0]), b[0], a[0].host); });
  work(*first_, name(a[0]), a[0], b[0].host);
  other.join();
  EXPECT_EQ(first_->Count()->items, 4U * kRounds);
}

TEST_F(TwoProcesses, OnePublishesAndHearsOfTheOthersCommits) {
  ASSERT_TRUE(WaitUntil([&] { return first_->relay_turn()->IsMine() != second_->relay_turn()->IsMine(); }));
  PostgresSourceStore& holder = first_->relay_turn()->IsMine() ? *first_ : *second_;
  PostgresSourceStore& other = first_->relay_turn()->IsMine() ? *second_ : *first_;
  std::atomic<int> heard{0};
  holder.SetCommitListener([&] { ++heard; });
  const int before = heard;
  ASSERT_TRUE(other.Create(Record("aaaa", "a.example", clock_.Now())).ok());
  EXPECT_TRUE(WaitUntil([&] { return heard > before; }));
  holder.SetCommitListener(nullptr);
  ASSERT_TRUE(holder.Close().ok());
  EXPECT_TRUE(WaitUntil([&] { return other.relay_turn()->IsMine(); }));
}

}  // namespace

const auto kBackends =
    ::testing::Values(StoreBackend{"postgres", [](const Clock& clock) -> std::shared_ptr<SourceStore> {
                                     return Open(PostgresServer::Shared().NewDatabase(), clock);
                                   }});
const auto kNameOf = [](const auto& instance) { return instance.param.name; };
INSTANTIATE_TEST_SUITE_P(Postgres, SourceStoreConformance, kBackends, kNameOf);
INSTANTIATE_TEST_SUITE_P(Postgres, SubscriptionConformance, kBackends, kNameOf);

}  // namespace dateline::ingestion
