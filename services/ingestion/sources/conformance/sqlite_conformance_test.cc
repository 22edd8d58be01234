// Runs the conformance suite on SqliteSourceStore, with a real file in a folder of its own; and proves that the
// schedule outlives the store.

#include "common/base/check.h"
#include "common/testing/temp_dir.h"
#include "services/ingestion/sources/conformance/subscriptions_under_test.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"

namespace dateline::ingestion {
namespace {

// The store and the folder that it needs; the folder goes last.
struct StoreInFolder {
  explicit StoreInFolder(const Clock& clock) {
    auto opened = SqliteSourceStore::Open({.path = folder.File("ingestion.db")}, clock);
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    store = *std::move(opened);
  }
  testing::TempDir folder;
  std::unique_ptr<SqliteSourceStore> store;
};

TEST(SqliteSourceStore, KeepsScheduleLeasesAndDebtsOverARestart) {
  FakeClock clock;
  const testing::TempDir folder;
  const auto open = [&] { return *SqliteSourceStore::Open({.path = folder.File("ingestion.db")}, clock); };
  {
    const auto store = open();
    ASSERT_TRUE(store->Create(Record("aaaa", "a.example", clock.Now())).ok());
    ASSERT_TRUE(store->Create(Record("bbbb", "b.example", clock.Now() + std::chrono::minutes(7))).ok());
    Awaited<absl::StatusOr<std::vector<HostLease>>> leases;
    store->LeaseHosts({.holder = "one"}, clock.Now(),
                      [&](absl::StatusOr<std::vector<HostLease>> result) { leases.Set(std::move(result)); });
    HostLease lease = leases.Get()->front();
    lease.state.set_backoff_until_us(ToMicros(clock.Now() + std::chrono::hours(1)));
    Awaited<absl::Status> done;
    store->CommitHost({.lease = lease, .keep = std::chrono::minutes(5), .release = true}, clock.Now(),
                      [&](absl::Status status) { done.Set(std::move(status)); });
    ASSERT_TRUE(done.Get().ok());
  }
  const auto store = open();
  EXPECT_EQ(*store->NextDue(), clock.Now() + std::chrono::minutes(7));
  EXPECT_EQ(store->Get("sources/aaaa")->next_poll, clock.Now());
  clock.Advance(std::chrono::minutes(8));
  Awaited<absl::StatusOr<std::vector<HostLease>>> leases;
  store->LeaseHosts({.holder = "two"}, clock.Now(),
                    [&](absl::StatusOr<std::vector<HostLease>> result) { leases.Set(std::move(result)); });
  const auto taken = *leases.Get();
  ASSERT_EQ(taken.size(), 1U) << "the other host still rests";
  EXPECT_EQ(taken[0].host, "b.example");
}

}  // namespace

const auto kBackends = ::testing::Values(StoreBackend{"sqlite", [](const Clock& clock) -> std::shared_ptr<SourceStore> {
                                                        auto holder = std::make_shared<StoreInFolder>(clock);
                                                        return {holder, holder->store.get()};
                                                      }});
const auto kNameOf = [](const auto& instance) { return instance.param.name; };
INSTANTIATE_TEST_SUITE_P(Sqlite, SourceStoreConformance, kBackends, kNameOf);
INSTANTIATE_TEST_SUITE_P(Sqlite, SubscriptionConformance, kBackends, kNameOf);

}  // namespace dateline::ingestion
