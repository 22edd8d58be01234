// Proves on a real server that values of every type go there and back, that pipelines answer in order and stop at the
// first failure, that errors are clear and hold no secret, and that a connection never waits for ever.

#include "common/sql/postgres/connection.h"

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/postgres/connection_pool.h"
#include "common/sql/postgres/error_map.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "gmock/gmock.h"

namespace dateline::sql::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::PostgresServer;

class PostgresConnectionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open(ConnectionOptions options = {}) {
    if (options.connection.empty()) options.connection = database_;
    auto opened = Connection::Open(options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  const std::string database_ = PostgresServer::Shared().NewDatabase();
};

TEST_F(PostgresConnectionTest, CarriesValuesOfAllTypes) {
  const auto connection = Open();
  const std::string bytes("\0\xff'\\\n", 5);
  const std::vector<int64_t> numbers = {1, -2, INT64_MAX};
  const std::vector<std::string> texts = {"", "a,b\"{}", "ж"};
  const std::vector<Bytes> blobs = {Bytes{bytes}, Bytes{""}};
  const auto rows = connection->Query(
      "SELECT $1::bigint, $2::bool, $3::float8, $4::text, $5::bytea, $6::bigint, ($7::bigint[])[3], ($8::text[])[2], "
      "($9::bytea[])[1], cardinality($10::bigint[]), 7::smallint, -7::int, 0.5::real",
      Parameters::Of(INT64_MIN, true, -2.5, "Inés 马", Bytes{bytes}, std::optional<int64_t>(), numbers, texts, blobs,
                     std::vector<int64_t>()));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->Int64(0, 0), INT64_MIN);
  EXPECT_TRUE(rows->Bool(0, 1));
  EXPECT_EQ(rows->Double(0, 2), -2.5);
  EXPECT_EQ(rows->Text(0, 3), "Inés 马");
  EXPECT_EQ(rows->Bytes(0, 4), bytes);
  EXPECT_TRUE(rows->IsNull(0, 5));
  EXPECT_EQ(rows->Int64(0, 5), 0);
  EXPECT_EQ(rows->Int64(0, 6), INT64_MAX);
  EXPECT_EQ(rows->Text(0, 7), "a,b\"{}");
  EXPECT_EQ(rows->Bytes(0, 8), bytes);
  EXPECT_EQ(rows->Int(0, 9), 0);
  EXPECT_EQ(rows->Int(0, 10), 7);
  EXPECT_EQ(rows->Int(0, 11), -7);
  EXPECT_EQ(rows->Double(0, 12), 0.5);
}

TEST_F(PostgresConnectionTest, APipelineAnswersInAnyOrderOfTaking) {
  const auto connection = Open();
  std::vector<Connection::Ticket> tickets;
  for (int i = 0; i < 2'000; ++i) tickets.push_back(connection->Send("SELECT $1::bigint", Parameters::Of(i)));
  for (int i = 1'999; i >= 0; --i) {
    const auto rows = connection->Take(tickets[static_cast<size_t>(i)]);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->Int(0, 0), i);
  }
}

TEST_F(PostgresConnectionTest, LargeValuesGoBothWaysAtOnce) {
  const auto connection = Open();
  const std::string large(3u << 20, 'x');
  std::vector<Connection::Ticket> tickets;
  for (int i = 0; i < 8; ++i) tickets.push_back(connection->Send("SELECT $1::text", Parameters::Of(large)));
  for (const auto ticket : tickets) {
    const auto rows = connection->Take(ticket);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->Text(0, 0), large);
  }
}

TEST_F(PostgresConnectionTest, WhatComesBehindAFailureIsPassedOver) {
  const auto connection = Open();
  ASSERT_TRUE(connection->Script("CREATE TABLE t (v BIGINT PRIMARY KEY)").ok());
  connection->Begin();
  const auto first = connection->Send("INSERT INTO t VALUES ($1)", Parameters::Of(1));
  connection->Post("INSERT INTO t VALUES ($1)", Parameters::Of(1));
  const auto third = connection->Send("SELECT count(*) FROM t");
  EXPECT_TRUE(connection->Take(first).ok());
  EXPECT_EQ(ErrorReason(connection->Take(third).status()), kReasonUniqueViolated);
  EXPECT_TRUE(connection->failed());
  const absl::Status committed = connection->Commit();
  EXPECT_EQ(ErrorReason(committed), kReasonUniqueViolated) << committed;
  connection->Rollback();
  EXPECT_EQ(connection->Query("SELECT count(*) FROM t")->Int(0, 0), 0) << "also the first is undone";
}

