// Proves that a backup of an archive on PostgreSQL is one snapshot in a file that was read back, and that an empty
// archive takes it in whole, under a new epoch; and that a file which was cut off or changed is found out.

#include "services/storage/postgres/postgres_archive.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/postgres/postgres_store.h"

namespace dateline::storage {
namespace {

std::unique_ptr<PostgresStore> Open(const Clock& clock,
                                    const std::string& database = testing::PostgresServer::Shared().NewDatabase()) {
  PostgresStore::Options options;
  options.connection.connection = database;
  options.readers = 2;
  auto opened = PostgresStore::Open(std::move(options), clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

std::string Decompressed(const std::string& path) {
  std::stringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string compressed = bytes.str();
  std::string plain(size_t{1} << 20, '\0');
  const size_t size = ZSTD_decompress(plain.data(), plain.size(), compressed.data(), compressed.size());
  EXPECT_FALSE(ZSTD_isError(size));
  plain.resize(size);
  return plain;
}

TEST(postgres, ABackupIsTakenInByAnEmptyArchive) {
  const FakeClock clock;
  const testing::TempDir folder;
  const auto store = Open(clock);
  for (int i = 0; i < 5; ++i)
    Publish(*store, "https://example.org/" + std::to_string(i), "Title", "Words of a release");
  ASSERT_TRUE(PutAndWait(*store, MakeDocument("https://example.org/waits", "pending")).ok());
  const std::string path = folder.File("copy.jsonl.zst");
  ASSERT_TRUE(store->admin()->Backup(path).ok());
  EXPECT_EQ(ErrorReason(store->admin()->Backup(path)), "BACKUP_EXISTS");
  v1::ImportArchiveRequest request;
  request.set_move(true);
  std::istringstream lines(Decompressed(path));
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, request.add_records()).ok()) << line;
  }
  const auto target = Open(clock);
  const auto taken = target->admin()->Import(request);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->imported_count(), static_cast<uint64_t>(request.records_size()));
  EXPECT_EQ(target->Stats().releases, 5u);
  EXPECT_EQ(target->Stats().pending_documents, 1u);
  EXPECT_EQ(EventsOf(*target, kReleaseTopic).size(), 5u);
  EXPECT_NE(target->events().epoch(), store->events().epoch()) << "the log may have gone back in time";
  const auto leased =
      target->events().Lease({.group = "extraction", .topic = std::string(kDocumentTopic), .holder = "t"});
  ASSERT_TRUE(leased.ok());
  EXPECT_EQ(leased->events.size(), 6u);
  const auto report = target->admin()->Verify(true, [] { return true; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->findings_size(), 0) << report->DebugString();
}

TEST(postgres, WhatIsErasedIsNoTextOfAFacetEither) {
  const FakeClock clock;
  const std::string database = testing::PostgresServer::Shared().NewDatabase();
  const auto store = Open(clock, database);
  release::v1::Release release = MakeRelease("https://example.org/1", "Title", "Ask li@iom.int about water.");
  release.add_people()->set_display_name("li@iom.int");
  release.add_people()->set_display_name("Anais Lima");
  release.add_contacts()->set_email("li@iom.int");
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(*store, MakeDocument("https://example.org/1", "raw"))->document.name());
  *request.add_releases() = release;
  ASSERT_TRUE(CommitAndWait(*store, request).ok());
  const auto connection = sql::postgres::Connection::Open({.connection = database});
  ASSERT_TRUE(connection.ok());
  const auto count = [&connection](const std::string& value) {
    const auto rows =
        (*connection)->Query("SELECT count(*) FROM facet_value WHERE value = $1", sql::postgres::Parameters::Of(value));
    return rows.ok() ? rows->Int64(0, 0) : -1;
  };
  ASSERT_EQ(count("li@iom.int"), 1);
  ASSERT_TRUE(store->admin()->Erase("li@iom.int", false).ok());
  EXPECT_EQ(count("li@iom.int"), 0);
  EXPECT_EQ(count("Anais Lima"), 1);
}

TEST(postgres, ABackupSaysWhyItCannotBeWritten) {
  const FakeClock clock;
  const auto store = Open(clock);
  EXPECT_EQ(ErrorReason(store->admin()->Backup("/proc/no/such/folder/copy.jsonl.zst")), "BACKUP_FAILED");
  EXPECT_EQ(store->admin()->BackupSuffix(), ".jsonl.zst");
}

}  // namespace
}  // namespace dateline::storage
