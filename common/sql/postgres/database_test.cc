// Proves on a real server that writes share commits, that one body's mistake is its own, that conflicts and lost
// connections are tried again, that nothing acknowledged is lost when the server is killed, and that a failover is
// found.

#include "common/sql/postgres/database.h"

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/sql/postgres/error_map.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "gtest/gtest.h"

namespace dateline::sql::postgres {
namespace {

using testing::PostgresServer;
using testing::WaitUntil;

// A server that recovers on a busy machine takes its time.
constexpr std::chrono::milliseconds kLong{60'000};

const std::vector<Migration> kSchema = {
    {1, "first", "CREATE TABLE t (v BIGINT PRIMARY KEY, w BIGINT NOT NULL DEFAULT 0)"}};

std::unique_ptr<Database> Open(const std::string& connection, Database::Options options = {}) {
  options.connection.connection = connection;
  options.application = "test";
  options.migrations = kSchema;
  auto opened = Database::Open(std::move(options));
  EXPECT_TRUE(opened.ok()) << opened.status();
  return *std::move(opened);
}

Database::Body Insert(int64_t value) {
  return [value](Connection& connection) {
    connection.Post("INSERT INTO t (v) VALUES ($1)", Parameters::Of(value));
    return absl::OkStatus();
  };
}

int64_t Count(Database& database) {
  int64_t count = -1;
  const absl::Status read = database.Read([&](Connection& connection) -> absl::Status {
    auto rows = connection.Query("SELECT count(*) FROM t");
    if (rows.ok()) count = rows->Int64(0, 0);
    return rows.status();
  });
  EXPECT_TRUE(read.ok()) << read;
  return count;
}

// Holds the writer in a callback until released, so that what is written meanwhile makes one group.
class Held {
 public:
  explicit Held(Database& database) {
    std::promise<void> reached;
    database.Write([](Connection&) { return absl::OkStatus(); },
                   [&reached, release = release_.get_future().share()](const absl::Status&) {
                     reached.set_value();
                     release.wait();
                   });
    reached.get_future().wait();
  }
  void Release() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

TEST(PostgresDatabase, WritesShareACommitAndOneMistakeIsItsOwn) {
  const auto database = Open(PostgresServer::Shared().NewDatabase());
  std::atomic<int> commits{0};
  Held held(*database);
  database->SetCommitListener([&] { ++commits; });
  std::vector<std::future<absl::Status>> outcomes;
  const auto write = [&](Database::Body body) {
    auto promise = std::make_shared<std::promise<absl::Status>>();
    outcomes.push_back(promise->get_future());
    database->Write(std::move(body), [promise](absl::Status outcome) { promise->set_value(std::move(outcome)); });
  };
  for (int i = 0; i < 5; ++i) write(Insert(i));
  write([](Connection&) { return absl::NotFoundError("nothing was written"); });
  held.Release();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(outcomes[static_cast<size_t>(i)].get().ok());
  EXPECT_EQ(outcomes[5].get().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(commits, 1);
  EXPECT_EQ(Count(*database), 5);

  // A statement that fails spoils the transaction; the others still come through.
  Held again(*database);
  outcomes.clear();
  write(Insert(10));
  write(Insert(3));
  write([](Connection& connection) {
    connection.Post("INSERT INTO t (v) VALUES (11)");
    return absl::FailedPreconditionError("after writing");
  });
  write(Insert(12));
  again.Release();
  EXPECT_TRUE(outcomes[0].get().ok());
  EXPECT_EQ(ErrorReason(outcomes[1].get()), kReasonUniqueViolated);
  EXPECT_EQ(outcomes[2].get().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(outcomes[3].get().ok());
  EXPECT_EQ(Count(*database), 7);
  database->SetCommitListener(nullptr);
}

TEST(PostgresDatabase, ConflictsAreTriedAgain) {
  const std::string database_name = PostgresServer::Shared().NewDatabase();
  const auto one = Open(database_name);
  const auto other = Open(database_name);
  ASSERT_TRUE(one->WriteAndWait(Insert(1)).ok());
  // Serialisable increments of one row by two processes: without another attempt some would fail or be lost.
  const auto increment = [](Connection& connection) -> absl::Status {
    connection.Post("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    auto rows = connection.Query("SELECT w FROM t WHERE v = 1");
    if (!rows.ok()) return rows.status();
    return connection.Query("UPDATE t SET w = $1 WHERE v = 1", Parameters::Of(rows->Int64(0, 0) + 1)).status();
  };
  constexpr int kTimes = 40;
  std::atomic<int> done{0};
  const auto run = [&](Database& database) {
    for (int i = 0; i < kTimes; ++i) done += database.WriteAndWait(increment).ok() ? 1 : 0;
  };
  std::thread first([&] { run(*one); });
  std::thread second([&] { run(*other); });
  first.join();
  second.join();
  int64_t value = 0;
  ASSERT_TRUE(one->Read([&](Connection& reader) -> absl::Status {
                   auto rows = reader.Query("SELECT w FROM t WHERE v = 1");
                   if (rows.ok()) value = rows->Int64(0, 0);
                   return rows.status();
                 })
                  .ok());
  EXPECT_EQ(value, done) << "acknowledged increments, no more and no less";
  EXPECT_GE(done, kTimes);
}

TEST(PostgresDatabase, ReadsAreOneSnapshotThatCannotWrite) {
  const auto database = Open(PostgresServer::Shared().NewDatabase());
  const absl::Status read = database->Read([&](Connection& connection) -> absl::Status {
    auto before = connection.Query("SELECT count(*) FROM t");
    EXPECT_TRUE(database->WriteAndWait(Insert(1)).ok());
    auto after = connection.Query("SELECT count(*) FROM t");
    EXPECT_EQ(before->Int(0, 0), after->Int(0, 0));
    return connection.Query("INSERT INTO t (v) VALUES (2)").status();
  });
  EXPECT_FALSE(read.ok());
  EXPECT_EQ(Count(*database), 1);
}

TEST(PostgresDatabase, AFullQueueIsSaidAtOnce) {
  const auto database = Open(PostgresServer::Shared().NewDatabase(), {.write_queue_max = 1});
  Held held(*database);
  database->Write(Insert(1), [](const absl::Status& outcome) { EXPECT_TRUE(outcome.ok()) << outcome; });
  EXPECT_EQ(ErrorReason(database->WriteAndWait(Insert(2))), kReasonWriteQueueFull);
  held.Release();
  database->Close();
  EXPECT_EQ(ErrorReason(database->WriteAndWait(Insert(3))), kReasonDatabaseClosed);
}

TEST(PostgresDatabase, ComesBackWhenTheServerDoes) {
  PostgresServer server;
  const auto database = Open(server.NewDatabase());
  ASSERT_TRUE(database->WriteAndWait(Insert(1)).ok());
  EXPECT_EQ(Count(*database), 1);
  server.Stop();
  EXPECT_EQ(database->Ping().code(), absl::StatusCode::kUnavailable);
  // Waits for the server instead of failing.
  std::future<absl::Status> written = std::async(std::launch::async, [&] { return database->WriteAndWait(Insert(2)); });
  server.Start();
  EXPECT_TRUE(written.get().ok());
  EXPECT_EQ(Count(*database), 2);
  EXPECT_TRUE(database->Ping().ok());
}

TEST(PostgresDatabase, NothingAcknowledgedIsLostWhenTheServerIsKilled) {
  PostgresServer server({.fsync = true});
  const auto database = Open(server.NewDatabase());
  std::atomic<int64_t> next{0};
  std::atomic<bool> stop{false};
  std::vector<std::set<int64_t>> acknowledged(4);
  std::vector<std::thread> writers;
  for (auto& mine : acknowledged) {
    writers.emplace_back([&] {
      while (!stop) {
        const int64_t value = ++next;
        if (database->WriteAndWait(Insert(value)).ok()) mine.insert(value);
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    const int64_t begin = next;
    EXPECT_TRUE(WaitUntil(kLong, [&] { return next > begin + 40; }));
    server.Kill();
    server.Start();
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  std::set<int64_t> stored;
  ASSERT_TRUE(database
                  ->Read([&](Connection& connection) -> absl::Status {
                    auto rows = connection.Query("SELECT v FROM t");
                    if (!rows.ok()) return rows.status();
                    for (int i = 0; i < rows->rows(); ++i) stored.insert(rows->Int64(i, 0));
                    return absl::OkStatus();
                  })
                  .ok());
  size_t count = 0;
  for (const auto& mine : acknowledged) {
    count += mine.size();
    for (const int64_t value : mine) EXPECT_TRUE(stored.contains(value)) << value;
  }
  EXPECT_GT(count, 100u);
}

TEST(PostgresDatabase, FindsThePromotedStandby) {
  PostgresServer primary;
  const auto single = Open(primary.NewDatabase());
  ASSERT_TRUE(single->WriteAndWait(Insert(1)).ok());
  single->Close();
  const auto standby = primary.MakeStandby();
  const std::string both =
      "host=127.0.0.1,127.0.0.1 port=" + std::to_string(primary.port()) + "," + std::to_string(standby->port()) +
      " user=dateline dbname=test_1 password=" + primary.password() + " target_session_attrs=read-write";
  const auto database = Open(both);
  // Replicated before it is acknowledged: then a failover loses nothing.
  auto setting = Connection::Open({.connection = primary.ConnectionTo("postgres")});
  ASSERT_TRUE((*setting)->Script("ALTER SYSTEM SET synchronous_standby_names = '*'").ok());
  ASSERT_TRUE((*setting)->Script("SELECT pg_reload_conf()").ok());
  ASSERT_TRUE(database->WriteAndWait(Insert(2)).ok());
  primary.Kill();
  standby->Promote();
  // A commit on its way when the primary died has no known outcome; it is repeated, as callers do.
  EXPECT_TRUE(WaitUntil(kLong, [&] {
    const absl::Status written = database->WriteAndWait(Insert(3));
    return written.ok() || written.code() == absl::StatusCode::kAlreadyExists;
  }));
  EXPECT_EQ(Count(*database), 3);
}

}  // namespace
}  // namespace dateline::sql::postgres
