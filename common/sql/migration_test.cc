// Proves that migrations run once and in order, that a failed one leaves nothing, and that a file which is foreign,
// newer or of another history is refused untouched, with a message that names path, versions and remedy.

#include "common/sql/migration.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/error_map.h"
#include "common/sql/statement.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

constexpr int32_t kApplication = 0x44544c01;
const std::vector<Migration> kOne = {{1, "first", "CREATE TABLE a (v INTEGER) STRICT; INSERT INTO a VALUES (1)"}};
const std::vector<Migration> kTwo = {kOne[0], {2, "second", "INSERT INTO a VALUES (2)"}};

class MigrationTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open() {
    auto connection = Connection::Open({.path = folder_.File("m.db")});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  static int64_t Count(Connection& connection, std::string_view sql) {
    Statement select(connection, sql);
    const auto row = select.Step();
    return row.ok() && *row ? select.ColumnInt64(0) : -1;
  }
  static absl::Status Run(Connection& connection, const std::vector<Migration>& migrations) {
    return Migrate(connection, kApplication, migrations, RealClock());
  }

  testing::TempDir folder_;
};

TEST_F(MigrationTest, RunsEachOnce) {
  auto connection = Open();
  ASSERT_TRUE(Run(*connection, kOne).ok());
  ASSERT_TRUE(Run(*connection, kOne).ok());
  EXPECT_EQ(Count(*connection, "SELECT count(*) FROM a"), 1);
  ASSERT_TRUE(Run(*connection, kTwo).ok());
  EXPECT_EQ(Count(*connection, "SELECT sum(v) FROM a"), 3);
  EXPECT_EQ(*SchemaVersion(*connection), 2);
  EXPECT_EQ(Count(*connection, "PRAGMA application_id"), kApplication);
}

TEST_F(MigrationTest, AFailedOneLeavesNothing) {
  auto connection = Open();
  const std::vector<Migration> broken = {kOne[0],
                                         {2, "broken", "INSERT INTO a VALUES (2); INSERT INTO missing VALUES (1)"}};
  const absl::Status status = Run(*connection, broken);
  EXPECT_NE(status.message().find("migration 2 (broken)"), std::string::npos) << status;
  EXPECT_EQ(*SchemaVersion(*connection), 1);
  EXPECT_EQ(Count(*connection, "SELECT count(*) FROM a"), 1);
  EXPECT_TRUE(Run(*connection, kTwo).ok()) << "a corrected one can be applied";
}

TEST_F(MigrationTest, RefusesANewerDatabase) {
  auto connection = Open();
  ASSERT_TRUE(Run(*connection, kTwo).ok());
  const absl::Status status = Run(*connection, kOne);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), kReasonDatabaseTooNew);
  EXPECT_EQ(ErrorMetadataValue(status, "found_version"), "2");
  EXPECT_EQ(ErrorMetadataValue(status, "known_version"), "1");
  EXPECT_EQ(ErrorMetadataValue(status, "path"), folder_.File("m.db"));
}

TEST_F(MigrationTest, RefusesAnotherHistory) {
  auto connection = Open();
  ASSERT_TRUE(Run(*connection, kTwo).ok());
  std::vector<Migration> edited = kTwo;
  edited[0].sql = "CREATE TABLE a (v INTEGER, w INTEGER) STRICT";
  EXPECT_EQ(ErrorReason(Run(*connection, edited)), kReasonMigrationChanged);
  EXPECT_EQ(ErrorReason(Run(*connection, {kTwo[1]})), kReasonMigrationChanged) << "the first one is missing";
}

TEST_F(MigrationTest, RefusesFilesOfOthers) {
  {
    auto connection = Open();
    ASSERT_TRUE(connection->Execute("CREATE TABLE theirs (v)").ok());
    EXPECT_EQ(ErrorReason(Run(*connection, kOne)), kReasonNotOurDatabase);
    ASSERT_TRUE(connection->Execute("PRAGMA application_id=77").ok());
    EXPECT_EQ(ErrorReason(Run(*connection, kOne)), kReasonNotOurDatabase);
    EXPECT_EQ(Count(*connection, "SELECT count(*) FROM sqlite_schema"), 1) << "nothing was added";
  }
  std::ofstream(folder_.File("m.db"), std::ios::trunc) << std::string(4096, 'x');
  auto connection = Open();
  EXPECT_EQ(ErrorReason(Run(*connection, kOne)), kReasonNotOurDatabase);
}

}  // namespace
}  // namespace dateline::sql
