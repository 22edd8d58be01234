// Proves that values of every type survive binding and reading, that errors stick until Step() or Run(), and that the
// cache of prepared statements is correct when a text is used twice at once and when it is full. Uses a file in a
// temporary folder.

#include "common/sql/statement.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/sql/connection.h"
#include "common/sql/error_map.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

class StatementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::Open({.path = folder_.File("test.db"), .statement_cache_max = 4});
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    ASSERT_TRUE(connection_->Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, b ANY) STRICT").ok());
  }

  testing::TempDir folder_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(StatementTest, KeepsValuesOfEveryType) {
  const std::string bytes("\0\xff\x01", 3);
  Statement insert(*connection_, "INSERT INTO t VALUES (?, ?, ?)");
  ASSERT_TRUE(insert.BindAll(1, std::numeric_limits<int64_t>::min(), 0.25).Run().ok());
  ASSERT_TRUE(insert.BindAll(2, "grüße", Blob{bytes}).Run().ok());
  ASSERT_TRUE(insert.BindAll(3, nullptr, std::optional<int64_t>()).Run().ok());
  ASSERT_TRUE(insert.BindAll(4, std::string(), true).Run().ok());

  Statement select(*connection_, "SELECT a, b FROM t ORDER BY id");
  ASSERT_TRUE(*select.Step());
  EXPECT_EQ(select.ColumnInt64(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(select.ColumnDouble(1), 0.25);
  ASSERT_TRUE(*select.Step());
  EXPECT_EQ(select.ColumnText(0), "grüße");
  EXPECT_EQ(select.ColumnBlob(1), bytes);
  ASSERT_TRUE(*select.Step());
  EXPECT_TRUE(select.ColumnIsNull(0));
  EXPECT_TRUE(select.ColumnIsNull(1));
  ASSERT_TRUE(*select.Step());
  EXPECT_FALSE(select.ColumnIsNull(0)) << "empty text is not NULL";
  EXPECT_TRUE(select.ColumnBool(1));
  EXPECT_FALSE(*select.Step());
}

TEST_F(StatementTest, ReportsTheFirstErrorWhenItRuns) {
  Statement broken(*connection_, "SELECT nothing FROM nowhere");
  broken.Bind(1, 5);
  const absl::Status status = broken.Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_NE(status.message().find("nowhere"), std::string::npos) << status;

  Statement unbindable(*connection_, "SELECT ?");
  unbindable.Bind(1, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(unbindable.Run().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StatementTest, TellsAViolatedKeyFromOtherConstraints) {
  ASSERT_TRUE(connection_->Execute("INSERT INTO t VALUES (1, 1, 1); CREATE TABLE n (v TEXT NOT NULL) STRICT").ok());
  Statement again(*connection_, "INSERT INTO t VALUES (1, 2, 2)");
  const absl::Status unique = again.Run();
  EXPECT_EQ(unique.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ErrorReason(unique), kReasonUniqueViolated);
  Statement null(*connection_, "INSERT INTO n VALUES (NULL)");
  EXPECT_EQ(ErrorReason(null.Run()), kReasonConstraintViolated);
}

TEST_F(StatementTest, TheSameTextMayBeUsedTwiceAtOnce) {
  ASSERT_TRUE(connection_->Execute("INSERT INTO t VALUES (1, 10, 0), (2, 20, 0)").ok());
  constexpr std::string_view kSelect = "SELECT a FROM t ORDER BY id";
  Statement outer(*connection_, kSelect);
  ASSERT_TRUE(*outer.Step());
  {
    Statement inner(*connection_, kSelect);
    ASSERT_TRUE(*inner.Step());
    ASSERT_TRUE(*inner.Step());
    EXPECT_EQ(inner.ColumnInt(0), 20);
  }
  EXPECT_EQ(outer.ColumnInt(0), 10);
  ASSERT_TRUE(*outer.Step());
  EXPECT_EQ(outer.ColumnInt(0), 20);
}

TEST_F(StatementTest, ACacheThatIsFullForgetsOnlyWhatIsIdle) {
  Statement held(*connection_, "SELECT 99");
  ASSERT_TRUE(*held.Step());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      Statement select(*connection_, "SELECT " + std::to_string(i));
      ASSERT_TRUE(*select.Step());
      EXPECT_EQ(select.ColumnInt(0), i);
    }
  }
  EXPECT_EQ(held.ColumnInt(0), 99);
}

TEST_F(StatementTest, AReusedStatementForgetsItsBindings) {
  {
    Statement first(*connection_, "SELECT ?");
    ASSERT_TRUE(*first.Bind(1, 7).Step());
  }
  Statement second(*connection_, "SELECT ?");
  ASSERT_TRUE(*second.Step());
  EXPECT_TRUE(second.ColumnIsNull(0));
}

TEST_F(StatementTest, ALongQueryEndsAtItsDeadline) {
  connection_->SetDeadline(std::chrono::steady_clock::now());
  Statement endless(*connection_,
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  const absl::Status status = endless.Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ErrorReason(status), kReasonQueryTimeout);
  connection_->ClearDeadline();
  EXPECT_TRUE(Statement(*connection_, "SELECT 1").Run().ok());
}

}  // namespace
}  // namespace dateline::sql
