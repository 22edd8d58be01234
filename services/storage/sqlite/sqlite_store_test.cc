// Proves what the conformance suite cannot ask of every back end: that the archive comes back after closing, refuses a
// file which it must not touch, rebuilds its search index when its terms change, quotes every query, and keeps what it
// acknowledged when the disk is full.

#include "services/storage/sqlite/sqlite_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/connection.h"
#include "common/sql/error_map.h"
#include "common/sql/migration.h"
#include "common/sql/statement.h"
#include "common/sql/testing/faulty_vfs.h"
#include "common/testing/temp_dir.h"
#include "services/storage/conformance/earlier_schema.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/sqlite/day_blocks.h"
#include "services/storage/sqlite/match_question.h"
#include "services/storage/sqlite/schema.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kUri = "https://example.org/news/1";

class SqliteStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> TryOpen(SqliteStore::Options options = {}) {
    options.path = folder_.File("storage.db");
    return SqliteStore::Open(std::move(options), clock_);
  }
  std::unique_ptr<SqliteStore> Open() {
    auto opened = TryOpen();
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  // Changes the closed database behind the service's back.
  void Tamper(std::string_view sql) {
    auto connection = sql::Connection::Open({.path = folder_.File("storage.db"), .vfs = {}});
    ASSERT_TRUE(connection.ok()) << connection.status();
    ASSERT_TRUE((*connection)->Execute(sql).ok());
  }
  int Hits(SqliteStore& store, std::string_view words) {
    SearchParams params;
    params.query = *ParseSearchQuery(words);
    auto page = store.SearchReleases(params);
    EXPECT_TRUE(page.ok()) << words << ": " << page.status();
    return page.ok() ? page->total : -1;
  }

  testing::TempDir folder_;
  FakeClock clock_;
};

TEST_F(SqliteStoreTest, EverythingIsThereAfterOpeningAgain) {
  std::string name;
  Epoch epoch;
  StoreStats before;
  {
    auto store = Open();
    Publish(*store, kUri, "Port", "first words");
    name = Publish(*store, kUri, "Port", "second words").name();
    ASSERT_TRUE(PutAndWait(*store, MakeDocument("https://example.org/2", "pending")).ok());
    epoch = store->events().epoch();
    before = store->Stats();
  }
  auto store = Open();
  EXPECT_EQ(store->events().epoch(), epoch);
  EXPECT_EQ(store->GetRelease({.name = name, .revision = 0}, View::kFull)->text(), "second words");
  EXPECT_EQ(store->GetRelease({.name = name, .revision = 1}, View::kFull)->text(), "first words");
  EXPECT_EQ(EventsOf(*store, kReleaseTopic).size(), 2u);
  EXPECT_EQ(EventsOf(*store, kDocumentTopic).size(), 3u);
  EXPECT_EQ(Hits(*store, "second"), 1);
  const StoreStats after = store->Stats();
  EXPECT_EQ(after.documents, before.documents);
  EXPECT_EQ(after.pending_documents, 1u);
  EXPECT_EQ(after.releases, before.releases);
  EXPECT_EQ(after.revisions, 2u);
  EXPECT_EQ(after.last_release_time, before.last_release_time);
  EXPECT_EQ(after.schema_version, static_cast<uint32_t>(SchemaMigrations().back().version));
  EXPECT_GT(after.bytes, 0u);
  // Revisions go on where they were.
  EXPECT_EQ(Publish(*store, kUri, "Port", "third words").revision(), 3u);
}

TEST_F(SqliteStoreTest, ASecondOpenIsRefused) {
  auto first = Open();
  const auto second = TryOpen();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(second.status()), sql::kReasonDatabaseInUse);
}

TEST_F(SqliteStoreTest, ADatabaseOfANewerVersionIsRefused) {
  { auto store = Open(); }
  Tamper("INSERT INTO schema_migration SELECT 99, 'from the future', checksum, 0 FROM schema_migration LIMIT 1");
  const auto opened = TryOpen();
  EXPECT_EQ(ErrorReason(opened.status()), sql::kReasonDatabaseTooNew) << opened.status();
}

TEST_F(SqliteStoreTest, AnIndexThatIsMadeAnewGoesOnWhereItWasInterrupted) {
  constexpr int kReleases = 450;
  {
    auto store = Open();
    for (int i = 0; i < kReleases; ++i)
      Publish(*store, fmt::format("https://example.org/{}", i), "Port", fmt::format("common words, once{}", i));
  }
  Tamper("UPDATE archive_setting SET value = 1 WHERE name = 'search_text_version'");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int told = 0;
    SqliteStore::Options options;
    options.upgrading = [&told](const std::string&) {
      if (++told == 3) _exit(9);
    };
    TryOpen(std::move(options)).IgnoreError();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 9) << "it died after two batches";
  std::vector<std::string> told;
  SqliteStore::Options options;
  options.upgrading = [&told](const std::string& what) { told.push_back(what); };
  {
    const auto store = TryOpen(options);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_THAT(told, ElementsAre("the index of search is made anew: 400 of 450 releases"));
    EXPECT_EQ(Hits(**store, "common"), kReleases);
    for (const int one : {0, 199, 200, 399, 400, 449}) EXPECT_EQ(Hits(**store, fmt::format("once{}", one)), 1) << one;
  }
  told.clear();
  ASSERT_TRUE(TryOpen(options).ok());
  EXPECT_THAT(told, IsEmpty());
  // Another version begins anew.
  Tamper("UPDATE archive_setting SET value = 1 WHERE name = 'search_text_version'");
  ASSERT_TRUE(TryOpen(options).ok());
  EXPECT_THAT(told, ElementsAre("the index of search is made anew: 0 of 450 releases",
                                "the index of search is made anew: 200 of 450 releases",
                                "the index of search is made anew: 400 of 450 releases"));
}

