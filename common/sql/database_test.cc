// Proves the contract of Database: writes that wait share a commit, a failing body undoes itself alone, readers see one
// committed snapshot, limits refuse with their reasons, the listener and Close() keep their promises, a second opener
// is kept away, and a backup is complete. The writer is held inside a body by a latch where an order is needed.

#include "common/sql/database.h"

#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

constexpr std::string_view kSchema = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT";

class DatabaseTest : public ::testing::Test {
 protected:
  Database::Options Options() const {
    return {.path = folder_.File("d.db"), .application_id = 7, .migrations = {{1, "table", kSchema}}, .readers = 2};
  }
  void Open(Database::Options options) {
    auto database = Database::Open(std::move(options));
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
  }
  static Database::WriteBody Insert(int id) {
    return [id](Connection& connection) {
      return Statement(connection, "INSERT INTO t (id, v) VALUES (?, 'v')").Bind(1, id).Run();
    };
  }
  int64_t Count(Database& database) {
    int64_t count = -1;
    const absl::Status status = database.Read([&count](Connection& connection) -> absl::Status {
      Statement select(connection, "SELECT count(*) FROM t");
      const auto row = select.Step();
      count = select.ColumnInt64(0);
      return row.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }
  // Keeps the writer in a body until Unblock(); returns once it is there.
  void Block() {
    const auto entered = std::make_shared<std::latch>(1);
    database_->Write(
        [entered, unblock = unblock_](Connection&) {
          entered->count_down();
          unblock->wait();
          return absl::OkStatus();
        },
        [](const absl::Status&) {});
    entered->wait();
  }
  void Unblock() { unblock_->count_down(); }

  testing::TempDir folder_;
  std::unique_ptr<Database> database_;
  const std::shared_ptr<std::latch> unblock_ = std::make_shared<std::latch>(1);
};

TEST_F(DatabaseTest, WritesAreThereAfterReopening) {
  Open(Options());
  ASSERT_TRUE(database_->WriteAndWait(Insert(1)).ok());
  EXPECT_EQ(Count(*database_), 1);
  ASSERT_TRUE(database_->Close().ok());
  database_.reset();
  Open(Options());
  EXPECT_EQ(Count(*database_), 1);
}

TEST_F(DatabaseTest, WhatWaitsSharesOneCommit) {
  Open(Options());
  Block();
  std::latch done(20);
  std::atomic<int> ok{0};
  for (int i = 0; i < 20; ++i) {
    database_->Write(Insert(i), [&](const absl::Status& status) {
      if (status.ok()) ++ok;
      done.count_down();
    });
  }
  EXPECT_EQ(database_->stats().queue_depth, 20u);
  Unblock();
  done.wait();
  EXPECT_EQ(ok, 20);
  EXPECT_EQ(database_->stats().groups, 2u) << "the blocked write, then all others together";
  EXPECT_EQ(database_->stats().group_size_last, 20u);
}

TEST_F(DatabaseTest, AFailingBodyUndoesItselfAlone) {
  Open(Options());
  Block();
  std::latch done(3);
  std::vector<absl::Status> outcomes(3);
  const auto keep = [&](size_t i) {
    return [&outcomes, &done, i](const absl::Status& status) {
      outcomes[i] = status;
      done.count_down();
    };
  };
  database_->Write(Insert(1), keep(0));
  database_->Write(
      [](Connection& connection) -> absl::Status {
        EXPECT_TRUE(Insert(2)(connection).ok());
        return Error(absl::StatusCode::kAborted, "TEST", "no");
      },
      keep(1));
  database_->Write(Insert(3), keep(2));
  Unblock();
  done.wait();
  EXPECT_TRUE(outcomes[0].ok());
  EXPECT_EQ(outcomes[1].code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(outcomes[2].ok());
  EXPECT_EQ(Count(*database_), 2);
}

TEST_F(DatabaseTest, ABodyThatEndsTheTransactionFailsTheGroup) {
  Open(Options());
  const absl::Status status = database_->WriteAndWait([](Connection& connection) -> absl::Status {
    EXPECT_TRUE(Insert(1)(connection).ok());
    return connection.Execute("ROLLBACK");
  });
  EXPECT_EQ(ErrorReason(status), "TRANSACTION_ENDED");
  EXPECT_TRUE(database_->WriteAndWait(Insert(2)).ok()) << "the next group is not affected";
  EXPECT_EQ(Count(*database_), 1);
}

TEST_F(DatabaseTest, AReaderSeesOneCommittedSnapshot) {
  Open(Options());
  ASSERT_TRUE(database_->WriteAndWait(Insert(1)).ok());
  Block();
  std::promise<absl::Status> outcome;
  database_->Write(Insert(2), [&](const absl::Status& status) { outcome.set_value(status); });
  const absl::Status read = database_->Read([&](Connection& connection) -> absl::Status {
    const auto count = [&connection] {
      Statement select(connection, "SELECT count(*) FROM t");
      EXPECT_TRUE(*select.Step());
      return select.ColumnInt64(0);
    };
    EXPECT_EQ(count(), 1);
    Unblock();
    EXPECT_TRUE(outcome.get_future().get().ok());
    EXPECT_EQ(count(), 1) << "a commit in between is not seen";
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(Count(*database_), 2);
}

TEST_F(DatabaseTest, AReaderCannotWrite) {
  Open(Options());
  EXPECT_FALSE(database_->Read(Insert(1)).ok());
  EXPECT_EQ(Count(*database_), 0);
}

TEST_F(DatabaseTest, AFullQueueRefusesAtOnce) {
  auto options = Options();
  options.write_queue_max = 1;
  Open(std::move(options));
  Block();
  std::latch done(1);
  database_->Write(Insert(1), [&](const absl::Status&) { done.count_down(); });
  absl::Status refused;
  database_->Write(Insert(2), [&](const absl::Status& status) { refused = status; });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused), kReasonWriteQueueFull);
  EXPECT_EQ(database_->stats().rejects, 1u);
  Unblock();
  done.wait();
  EXPECT_EQ(Count(*database_), 1);
}

TEST_F(DatabaseTest, ReadersWaitABoundedTime) {
  auto options = Options();
  options.readers = 1;
  options.read_wait_max = std::chrono::milliseconds(5);
  Open(std::move(options));
  const absl::Status outer = database_->Read([this](Connection&) {
    EXPECT_EQ(database_->stats().readers_busy, 1u);
    const absl::Status inner = database_->Read([](Connection&) { return absl::OkStatus(); });
    EXPECT_EQ(ErrorReason(inner), kReasonReadersBusy);
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok());
  EXPECT_EQ(database_->stats().read_rejects, 1u);
}

TEST_F(DatabaseTest, TooManyWaitingReadersAreRefused) {
  auto options = Options();
  options.readers = 1;
  options.read_queue_max = 0;
  Open(std::move(options));
  const absl::Status outer = database_->Read([this](Connection&) {
    EXPECT_EQ(ErrorReason(database_->Read([](Connection&) { return absl::OkStatus(); })), kReasonReadQueueFull);
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok());
}

TEST_F(DatabaseTest, TheListenerHearsOfEveryCommitAndOfNothingElse) {
  Open(Options());
  std::atomic<int> heard{0};
  database_->SetCommitListener([&] { ++heard; });
  ASSERT_TRUE(database_->WriteAndWait(Insert(1)).ok());
  EXPECT_EQ(heard, 1) << "before the writer's answer";
  EXPECT_FALSE(database_->WriteAndWait(Insert(1)).ok());
  EXPECT_EQ(heard, 1);
  database_->SetCommitListener(nullptr);
  ASSERT_TRUE(database_->WriteAndWait(Insert(2)).ok());
  EXPECT_EQ(heard, 1);
}

TEST_F(DatabaseTest, ManyThreadsWriteAndRead) {
  Open(Options());
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread, &failures] {
      for (int i = 0; i < 50; ++i) {
        if (!database_->WriteAndWait(Insert(thread * 1000 + i)).ok()) ++failures;
        if (Count(*database_) < i + 1) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Count(*database_), 200);
  EXPECT_EQ(database_->stats().writes, 200u);
}

TEST_F(DatabaseTest, CloseRunsWhatWasAcceptedAndRefusesTheRest) {
  Open(Options());
  Block();
  std::atomic<int> ok{0};
  for (int i = 0; i < 10; ++i)
    database_->Write(Insert(i), [&](const absl::Status& status) { ok += status.ok() ? 1 : 0; });
  std::thread closer([this] { EXPECT_TRUE(database_->Close().ok()); });
  Unblock();
  closer.join();
  EXPECT_EQ(ok, 10);
  EXPECT_EQ(ErrorReason(database_->WriteAndWait(Insert(99))), kReasonDatabaseClosed);
  EXPECT_EQ(ErrorReason(database_->Read([](Connection&) { return absl::OkStatus(); })), kReasonDatabaseClosed);
  EXPECT_TRUE(database_->Close().ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.File("d.db-wal"))) << "the log was moved into the file";
}

TEST_F(DatabaseTest, ASecondOpenerIsKeptAway) {
  Open(Options());
  const auto second = Database::Open(Options());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(second.status()), kReasonDatabaseInUse);
  EXPECT_NE(second.status().message().find(folder_.File("d.db")), std::string::npos);
  ASSERT_TRUE(database_->Close().ok());
  EXPECT_TRUE(Database::Open(Options()).ok());
}

TEST_F(DatabaseTest, AFolderThatIsMissingIsNamed) {
  auto options = Options();
  options.path = folder_.File("missing/d.db");
  const auto database = Database::Open(options);
  EXPECT_EQ(database.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(database.status().message().find("missing/d.db"), std::string::npos);
}

TEST_F(DatabaseTest, TheLogStaysSmall) {
  auto options = Options();
  options.checkpoint_pages = 8;
  Open(std::move(options));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(database_->WriteAndWait(Insert(i)).ok());
  EXPECT_GT(database_->stats().checkpoints, 0u);
  EXPECT_LT(database_->stats().wal_pages, 40u);
}

TEST_F(DatabaseTest, ABackupIsCompleteAndPrepared) {
  Open(Options());
  ASSERT_TRUE(database_->WriteAndWait(Insert(1)).ok());
  const std::string path = folder_.File("copy.db");
  ASSERT_TRUE(database_->Backup(path, Insert(2)).ok());
  EXPECT_EQ(database_->Backup(path).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Count(*database_), 1) << "only the copy was prepared";
  auto options = Options();
  options.path = path;
  auto copy = Database::Open(options);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Count(**copy), 2);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST_F(DatabaseTest, AFailedBackupLeavesNothing) {
  Open(Options());
  const std::string path = folder_.File("copy.db");
  const absl::Status status =
      database_->Backup(path, [](Connection&) { return Error(absl::StatusCode::kAborted, "TEST", "no"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

}  // namespace
}  // namespace dateline::sql