TEST_F(PostgresConnectionTest, AFailedStatementIsPreparedAnewNextTime) {
  const auto connection = Open();
  EXPECT_FALSE(connection->Query("SELECT * FROM later").ok());
  connection->Reset();
  ASSERT_TRUE(connection->Script("CREATE TABLE later (v BIGINT)").ok());
  EXPECT_TRUE(connection->Query("SELECT * FROM later").ok());
}

TEST_F(PostgresConnectionTest, SlowStatementsEnd) {
  const auto connection = Open({.connection = database_, .statement_timeout = std::chrono::milliseconds(50)});
  const auto slow = connection->Query("SELECT pg_sleep(30)");
  EXPECT_EQ(ErrorReason(slow.status()), kReasonQueryTimeout) << slow.status();
  connection->Reset();
  EXPECT_TRUE(connection->Query("SELECT 1").ok());
}

TEST_F(PostgresConnectionTest, SaysWhyItCannotConnectAndTellsNoSecret) {
  const auto& server = PostgresServer::Shared();
  const std::string wrong =
      "host=127.0.0.1 port=" + std::to_string(server.port()) + " user=dateline dbname=postgres password=s3cret-Word";
  const auto refused = Connection::Open({.connection = wrong});
  EXPECT_EQ(ErrorReason(refused.status()), kReasonDatabaseNotOpened) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("s3cret")));

  const auto missing = Connection::Open({.connection = server.ConnectionTo("no_such_database")});
  EXPECT_EQ(ErrorReason(missing.status()), kReasonDatabaseNotOpened) << missing.status();
  const auto away = Connection::Open({.connection = "host=127.0.0.1 port=1 dbname=x user=y"});
  EXPECT_EQ(ErrorReason(away.status()), kReasonDatabaseUnreachable) << away.status();
  const auto garbled = CheckConnectionOptions({.connection = "my s3cret-Word"});
  EXPECT_EQ(ErrorReason(garbled), kReasonInvalidConnection) << garbled;
  EXPECT_THAT(std::string(garbled.message()), Not(HasSubstr("s3cret")));
}

TEST_F(PostgresConnectionTest, SetsWhatItsStatementsRestOn) {
  const auto connection = Open();
  const auto is = [&connection](std::string_view setting) {
    const auto rows = connection->Query("SELECT current_setting($1)", Parameters::Of(setting));
    return rows.ok() ? rows->String(0, 0) : rows.status().ToString();
  };
  EXPECT_EQ(is("default_toast_compression"), "lz4");  // Debian's server has it.
  EXPECT_EQ(is("work_mem"), "16MB");
  EXPECT_EQ(is("enable_seqscan"), "off");
  EXPECT_EQ(is("max_parallel_workers_per_gather"), "0");
  // What the operator gives more of is kept.
  ASSERT_TRUE(connection
                  ->Script("ALTER DATABASE " + connection->where().substr(connection->where().rfind('/') + 1) +
                           " SET work_mem = '64MB'")
                  .ok());
  const auto later = Open();
  EXPECT_EQ(later->Query("SELECT current_setting('work_mem')")->Text(0, 0), "64MB");
}

TEST_F(PostgresConnectionTest, ReadsConnectionAndPasswordFromFiles) {
  const testing::TempDir folder;
  const auto& server = PostgresServer::Shared();
  const std::string plain =
      "postgresql://dateline@127.0.0.1:" + std::to_string(server.port()) + "/postgres?application_name=files\n";
  const auto connection = Open({.connection_file = folder.Write("connection", plain),
                                .password_file = folder.Write("password", server.password() + "\n")});
  EXPECT_EQ(connection->Query("SELECT current_setting('application_name')")->Text(0, 0), "files");
  EXPECT_THAT(connection->where(), Not(HasSubstr(server.password())));
  const absl::Status missing = CheckConnectionOptions({.connection_file = folder.File("absent")});
  EXPECT_EQ(ErrorReason(missing), kReasonInvalidConnection);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("absent"));
}

TEST_F(PostgresConnectionTest, AHangingServerIsGivenUp) {
  PostgresServer server;
  const auto connection = Open({.connection = server.ConnectionTo("postgres"),
                                .statement_timeout = std::chrono::milliseconds(100),
                                .silence_max = std::chrono::milliseconds(300)});
  server.Pause();
  const auto answer = connection->Query("SELECT 1");
  server.Resume();
  EXPECT_EQ(ErrorReason(answer.status()), kReasonDatabaseUnreachable) << answer.status();
  EXPECT_TRUE(connection->broken());
}

