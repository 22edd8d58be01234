// Proves what happens when the disk refuses: for every position of a failing write or fsync, an acknowledged write is
// there after reopening, a commit that failed acknowledged nothing, and readers see only what was committed. The faults
// come from a VFS shim; every test walks the fault through all calls that the work makes.

#include <atomic>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/database.h"
#include "common/sql/testing/faulty_vfs.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

using testing::FaultyVfs;

constexpr int kWrites = 8;

class FaultTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& name, uint64_t checkpoint_pages = 4) {
    return Database::Open({.path = folder_.File(name),
                           .application_id = 7,
                           .migrations = {{1, "table", "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) STRICT"}},
                           .readers = 1,
                           .checkpoint_pages = checkpoint_pages,
                           .vfs = vfs_.name()});
  }
  static Database::WriteBody Insert(int id) {
    return [id](Connection& connection) {
      const std::string value(6000, static_cast<char>('a' + id % 26));
      return Statement(connection, "INSERT INTO t VALUES (?, ?)").BindAll(id, Blob{value}).Run();
    };
  }
  static std::set<int> Ids(Database& database) {
    std::set<int> ids;
    const absl::Status status = database.Read([&ids](Connection& connection) -> absl::Status {
      Statement select(connection, "SELECT id FROM t");
      while (true) {
        const auto row = select.Step();
        if (!row.ok()) return row.status();
        if (!*row) return absl::OkStatus();
        ids.insert(select.ColumnInt(0));
      }
    });
    EXPECT_TRUE(status.ok()) << status;
    return ids;
  }
  static bool Intact(Database& database) {
    bool intact = false;
    const absl::Status status = database.Read([&intact](Connection& connection) -> absl::Status {
      Statement check(connection, "PRAGMA integrity_check");
      const auto row = check.Step();
      intact = row.ok() && *row && check.ColumnText(0) == "ok";
      return row.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return intact;
  }

  testing::TempDir folder_;
  FaultyVfs vfs_{"dateline-fault-test"};
};

TEST_F(FaultTest, NothingAcknowledgedIsLostWhereverAFaultStrikes) {
  struct Kind {
    FaultyVfs::Fault fault;
    uint64_t positions;  // The work makes more writes than fsyncs.
  };
  const Kind kinds[] = {
      {{FaultyVfs::Operation::kWrite, SQLITE_FULL, 0, 3}, 30},
      {{FaultyVfs::Operation::kWrite, SQLITE_IOERR_WRITE, 0, 1}, 30},
      {{FaultyVfs::Operation::kSync, SQLITE_IOERR_FSYNC, 0, 1}, 12},
  };
  int struck = 0;
  for (size_t kind = 0; kind < std::size(kinds); ++kind) {
    for (uint64_t after = 0; after < kinds[kind].positions; ++after) {
      const std::string name = "f" + std::to_string(kind) + "-" + std::to_string(after) + ".db";
      std::set<int> acknowledged;
      std::set<int> attempted;
      const uint64_t failures_before = vfs_.failures();
      {
        auto database = Open(name);
        ASSERT_TRUE(database.ok()) << database.status();
        FaultyVfs::Fault fault = kinds[kind].fault;
        fault.after = after;
        vfs_.Arm(fault);
        for (int id = 0; id < kWrites; ++id) {
          attempted.insert(id);
          if ((*database)->WriteAndWait(Insert(id)).ok()) acknowledged.insert(id);
        }
        EXPECT_EQ(Ids(**database), acknowledged) << "a reader sees what was committed, no more: " << name;
      }
      vfs_.Disarm();
      struck += vfs_.failures() > failures_before ? 1 : 0;
      auto database = Open(name);
      ASSERT_TRUE(database.ok()) << database.status();
      const std::set<int> found = Ids(**database);
      for (const int id : acknowledged) EXPECT_TRUE(found.contains(id)) << name << " lost " << id;
      for (const int id : found) EXPECT_TRUE(attempted.contains(id));
      EXPECT_TRUE(Intact(**database)) << name;
    }
  }
  EXPECT_GT(struck, 65) << "the faults have to have struck to prove anything";
}

TEST_F(FaultTest, AFailedCommitAcknowledgesNothingOfItsGroup) {
  auto database = Open("group.db");
  ASSERT_TRUE(database.ok());
  std::latch entered(1);
  std::latch go(1);
  (*database)->Write(
      [&](Connection&) {
        entered.count_down();
        go.wait();
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
  entered.wait();
  std::latch done(5);
  std::atomic<int> acknowledged{0};
  std::vector<absl::Status> outcomes(5);
  std::atomic<int> commits_heard{0};
  for (int id = 0; id < 5; ++id) {
    const auto body = [id, this](Connection& connection) -> absl::Status {
      // Armed by the first body of the group: the transaction of the blocked write is over.
      if (id == 0) vfs_.Arm({FaultyVfs::Operation::kWrite, SQLITE_FULL, 0, UINT64_MAX});
      if (id == 3) return Error(absl::StatusCode::kAlreadyExists, "TEST", "judged by what the group wrote");
      return Insert(id)(connection);
    };
    (*database)->Write(body, [&, id](const absl::Status& status) {
      outcomes[static_cast<size_t>(id)] = status;
      if (status.ok()) ++acknowledged;
      done.count_down();
    });
  }
  (*database)->SetCommitListener([&] { ++commits_heard; });
  go.count_down();
  done.wait();
  EXPECT_EQ(acknowledged, 0);
  EXPECT_LE(commits_heard, 1) << "only the blocked write's commit may be heard";
  for (const absl::Status& outcome : outcomes) {
    EXPECT_EQ(outcome.code(), absl::StatusCode::kResourceExhausted) << outcome;
    EXPECT_EQ(ErrorReason(outcome), kReasonDiskFull);
    EXPECT_EQ(ErrorMetadataValue(outcome, "path"), folder_.File("group.db"));
  }
  EXPECT_TRUE(Ids(**database).empty());
  EXPECT_EQ((*database)->stats().commit_failures, 1u);
  vfs_.Disarm();
  EXPECT_TRUE((*database)->WriteAndWait(Insert(9)).ok()) << "with space again it goes on";
}

TEST_F(FaultTest, AFailedFsyncEndsAllWritesUntilReopened) {
  {
    auto database = Open("sync.db", 1'000);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)->WriteAndWait(Insert(1)).ok());
    vfs_.Arm({FaultyVfs::Operation::kSync, SQLITE_IOERR_FSYNC, 0, 1});
    const absl::Status failed = (*database)->WriteAndWait(Insert(2));
    EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ErrorReason(failed), kReasonDiskIoError);
    EXPECT_TRUE((*database)->halted());
    // The disk is well again, but what it holds is unknown.
    const absl::Status refused = (*database)->WriteAndWait(Insert(3));
    EXPECT_EQ(ErrorReason(refused), kReasonDatabaseHalted);
    EXPECT_EQ(Ids(**database), std::set<int>{1}) << "reading goes on";
    EXPECT_EQ(ErrorReason((*database)->Close()), kReasonDatabaseHalted);
  }
  auto database = Open("sync.db");
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_TRUE(Ids(**database).contains(1));
  EXPECT_TRUE((*database)->WriteAndWait(Insert(4)).ok());
}

TEST_F(FaultTest, AFailedFsyncOfACheckpointEndsAllWritesToo) {
  auto database = Open("checkpoint.db");
  ASSERT_TRUE(database.ok());
  // The commit's fsync succeeds; the next is that of the checkpoint which the size of the log calls for.
  vfs_.Arm({FaultyVfs::Operation::kSync, SQLITE_IOERR_FSYNC, 1, 1});
  std::set<int> acknowledged;
  for (int id = 0; id < kWrites && !(*database)->halted(); ++id) {
    if ((*database)->WriteAndWait(Insert(id)).ok()) acknowledged.insert(id);
  }
  EXPECT_TRUE((*database)->halted());
  EXPECT_EQ(vfs_.failures(), 1u);
  (*database).reset();
  database = Open("checkpoint.db");
  ASSERT_TRUE(database.ok()) << database.status();
  const std::set<int> found = Ids(**database);
  for (const int id : acknowledged) EXPECT_TRUE(found.contains(id)) << "lost " << id;
}

TEST_F(FaultTest, AFullDiskAtOpeningIsAClearError) {
  vfs_.Arm({FaultyVfs::Operation::kWrite, SQLITE_FULL, 0, UINT64_MAX});
  const auto database = Open("new.db");
  EXPECT_EQ(ErrorReason(database.status()), kReasonDiskFull);
  vfs_.Disarm();
  EXPECT_TRUE(Open("new.db").ok()) << "what was begun does not stand in the way";
}

}  // namespace
}  // namespace dateline::sql
