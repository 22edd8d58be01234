// Proves administration of the archive in SQLite on real files: a copy is whole and opens, a backup replaces an archive
// or nothing, damage is found, and what was erased stands nowhere in the file.

#include "services/storage/sqlite/sqlite_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/connection.h"
#include "common/testing/temp_dir.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/sqlite/restore.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SqliteArchiveTest : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return folder_.File(std::string(name)); }
  std::unique_ptr<SqliteStore> Open(std::string_view name) {
    auto store = SqliteStore::Open({.path = Path(name), .vfs = {}}, clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static size_t Count(Store& store) {
    ReleaseQuery query;
    query.limit = 1000;
    const auto page = store.ListReleases(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page->releases.size();
  }
  void Close() {
    ASSERT_TRUE(store_->Close().ok());
    store_.reset();
  }

  FakeClock clock_;
  testing::TempDir folder_;
  std::unique_ptr<SqliteStore> store_ = Open("storage.db");
};

TEST_F(SqliteArchiveTest, BacksUpACopyThatOpensAndIsWhole) {
  for (int i = 0; i < 5; ++i) Publish(*store_, "https://example.org/" + std::to_string(i), "Title", "Some words.");
  ASSERT_TRUE(store_->admin()->Backup(Path("copy.db")).ok());
  EXPECT_EQ(ErrorReason(store_->admin()->Backup(Path("copy.db"))), "BACKUP_EXISTS");
  const auto copy = Open("copy.db");
  EXPECT_EQ(Count(*copy), 5u);
  EXPECT_THAT(Verified(*copy).findings(), IsEmpty());
  EXPECT_NE(copy->events().epoch(), store_->events().epoch()) << "a copy must not go on with the log of the original";
}

TEST_F(SqliteArchiveTest, RestoresABackupOrNothing) {
  Publish(*store_, "https://example.org/1", "Title", "Some words of it.");
  ASSERT_TRUE(store_->admin()->Backup(Path("copy.db")).ok());
  Publish(*store_, "https://example.org/2", "Title", "More words.");
  const RestoreParams params{.backup = Path("copy.db"), .database = Path("storage.db"), .replace = true};
  EXPECT_EQ(ErrorReason(RestoreArchive(params)), "DATABASE_IN_USE");
  EXPECT_EQ(ErrorReason(RestoreArchive({.backup = params.backup, .database = params.database})), "ARCHIVE_EXISTS");
  Close();
  std::filesystem::copy_file(Path("copy.db"), Path("damaged.db"));
  std::filesystem::resize_file(Path("damaged.db"), std::filesystem::file_size(Path("damaged.db")) - 4096);
  EXPECT_EQ(ErrorReason(RestoreArchive({.backup = Path("damaged.db"), .database = params.database, .replace = true})),
            "BACKUP_DAMAGED");
  store_ = Open("storage.db");
  EXPECT_EQ(Count(*store_), 2u) << "a damaged backup replaces nothing";
  Close();
  ASSERT_TRUE(RestoreArchive(params).ok());
  store_ = Open("storage.db");
  EXPECT_EQ(Count(*store_), 1u);
  EXPECT_THAT(Verified(*store_).findings(), IsEmpty());
  EXPECT_EQ(Count(*Open("storage.db.before-restore")), 2u) << "the old archive stands beside it";
}

TEST_F(SqliteArchiveTest, FindsWhatIsDamaged) {
  for (int i = 0; i < 3; ++i) Publish(*store_, "https://example.org/" + std::to_string(i), "Title", "Some words.");
  EXPECT_EQ(Verified(*store_).finding_count(), 0u);
  EXPECT_EQ(Verified(*store_).revision_count(), 3u);
  Close();
  {
    auto connection = sql::Connection::Open({.path = Path("storage.db")});
    ASSERT_TRUE((*connection)
                    ->Execute("UPDATE content SET sha256 = zeroblob(32) WHERE id = 1;"
                              "UPDATE release SET revision = 2 WHERE id = 2;"
                              "DELETE FROM event WHERE topic = 'release/' AND sequence = 2;"
                              "DELETE FROM release_facet WHERE release_id = 3;")
                    .ok());
  }
  store_ = Open("storage.db");
  const std::string all = Verified(*store_).DebugString();
  EXPECT_THAT(all, HasSubstr("its bytes have the hash"));
  EXPECT_THAT(all, HasSubstr("release 2: its revisions are not those from 1 to 2"));
  EXPECT_THAT(all, HasSubstr("topic release/: 1 events are missing"));
  EXPECT_THAT(all, HasSubstr("release 3 has no facets"));
}

TEST_F(SqliteArchiveTest, LeavesNothingOfWhatWasErasedInTheFile) {
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(*store_, MakeDocument("https://example.org/1", "mail li@iom.int"))->document.name());
  Release& release = *request.add_releases();
  release = MakeRelease("https://example.org/1", "Title", "Ask li@iom.int about water.");
  auto* contact = release.add_contacts();
  contact->set_display_name("Li Ming");
  contact->set_email("li@iom.int");
  release.add_people()->set_display_name("li@iom.int");  // A value of a facet, too.
  ASSERT_TRUE(CommitAndWait(*store_, request).ok());
  Derivation derivation(store_->derived(), clock_);
  ASSERT_TRUE(derivation.Drain().ok());
  ASSERT_TRUE(store_->admin()->Erase("li@iom.int", false).ok());
  ASSERT_TRUE(derivation.Drain().ok());
  EXPECT_THAT(Verified(*store_).findings(), IsEmpty());
  Close();
  std::ifstream file(Path("storage.db"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes.find("li@iom.int"), std::string::npos) << "not in free pages, not in links and entities";
}

TEST_F(SqliteArchiveTest, AFacetWhoseTextWasErasedComesBackWithTheNextRelease) {
  const auto publish = [this](const std::string& uri) {
    v1::CommitReleasesRequest request;
    request.set_document(PutAndWait(*store_, MakeDocument(uri, "mail"))->document.name());
    *request.add_releases() = MakeRelease(uri, "Title", "Some words.");
    request.mutable_releases(0)->add_people()->set_display_name("li@iom.int");
    ASSERT_TRUE(CommitAndWait(*store_, request).ok());
  };
  const auto people = [this] {
    SearchParams params;
    params.query = *ParseSearchQuery("words");
    params.facets = {FacetField::kPerson};
    const auto page = store_->SearchReleases(params);
    std::vector<std::string> names;
    for (const FacetCount& facet : page->facets[0]) names.push_back(facet.value);
    return names;
  };
  publish("https://example.org/1");
  EXPECT_THAT(people(), ElementsAre("li@iom.int"));
  ASSERT_TRUE(store_->admin()->Erase("li@iom.int", false).ok());
  EXPECT_THAT(people(), ElementsAre("**********"));
  publish("https://example.org/2");
  EXPECT_THAT(people(), UnorderedElementsAre("**********", "li@iom.int"));
}

}  // namespace
}  // namespace dateline::storage