TEST_F(SqliteStoreTest, WhatWasDerivedUnderAnEarlierSchemaStays) {
  {
    auto connection = sql::Connection::Open({.path = folder_.File("storage.db"), .vfs = {}});
    ASSERT_TRUE(connection.ok()) << connection.status();
    auto migrations = SchemaMigrations();
    std::erase_if(migrations, [](const auto& migration) { return migration.version > kSchemaBeforeMentionsByRelease; });
    ASSERT_TRUE(sql::Migrate(**connection, kApplicationId, migrations, clock_).ok());
    ASSERT_TRUE((*connection)->Execute(fmt::format(kDerivedUnderSchema8, "x'01'")).ok());
    // A bucket stood at the number of its run times 8192, and its own.
    ASSERT_TRUE(
        (*connection)->Execute("INSERT INTO link_bucket (id, postings) VALUES (8195, x'01'), (16387, x'02')").ok());
  }
  auto store = Open();
  ASSERT_NE(store, nullptr);
  ExpectDerivedUnderSchema8(store->derived());
}

TEST_F(SqliteStoreTest, ForeignFilesAreRefused) {
  { auto store = Open(); }
  Tamper("PRAGMA application_id = 12345");
  EXPECT_EQ(ErrorReason(TryOpen().status()), sql::kReasonNotOurDatabase);
}

TEST_F(SqliteStoreTest, AnIndexOfAnotherVersionIsBuiltAnew) {
  {
    auto store = Open();
    for (int i = 0; i < 450; ++i) {
      Publish(*store, "https://example.org/" + std::to_string(i), "Title " + std::to_string(i), "common words");
    }
    Publish(*store, "https://example.org/0", "Title 0", "revised words");
  }
  Tamper("UPDATE archive_setting SET value = 0 WHERE name = 'search_text_version'");
  auto store = Open();
  EXPECT_EQ(Hits(*store, "words"), 450);
  EXPECT_EQ(Hits(*store, "common"), 449);
  EXPECT_EQ(Hits(*store, "revised"), 1);
  // Removing still works: the rows were made by the same terms.
  Publish(*store, "https://example.org/1", "Title 1", "revised too");
  EXPECT_EQ(Hits(*store, "common"), 448);
}

TEST_F(SqliteStoreTest, NoQueryReachesTheIndexRaw) {
  auto store = Open();
  Publish(*store, kUri, "NEAR title", "one two AND three OR four NOT five column names");
  for (const char* query :
       {"AND", "OR", "NOT", "NEAR(one two)", "NEAR", "text : one", "names:one", "^one", "{one two}", "one + two",
        "one'", "a' OR '1'='1", "(one", "one)", "-- one", "title:title", "\xFF one", "one:two"}) {
    EXPECT_GE(Hits(*store, query), 0) << query;
  }
  EXPECT_EQ(Hits(*store, "AND OR NOT"), 1) << "they are words like others";
}

