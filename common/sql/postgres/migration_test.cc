// Proves on a real server that migrations run once and in order, also when processes start together, that a failed one
// leaves nothing, and that a schema which is foreign, newer or of another history is refused untouched.

#include "common/sql/postgres/migration.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/sql/postgres/testing/server.h"
#include "common/sql/reasons.h"
#include "gtest/gtest.h"

namespace dateline::sql::postgres {
namespace {

using testing::PostgresServer;

const std::vector<Migration> kOne = {{1, "first", "CREATE TABLE a (v BIGINT); INSERT INTO a VALUES (1)"}};
const std::vector<Migration> kTwo = {kOne[0], {2, "second", "INSERT INTO a VALUES (2)"}};

class PostgresMigrationTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open() {
    auto opened = Connection::Open({.connection = database_});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  absl::Status Run(const std::vector<Migration>& migrations, std::string_view application = "test") {
    return Migrate(*Open(), application, migrations, RealClock());
  }
  int64_t Number(std::string_view sql) {
    const auto rows = Open()->Query(sql);
    return rows.ok() && !rows->empty() ? rows->Int64(0, 0) : -1;
  }
  const std::string database_ = PostgresServer::Shared().NewDatabase();
};

TEST_F(PostgresMigrationTest, RunsOnceAndInOrder) {
  ASSERT_TRUE(Run(kOne).ok());
  ASSERT_TRUE(Run(kTwo).ok());
  ASSERT_TRUE(Run(kTwo).ok());
  EXPECT_EQ(Number("SELECT sum(v)::bigint FROM a"), 3);
  EXPECT_EQ(*SchemaVersion(*Open()), 2);
}

TEST_F(PostgresMigrationTest, ProcessesThatStartTogetherTakeTurns) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> outcomes(6);
  for (absl::Status& outcome : outcomes) threads.emplace_back([&] { outcome = Run(kTwo); });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(Number("SELECT count(*) FROM a"), 2);
}

TEST_F(PostgresMigrationTest, AFailedOneLeavesNothing) {
  const std::vector<Migration> broken = {kOne[0], {2, "broken", "INSERT INTO a VALUES (2); INSERT INTO b VALUES (1)"}};
  const absl::Status failed = Run(broken);
  EXPECT_FALSE(failed.ok());
  EXPECT_NE(failed.message().find("migration 2 (broken)"), absl::string_view::npos) << failed;
  EXPECT_EQ(Number("SELECT count(*) FROM a"), 1);
  EXPECT_TRUE(Run(kTwo).ok());
}

TEST_F(PostgresMigrationTest, RefusesWhatIsNotItsOwn) {
  ASSERT_TRUE(Run(kTwo).ok());
  EXPECT_EQ(ErrorReason(Run(kTwo, "another")), kReasonNotOurDatabase);
  EXPECT_EQ(ErrorReason(Run(kOne)), kReasonDatabaseTooNew);
  EXPECT_EQ(ErrorReason(Run({kOne[0], {2, "second", "SELECT 1"}})), kReasonMigrationChanged);
}

TEST_F(PostgresMigrationTest, RefusesASchemaWithTablesOfOthers) {
  ASSERT_TRUE(Open()->Script("CREATE TABLE theirs (v BIGINT)").ok());
  EXPECT_EQ(ErrorReason(Run(kOne)), kReasonNotOurDatabase);
  EXPECT_EQ(Number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 1);
}

}  // namespace
}  // namespace dateline::sql::postgres