// Without it the server plans to read the whole table, which is empty, and keeps that.
TEST_F(PostgresConnectionTest, ByKeyAPlanFromWhenTheTableWasEmptyUsesItsIndex) {
  const auto connection = Open({.by_key = true});
  ASSERT_TRUE(connection->Script("CREATE TABLE grows (id BIGINT PRIMARY KEY, n BIGINT)").ok());
  std::vector<int64_t> ids(20);
  std::iota(ids.begin(), ids.end(), 1);
  for (int i = 0; i < 7; ++i) {
    const auto updated = connection->Query(
        "UPDATE grows g SET n = u.n FROM unnest($1::bigint[], $2::bigint[]) AS u (id, n) WHERE g.id = u.id",
        Parameters::Of(ids, ids));
    ASSERT_TRUE(updated.ok()) << updated.status();
  }
  // The only statement that this session has prepared.
  const auto name =
      connection->Query("SELECT name, generic_plans::int FROM pg_prepared_statements", {}, Connection::Plan::kOnce);
  ASSERT_TRUE(name.ok() && name->rows() == 1) << name.status();
  EXPECT_EQ(name->Int(0, 1), 7);
  const auto plan =
      connection->Query("EXPLAIN EXECUTE " + name->String(0, 0) + "('{1,2}', '{1,2}')", {}, Connection::Plan::kOnce);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::string text;
  for (int row = 0; row < plan->rows(); ++row) text += plan->String(row, 0) + "\n";
  EXPECT_THAT(text, HasSubstr("Index Scan using grows_pkey"));
  EXPECT_THAT(text, Not(HasSubstr("Seq Scan")));
}

TEST_F(PostgresConnectionTest, AHangingServerIsGivenUpSoonerByWhoHasToEnd) {
  PostgresServer server;
  const auto patience = std::make_shared<Patience>();
  const ConnectionOptions options{.connection = server.ConnectionTo("postgres"), .patience = patience};
  const auto first = Open(options);
  const auto second = Open(options);
  server.Pause();
  patience->End();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(ErrorReason(first->Query("SELECT 1").status()), kReasonDatabaseUnreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, options.silence_max - std::chrono::seconds(5));
  // From then on next to nothing is left for each.
  const auto later = std::chrono::steady_clock::now();
  EXPECT_EQ(ErrorReason(second->Query("SELECT 1").status()), kReasonDatabaseUnreachable);
  EXPECT_EQ(ErrorReason(Connection::Open(options).status()), kReasonDatabaseClosed) << "nor is it tried again";
  EXPECT_LT(std::chrono::steady_clock::now() - later, Patience::kLast);
  server.Resume();
}

TEST(Patience, LeavesEveryWaitItsTimeUntilTheEndAndLittleAfterIt) {
  using std::chrono::milliseconds;
  Patience patience;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(patience.Left(now, now, milliseconds(20'000)), milliseconds(20'000));
  EXPECT_FALSE(patience.over(now + std::chrono::hours(1)));
  patience.End();
  const auto ended = std::chrono::steady_clock::now();
  EXPECT_LE(patience.Left(now, ended, milliseconds(20'000)), Patience::kLast);
  EXPECT_LE(patience.Left(now, ended, milliseconds(100)), milliseconds(100)) << "what is short stays so";
  EXPECT_FALSE(patience.over(now));
  const auto late = ended + std::chrono::minutes(1);
  EXPECT_TRUE(patience.over(late));
  EXPECT_EQ(patience.Left(late, late, milliseconds(20'000)), Patience::kLeast);
  patience.End(std::chrono::hours(1));
  EXPECT_TRUE(patience.over(late)) << "only the first end counts";

  Patience draining;
  draining.End(milliseconds(10'000));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(draining.Left(begun, begun, milliseconds(8'000)), milliseconds(8'000)) << "it serves on";
  EXPECT_FALSE(draining.ended(begun));
  EXPECT_FALSE(draining.over(begun + milliseconds(10'000)));
  EXPECT_TRUE(draining.over(begun + milliseconds(15'000)));
}

TEST_F(PostgresConnectionTest, AnIdleConnectionKnowsThatTheServerIsGone) {
  PostgresServer server;
  const auto connection = Open({.connection = server.ConnectionTo("postgres")});
  EXPECT_FALSE(connection->broken());
  server.Stop();
  EXPECT_TRUE(connection->broken());
}

TEST_F(PostgresConnectionTest, ThePoolIsBoundedAndReplacesWhatIsLost) {
  ConnectionPool pool({.connection = {.connection = database_},
                       .size = 1,
                       .waiters_max = 1,
                       .wait_max = std::chrono::milliseconds(20)});
  {
    auto first = pool.Acquire();
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ(ErrorReason(pool.Acquire().status()), kReasonReadersBusy);
    const auto killed = (*first)->Query("SELECT pg_terminate_backend(pg_backend_pid())");
    EXPECT_TRUE(IsConnectionLoss(killed.status())) << killed.status();
  }
  auto second = pool.Acquire();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE((*second)->Query("SELECT 1").ok());
  EXPECT_EQ(pool.connects(), 2u);
}

}  // namespace
}  // namespace dateline::sql::postgres
