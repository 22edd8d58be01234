// Runs the conformance suite on SqliteSubscriptionStore, with a real file in a folder of its own; and proves that the
// file is for its owner alone and that everything outlives the store.

#include <sys/stat.h>

#include "common/base/check.h"
#include "common/testing/temp_dir.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/sqlite/sqlite_subscription_store.h"

namespace dateline::notification {
namespace {

// The store and the folder that it needs; the folder goes last.
struct StoreInFolder {
  StoreInFolder(const Clock& clock, SubscriptionStore::Limits limits) {
    auto opened = SqliteSubscriptionStore::Open({.path = folder.File("notification.db"), .limits = limits}, clock);
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    store = *std::move(opened);
  }
  testing::TempDir folder;
  std::unique_ptr<SqliteSubscriptionStore> store;
};

TEST(SqliteSubscriptionStore, KeepsSecretsForItsOwnerAndWhatWaitsOverARestart) {
  FakeClock clock;
  const testing::TempDir folder;
  const std::string path = folder.File("notification.db");
  const auto open = [&] { return *SqliteSubscriptionStore::Open({.path = path}, clock); };
  uint64_t version = 0;
  {
    const auto store = open();
    ASSERT_TRUE(store->MoveCursor({{Epoch{7}, 0}, clock.Now()}).ok());
    const auto created = store->Create(Subscription("first", "climate"));
    ASSERT_TRUE(created.ok());
    MatchCommit commit{.version = store->version(),
                       .from = {Epoch{7}, 0},
                       .to = {{Epoch{7}, 1}, clock.Now()},
                       .events = {Matched(1, {created->id})}};
    ASSERT_TRUE(store->CommitMatches(commit, clock.Now()).ok());
    version = store->version();
  }
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto store = open();
  EXPECT_EQ(store->version(), version);
  EXPECT_EQ((*store->Cursor())->position, (StreamPosition{Epoch{7}, 1}));
  const auto record = store->Get("subscriptions/first");
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->secrets.current, "whsec_c2VjcmV0");
  EXPECT_EQ(store->Pending({.subscription = record->id, .limit = 10})->deliveries.size(), 1U);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, SubscriptionStoreConformance,
                         ::testing::Values(StoreBackend{"sqlite",
                                                        [](const Clock& clock, SubscriptionStore::Limits limits) {
                                                          auto holder = std::make_shared<StoreInFolder>(clock, limits);
                                                          return std::shared_ptr<SubscriptionStore>(
                                                              holder, holder->store.get());
                                                        }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::notification