// Commits that wait together share one transaction, without savepoints.
TEST_F(SqliteStoreTest, ACommitThatIsRefusedHalfWayLeavesNothingAndSpoilsNoOther) {
  auto store = Open();
  constexpr int kCommits = 40;
  std::vector<v1::CommitReleasesRequest> requests(kCommits);
  for (int i = 0; i < kCommits; ++i) {
    const std::string uri = "https://example.org/" + std::to_string(i);
    requests[static_cast<size_t>(i)].set_document(PutAndWait(*store, MakeDocument(uri, uri))->document.name());
    *requests[static_cast<size_t>(i)].add_releases() = MakeRelease(uri, "Port", "words of " + std::to_string(i));
    // A host that is too long for an event, behind a release that could be stored.
    if (i % 10 != 3) continue;
    const std::string refused = "https://" + std::string(3'000, 'a') + ".example/" + std::to_string(i);
    *requests[static_cast<size_t>(i)].add_releases() = MakeRelease(refused, "Port", "refused");
  }
  std::vector<std::promise<absl::Status>> answers(kCommits);
  for (int i = 0; i < kCommits; ++i) {
    store->CommitReleases(
        requests[static_cast<size_t>(i)],
        [&answer = answers[static_cast<size_t>(i)]](const auto& result) { answer.set_value(result.status()); });
  }
  for (int i = 0; i < kCommits; ++i) {
    const absl::Status outcome = answers[static_cast<size_t>(i)].get_future().get();
    const bool refused = i % 10 == 3;
    EXPECT_EQ(outcome.code(), refused ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kOk) << i << outcome;
    const ReleaseKey key{.name = requests[static_cast<size_t>(i)].releases(0).name(), .revision = 0};
    EXPECT_EQ(store->GetRelease(key, View::kFull).ok(), !refused) << i;
  }
  EXPECT_EQ(store->Stats().releases, 36u);
  EXPECT_EQ(Hits(*store, "words"), 36);
  const auto events = EventsOf(*store, kReleaseTopic);
  ASSERT_EQ(events.size(), 36u);
  EXPECT_EQ(events.back().attributes().at("sequence").ce_string(), "00000000000000000036") << "sequences stay dense";
}

TEST_F(SqliteStoreTest, DaysOfManyReleasesStandInRowsOfTheirOwn) {
  { Open(); }
  auto connection = sql::Connection::Open({.path = folder_.File("storage.db"), .vfs = {}});
  ASSERT_TRUE(connection.ok());
  DayWrites writes;
  const std::vector<int64_t> ids = {1, 511, 512, 513, 5'000};
  for (const int64_t id : ids) writes.Put(id, {.sort_day = id - 600, .precision = 3});
  ASSERT_TRUE(writes.Flush(**connection).ok());
  writes.Put(511, {.sort_day = 7, .precision = 1});
  writes.Remove(513);
  ASSERT_TRUE(writes.Flush(**connection).ok());
  DayReader days(**connection);
  EXPECT_EQ(days.Find(1)->sort_day, -599);
  EXPECT_EQ(days.Find(1)->precision, 3);
  EXPECT_EQ(days.Find(511)->sort_day, 7);
  EXPECT_EQ(days.Find(511)->precision, 1);
  EXPECT_EQ(days.Find(512)->sort_day, -88);
  EXPECT_EQ(days.Find(513)->precision, 0) << "was taken back";
  EXPECT_EQ(days.Find(5'000)->sort_day, 4'400);
  EXPECT_EQ(days.Find(9'000)->precision, 0) << "was never put";
  const double all = *ShareWithin(**connection, {.first = -1'000, .last = 10'000});
  EXPECT_GT(all, *ShareWithin(**connection, {.first = 4'400, .last = 4'400}));
  EXPECT_EQ(*ShareWithin(**connection, {.first = 9'000, .last = 9'999}), 0);
}

TEST(ToFts5, QuotesAndCombines) {
  const auto query = ParseSearchQuery("river \"climate fund\" migra* -draft title:port -title:old");
  ASSERT_TRUE(query.ok());
  const std::string words = "{title subtitle text names} : ";
  EXPECT_EQ(ToFts5(PlanSearch(*query, filter::Filter())),
            "((" + words + "\"river\" AND " + words + "\"climate fund\" AND " + words +
                "\"migra\" * AND {title} : \"port\") NOT (" + words + "\"draft\" OR {title} : \"old\"))");
}

TEST_F(SqliteStoreTest, AFullDiskIsSaidAndNothingAcknowledgedIsLost) {
  testing::FaultyVfs vfs("storage_full_disk");
  std::string kept;
  {
    auto opened = TryOpen({.vfs = vfs.name()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    SqliteStore& store = **opened;
    kept = PutAndWait(store, MakeDocument(kUri, "kept"))->document.name();
    vfs.Arm({.operation = testing::FaultyVfs::Operation::kWrite, .code = SQLITE_FULL});
    const auto refused = PutAndWait(store, MakeDocument("https://example.org/2", "refused"));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
    EXPECT_EQ(ErrorReason(refused.status()), "DISK_FULL");
    vfs.Disarm();
    ASSERT_TRUE(PutAndWait(store, MakeDocument("https://example.org/3", "again")).ok());
  }
  auto store = Open();
  EXPECT_EQ(store->GetDocument(kept, true)->content(), "kept");
  EXPECT_EQ(store->Stats().documents, 2u);
  EXPECT_EQ(EventsOf(*store, kDocumentTopic).size(), 2u);
}

TEST_F(SqliteStoreTest, AFullQueueIsSaidAtOnce) {
  auto opened = TryOpen({.write_queue_max = 1, .group_max = 1, .vfs = {}});
  ASSERT_TRUE(opened.ok()) << opened.status();
  SqliteStore& store = **opened;
  // The first write holds the writer in its callback, the second fills the queue, a third finds no place.
  std::promise<void> holding;
  std::promise<void> release;
  auto released = release.get_future().share();
  store.PutDocument(MakeDocument(kUri, "holds"), [&](const absl::StatusOr<PutDocumentResult>&) {
    holding.set_value();
    released.wait();
  });
  holding.get_future().wait();
  std::promise<absl::Status> waiting;
  store.PutDocument(MakeDocument("https://example.org/2", "waits"),
                    [&](const absl::StatusOr<PutDocumentResult>& result) { waiting.set_value(result.status()); });
  const auto refused = PutAndWait(store, MakeDocument("https://example.org/3", "refused"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused.status()), "QUEUE_FULL");
  release.set_value();
  EXPECT_TRUE(waiting.get_future().get().ok());
}

}  // namespace
}  // namespace dateline::storage
