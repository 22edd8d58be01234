// Proves what the conformance suite cannot ask of every back end: two processes on one archive (each a store of its own
// here), a server that is restarted, killed in the middle of commits or replaced by its standby, terms that are made
// anew, texts with more terms than a TSVECTOR takes, and the quoting of queries. Named after the back end, as
// conformance is.

#include "services/storage/postgres/postgres_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/sql/postgres/migration.h"
#include "common/sql/postgres/testing/server.h"
#include "common/sql/reasons.h"
#include "common/testing/wait.h"
#include "services/storage/conformance/earlier_schema.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/postgres/schema.h"
#include "services/storage/postgres/search_index.h"

namespace dateline::storage {
namespace {

using testing::PostgresServer;
using testing::WaitUntil;

// A server that recovers on a busy machine takes its time.
constexpr std::chrono::milliseconds kLong{60'000};
constexpr std::string_view kUri = "https://example.org/news/1";

std::unique_ptr<PostgresStore> Open(const std::string& connection, const Clock& clock) {
  PostgresStore::Options options;
  options.connection.connection = connection;
  options.readers = 2;
  auto opened = PostgresStore::Open(std::move(options), clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

int Hits(Store& store, std::string_view words) {
  SearchParams params;
  params.query = *ParseSearchQuery(words);
  auto page = store.SearchReleases(params);
  EXPECT_TRUE(page.ok()) << words << ": " << page.status();
  return page.ok() ? page->total : -1;
}

absl::Status Change(const std::string& connection, std::string_view script) {
  auto opened = sql::postgres::Connection::Open({.connection = connection});
  return opened.ok() ? (*opened)->Script(script) : opened.status();
}

TEST(postgres, EverythingIsThereAfterOpeningAgain) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  std::string name;
  Epoch epoch;
  {
    auto store = Open(connection, clock);
    Publish(*store, kUri, "Port", "first words");
    name = Publish(*store, kUri, "Port", "second words").name();
    ASSERT_TRUE(PutAndWait(*store, MakeDocument("https://example.org/2", "pending")).ok());
    epoch = store->events().epoch();
  }
  auto store = Open(connection, clock);
  EXPECT_EQ(store->events().epoch(), epoch);
  EXPECT_EQ(store->GetRelease({.name = name, .revision = 0}, View::kFull)->text(), "second words");
  EXPECT_EQ(store->GetRelease({.name = name, .revision = 1}, View::kFull)->text(), "first words");
  EXPECT_EQ(Hits(*store, "second"), 1);
  EXPECT_EQ(Hits(*store, "first"), 0);
  const StoreStats stats = store->Stats();
  EXPECT_EQ(stats.documents, 3u);
  EXPECT_EQ(stats.pending_documents, 1u);
  EXPECT_EQ(stats.revisions, 2u);
  EXPECT_GT(stats.bytes, 0u);
}

TEST(postgres, TwoProcessesKeepOneArchive) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  const auto one = Open(connection, clock);
  const auto two = Open(connection, clock);
  std::vector<std::thread> threads;
  constexpr int kEach = 25;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      PostgresStore& store = i % 2 == 0 ? *one : *two;
      for (int n = 0; n < kEach; ++n) {
        // Some releases are everyone's: their revisions are made by turns.
        const std::string uri =
            n % 5 == 0 ? "https://example.org/shared" : fmt::format("https://example.org/{}/{}", i, n);
        const auto put = PutAndWait(store, MakeDocument(uri, fmt::format("content {} {}", i, n)));
        ASSERT_TRUE(put.ok()) << put.status();
        v1::CommitReleasesRequest request;
        request.set_document(put->document.name());
        *request.add_releases() = MakeRelease(uri, "Title", fmt::format("words {} of {}", n, i));
        ASSERT_TRUE(CommitAndWait(store, request).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // EventsOf() expects dense sequences.
  EXPECT_EQ(EventsOf(*one, kDocumentTopic).size(), size_t{4 * kEach});
  const StoreStats stats = two->Stats();
  EXPECT_EQ(stats.documents, uint64_t{4 * kEach});
  EXPECT_EQ(stats.pending_documents, 0u);
  EXPECT_EQ(stats.releases, uint64_t{4 * (kEach - kEach / 5) + 1});
  EXPECT_EQ(EventsOf(*two, kReleaseTopic).size(), stats.revisions);
  const auto shared =
      one->GetRelease({.name = "releases/" + UuidV5("https://example.org/shared"), .revision = 0}, View::kFull);
  ASSERT_TRUE(shared.ok()) << shared.status();
  for (uint32_t revision = 1; revision <= shared->revision(); ++revision) {
    EXPECT_TRUE(one->GetRelease({.name = shared->name(), .revision = revision}, View::kBasic).ok()) << revision;
  }
  // One of the two publishes.
  ASSERT_TRUE(WaitUntil([&] { return one->relay_turn()->IsMine() != two->relay_turn()->IsMine(); }));
  auto& holder = one->relay_turn()->IsMine() ? *one : *two;
  auto& other = one->relay_turn()->IsMine() ? *two : *one;
  ASSERT_TRUE(holder.Close().ok());
  EXPECT_TRUE(WaitUntil([&] { return other.relay_turn()->IsMine(); }));
}

TEST(postgres, NothingAcknowledgedIsLostWhenTheServerIsKilledOrRestarted) {
  const FakeClock clock;
  PostgresServer server({.fsync = true});
  const auto store = Open(server.NewDatabase(), clock);
  std::atomic<bool> stop{false};
  std::atomic<int> next{0};
  std::mutex mutex;
  std::map<std::string, std::string> acknowledged;  // Release to text.
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([&] {
      while (!stop) {
        const int number = ++next;
        const std::string uri = fmt::format("https://example.org/{}", number);
        const std::string text = fmt::format("words of release number{}", number);
        const auto put = PutAndWait(*store, MakeDocument(uri, text));
        if (!put.ok()) {
          EXPECT_EQ(put.status().code(), absl::StatusCode::kUnavailable) << put.status();
          continue;
        }
        v1::CommitReleasesRequest request;
        request.set_document(put->document.name());
        *request.add_releases() = MakeRelease(uri, "Title", text);
        const auto committed = CommitAndWait(*store, request);
        if (!committed.ok()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        acknowledged[committed->releases(0).name()] = text;
      }
    });
  }
  const auto size = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return acknowledged.size();
  };
  for (int round = 0; round < 3; ++round) {
    const size_t before = size();
    EXPECT_TRUE(WaitUntil(kLong, [&] { return size() > before + 20; })) << "it goes on by itself";
    if (round == 1) {
      server.Stop();
    } else {
      server.Kill();
    }
    EXPECT_EQ(store->Ping().code(), absl::StatusCode::kUnavailable);
    server.Start();
  }
  EXPECT_TRUE(WaitUntil(kLong, [&] { return size() > 80; }));
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(store->Ping().ok());
  for (const auto& [name, text] : acknowledged) {
    const auto release = store->GetRelease({.name = name, .revision = 0}, View::kFull);
    ASSERT_TRUE(release.ok()) << release.status();
    EXPECT_EQ(release->text(), text);
  }
  // State and events belong together, and what is counted is what is there.
  const StoreStats stats = store->Stats();
  EXPECT_EQ(EventsOf(*store, kReleaseTopic).size(), stats.revisions);
  EXPECT_EQ(EventsOf(*store, kDocumentTopic).size(), stats.documents);
  EXPECT_GE(stats.releases, acknowledged.size());
}

TEST(postgres, GoesOnWithThePromotedStandby) {
  const FakeClock clock;
  PostgresServer primary;
  primary.NewDatabase();
  const auto standby = primary.MakeStandby();
  const std::string both = fmt::format(
      "host=127.0.0.1,127.0.0.1 port={},{} user=dateline dbname=test_1 password={} target_session_attrs=read-write",
      primary.port(), standby->port(), primary.password());
  const auto store = Open(both, clock);
  // Acknowledged when the standby has it too, as an operator sets it who wants to lose nothing.
  ASSERT_TRUE(Change(primary.ConnectionTo("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'").ok());
  ASSERT_TRUE(Change(primary.ConnectionTo("postgres"), "SELECT pg_reload_conf()").ok());
  // The server's processes read that one after the other; the checkpointer, which a checkpoint wakes, is who makes
  // commits wait.
  ASSERT_TRUE(WaitUntil(kLong, [&] {
    return Change(primary.ConnectionTo("postgres"),
                  "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') THEN "
                  "RAISE 'not yet'; END IF; END $$")
        .ok();
  }));
  ASSERT_TRUE(Change(primary.ConnectionTo("postgres"), "CHECKPOINT").ok());
  const std::string kept = Publish(*store, kUri, "Port", "before the failover").name();
  primary.Kill();
  standby->Promote();
  EXPECT_TRUE(WaitUntil(
      kLong, [&] { return PutAndWait(*store, MakeDocument("https://example.org/2", "after the failover")).ok(); }));
  EXPECT_EQ(store->GetRelease({.name = kept, .revision = 0}, View::kFull)->text(), "before the failover");
  EXPECT_EQ(EventsOf(*store, kDocumentTopic).size(), 2u);
}

TEST(postgres, AnIndexOfAnotherVersionIsBuiltAnew) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  {
    auto store = Open(connection, clock);
    for (int i = 0; i < 12; ++i) Publish(*store, fmt::format("https://example.org/{}", i), "Title", "common words");
    Publish(*store, "https://example.org/0", "Title", "revised words");
  }
  ASSERT_TRUE(
      Change(connection, "UPDATE archive_setting SET value = 0; DELETE FROM release_search WHERE release_id > 5").ok());
  auto store = Open(connection, clock);
  EXPECT_EQ(Hits(*store, "words"), 12);
  EXPECT_EQ(Hits(*store, "common"), 11);
  EXPECT_EQ(Hits(*store, "revised"), 1);
}

TEST(postgres, FindsWordsOfATextWithMoreTermsThanATsvectorTakes) {
  const FakeClock clock;
  auto store = Open(PostgresServer::Shared().NewDatabase(), clock);
  std::string text = "alpha beta gamma";
  for (int i = 0; i < 60'000; ++i) text += fmt::format(" w{}x", i);
  Publish(*store, kUri, "Long", text);
  Publish(*store, "https://example.org/2", "Short", "alpha and beta");
  EXPECT_EQ(Hits(*store, "alpha"), 2);
  EXPECT_EQ(Hits(*store, "\"alpha beta\""), 1);
  EXPECT_EQ(Hits(*store, "w59999x"), 1);
  EXPECT_EQ(Hits(*store, "w5999*"), 1);
  EXPECT_EQ(Hits(*store, "alpha -w7x"), 1);
  EXPECT_EQ(Hits(*store, "title:long gamma"), 1);
  EXPECT_EQ(Hits(*store, "title:gamma"), 0);
}

TEST(postgres, NoQueryReachesTheIndexRaw) {
  const FakeClock clock;
  auto store = Open(PostgresServer::Shared().NewDatabase(), clock);
  Publish(*store, kUri, "NEAR title", "one two AND three OR four NOT five column names");
  for (const char* query : {"AND",   "OR",        "NOT",         "NEAR(one two)", "text : one",   "names:one",
                            "^one",  "{one two}", "one + two",   "one'",          "a' OR '1'='1", "(one",
                            "one)",  "-- one",    "one & two",   "one | two",     "!one x",       "one:A*",
                            "one\\", "$1 one",    "title:title", "\xFF one",      "one:two",      "one <-> two"}) {
    EXPECT_GE(Hits(*store, query), 0) << query;
  }
  EXPECT_EQ(Hits(*store, "AND OR NOT"), 1) << "they are words like others";
}

TEST(postgres, WhatWasDerivedUnderAnEarlierSchemaStays) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  {
    auto opened = sql::postgres::Connection::Open({.connection = connection});
    ASSERT_TRUE(opened.ok()) << opened.status();
    auto migrations = pg::SchemaMigrations();
    std::erase_if(migrations, [](const auto& migration) { return migration.version > kSchemaBeforeMentionsByRelease; });
    ASSERT_TRUE(sql::postgres::Migrate(**opened, pg::kApplication, migrations, clock).ok());
    ASSERT_TRUE((*opened)->Script(fmt::format(kDerivedUnderSchema8, "'\\x01'")).ok());
    ASSERT_TRUE((*opened)
                    ->Script("INSERT INTO link_bucket (run, bucket, postings) VALUES (1, 3, '\\x01'), (2, 3, '\\x02')")
                    .ok());
  }
  auto store = Open(connection, clock);
  ASSERT_NE(store, nullptr);
  ExpectDerivedUnderSchema8(store->derived());
}

TEST(postgres, RefusesAForeignOrNewerDatabase) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  { auto store = Open(connection, clock); }
  PostgresStore::Options options;
  options.connection.connection = connection;
  ASSERT_TRUE(Change(connection, "INSERT INTO schema_migration VALUES (99, 'from the future', '', 0)").ok());
  EXPECT_EQ(ErrorReason(PostgresStore::Open(options, clock).status()), sql::kReasonDatabaseTooNew);
  ASSERT_TRUE(Change(connection, "UPDATE schema_owner SET application = 'another'").ok());
  EXPECT_EQ(ErrorReason(PostgresStore::Open(options, clock).status()), sql::kReasonNotOurDatabase);
}

}  // namespace
}  // namespace dateline::storage
