// Proves what only the log in a database can promise: an event and the effect that it tells of are one transaction,
// epoch, leases and attempts survive reopening, a backup is another log, and a killed process loses no acknowledged
// event and leaves no hole in the sequence.

#include "common/eventlog/sqlite_event_log.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::eventlog {
namespace {

constexpr std::string_view kState = "CREATE TABLE state (id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT";

sql::Database::Options OptionsFor(const std::string& path) {
  return {.path = path, .application_id = 7, .migrations = {{1, "state", kState}, SchemaMigration(2)}, .readers = 2};
}

NewEvent Event(const std::string& subject) {
  return {.topic = "release/", .type = "org.dateline.test", .subject = subject, .time = RealClock().Now()};
}

class SqliteEventLogTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    log_.reset();
    database_.reset();
    auto database = sql::Database::Open(OptionsFor(folder_.File("log.db")));
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    auto log = SqliteEventLog::Open(*database_, clock_, {.topics = {"release/"}, .source = "/dateline/test"});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // The owner's transaction: a row and its event, and then the error when one is given.
  absl::Status Store(const std::string& value, const absl::Status& then = absl::OkStatus()) {
    return database_->WriteAndWait([&](sql::Connection& connection) -> absl::Status {
      sql::Statement insert(connection, "INSERT INTO state (v) VALUES (?)");
      DATELINE_RETURN_IF_ERROR(insert.Bind(1, value).Run());
      DATELINE_RETURN_IF_ERROR(log_->Append(connection, Event(value)).status());
      return then;
    });
  }
  int64_t StateRows() {
    int64_t rows = -1;
    const absl::Status status = database_->Read([&rows](sql::Connection& connection) -> absl::Status {
      sql::Statement select(connection, "SELECT count(*) FROM state");
      const auto row = select.Step();
      rows = select.ColumnInt64(0);
      return row.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  LeaseReference LeaseOne(const std::string& holder) {
    const auto leased = log_->Lease(
        {.group = "g", .topic = "release/", .max = 1, .duration = std::chrono::seconds(10), .holder = holder});
    EXPECT_TRUE(leased.ok() && leased->events.size() == 1);
    return {"release/", "g", leased->events[0].record.sequence, leased->events[0].token};
  }
  // What a worker's result does at the owner: the effect and the acknowledgement in one transaction.
  absl::StatusOr<AckOutcome> Complete(const LeaseReference& lease) {
    absl::StatusOr<AckOutcome> outcome;
    const absl::Status status = database_->WriteAndWait([&](sql::Connection& connection) -> absl::Status {
      DATELINE_RETURN_IF_ERROR(sql::Statement(connection, "INSERT INTO state (v) VALUES ('effect')").Run());
      outcome = log_->AckInTransaction(connection, lease);
      return outcome.status();
    });
    return status.ok() ? outcome : absl::StatusOr<AckOutcome>(status);
  }

  testing::TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SqliteEventLog> log_;
};

TEST_F(SqliteEventLogTest, AnUndoneTransactionLeavesNoEventAndNoHole) {
  ASSERT_TRUE(Store("one").ok());
  EXPECT_FALSE(Store("two", absl::AbortedError("undone")).ok());
  ASSERT_TRUE(Store("three").ok());
  const auto read = log_->Read({.topic = "release/"});
  ASSERT_EQ(read->records.size(), 2u);
  EXPECT_EQ(read->records[1].subject, "three");
  EXPECT_EQ(read->records[1].sequence, Sequence(2));
  EXPECT_EQ(StateRows(), 2);
}

TEST_F(SqliteEventLogTest, ALostLeaseUndoesTheEffect) {
  ASSERT_TRUE(Store("one").ok());
  const LeaseReference slow = LeaseOne("slow");
  clock_.Advance(std::chrono::seconds(10));
  const LeaseReference fast = LeaseOne("fast");
  EXPECT_EQ(ErrorReason(Complete(slow).status()), kReasonLeaseLost);
  EXPECT_EQ(StateRows(), 1) << "the slow worker's effect is undone";
  EXPECT_EQ(*Complete(fast), AckOutcome::kAcked);
  EXPECT_EQ(StateRows(), 2);
  EXPECT_EQ(*Complete(fast), AckOutcome::kAlreadyDone) << "the owner is told that it is a repeat";
}

TEST_F(SqliteEventLogTest, ANackInATransactionTakesPartInIt) {
  ASSERT_TRUE(Store("one").ok());
  const LeaseReference lease = LeaseOne("w");
  const absl::Status undone = database_->WriteAndWait([&](sql::Connection& connection) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(log_->NackInTransaction(connection, {.lease = lease, .permanent = true}).status());
    return absl::AbortedError("undone");
  });
  EXPECT_EQ(undone.code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(log_->ListDeadLetters({})->dead_letters.empty());
  EXPECT_EQ(*Complete(lease), AckOutcome::kAcked);
}

TEST_F(SqliteEventLogTest, EpochSequencesLeasesAndAttemptsSurviveReopening) {
  ASSERT_TRUE(Store("one").ok());
  ASSERT_TRUE(Store("two").ok());
  const Epoch epoch = log_->epoch();
  const LeaseReference first = LeaseOne("w");
  const LeaseReference second = LeaseOne("w");
  Reopen();
  EXPECT_EQ(log_->epoch(), epoch);
  EXPECT_EQ(*Complete(first), AckOutcome::kAcked) << "a lease outlives the process that gave it";
  clock_.Advance(std::chrono::seconds(10));
  const auto again = log_->Lease({.group = "g", .topic = "release/", .holder = "x"});
  ASSERT_EQ(again->events.size(), 1u);
  EXPECT_EQ(again->events[0].record.sequence, second.sequence);
  EXPECT_EQ(again->events[0].attempt, 2u) << "the attempt was counted before the crash";
  ASSERT_TRUE(Store("three").ok());
  EXPECT_EQ((*log_->Heads())[0].head, Sequence(3));
}

TEST_F(SqliteEventLogTest, ABackupIsALogOfItsOwn) {
  ASSERT_TRUE(Store("one").ok());
  const std::string copy_path = folder_.File("copy.db");
  ASSERT_TRUE(database_->Backup(copy_path, &SqliteEventLog::RenewEpoch).ok());
  auto copy = sql::Database::Open(OptionsFor(copy_path));
  ASSERT_TRUE(copy.ok()) << copy.status();
  auto log = SqliteEventLog::Open(**copy, clock_, {.topics = {"release/"}, .source = "/dateline/test"});
  ASSERT_TRUE(log.ok());
  EXPECT_NE((*log)->epoch(), log_->epoch());
  EXPECT_EQ((*(*log)->Heads())[0].head, Sequence(1));
}

TEST_F(SqliteEventLogTest, LeasesCostWhatTheyTakeAndNotWhatIsThere) {
  const absl::Status filled = database_->WriteAndWait([&](sql::Connection& connection) -> absl::Status {
    for (int i = 0; i < 5'000; ++i) DATELINE_RETURN_IF_ERROR(log_->Append(connection, Event("s")).status());
    return absl::OkStatus();
  });
  ASSERT_TRUE(filled.ok());
  // The plans may only search by key: a scan would grow with the log.
  const absl::Status planned = database_->Read([](sql::Connection& connection) -> absl::Status {
    for (const std::string_view sql :
         {"SELECT sequence FROM event_open WHERE topic = 'a' AND group_name = 'b' AND available_time <= 1 ORDER BY "
          "available_time, sequence LIMIT 1",
          "SELECT sequence FROM event WHERE topic = 'a' AND sequence >= 1 ORDER BY sequence LIMIT 1",
          "SELECT min(sequence) FROM event_open WHERE topic = 'a' AND group_name = 'b'"}) {
      sql::Statement explain(connection, std::string("EXPLAIN QUERY PLAN ") + std::string(sql));
      while (true) {
        DATELINE_ASSIGN_OR_RETURN(const bool row, explain.Step());
        if (!row) break;
        EXPECT_EQ(explain.ColumnText(3).find("SCAN"), std::string_view::npos) << sql;
        EXPECT_EQ(explain.ColumnText(3).find("TEMP B-TREE"), std::string_view::npos) << sql;
      }
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(planned.ok()) << planned;
}

// The child of the crash test: stores and acknowledges until it is killed.
[[noreturn]] void StoreForEver(const std::string& path, int pipe) {
  auto database = sql::Database::Open(OptionsFor(path));
  if (!database.ok()) _exit(3);
  auto log = SqliteEventLog::Open(**database, RealClock(), {.topics = {"release/"}, .source = "/dateline/test"});
  if (!log.ok()) _exit(3);
  // Runs on the writer thread, so that several writes share a group.
  for (uint64_t i = 0;; ++i) {
    const auto sequence = std::make_shared<uint64_t>(0);
    const auto body = [&log, sequence](sql::Connection& connection) -> absl::Status {
      DATELINE_RETURN_IF_ERROR(sql::Statement(connection, "INSERT INTO state (v) VALUES ('x')").Run());
      DATELINE_ASSIGN_OR_RETURN(const Record record, (*log)->Append(connection, Event("s")));
      *sequence = record.sequence.value();
      return absl::OkStatus();
    };
    const auto done = [sequence, pipe](const absl::Status& status) {
      if (!status.ok() || write(pipe, sequence.get(), sizeof(uint64_t)) != sizeof(uint64_t)) _exit(4);
    };
    if (i % 8 != 7) {
      (*database)->Write(body, done);
    } else {
      const absl::Status status = (*database)->WriteAndWait(body);
      done(status);
    }
  }
}

TEST(SqliteEventLogCrash, NothingAcknowledgedIsLostAndSequencesStayDense) {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "DATELINE_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  const testing::TempDir folder;
  const std::string path = folder.File("log.db");
  std::set<uint64_t> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      StoreForEver(path, ends[1]);
    }
    close(ends[1]);
    const uint64_t enough = std::uniform_int_distribution<uint64_t>(1, 150)(random);
    uint64_t sequence = 0;
    for (uint64_t count = 0; read(ends[0], &sequence, sizeof(sequence)) == sizeof(sequence);) {
      EXPECT_TRUE(acknowledged.insert(sequence).second) << "sequence " << sequence << " was given twice";
      if (++count == enough) kill(child, SIGKILL);
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    auto database = sql::Database::Open(OptionsFor(path));
    ASSERT_TRUE(database.ok()) << database.status();
    auto log = SqliteEventLog::Open(**database, RealClock(), {.topics = {"release/"}, .source = "/dateline/test"});
    ASSERT_TRUE(log.ok());
    uint64_t last = 0;
    while (true) {
      const auto page = (*log)->Read({.topic = "release/", .after = Sequence(last), .limit = kReadLimitMax});
      ASSERT_TRUE(page.ok());
      if (page->records.empty()) {
        EXPECT_EQ(page->head, Sequence(last)) << "the head is the last event";
        break;
      }
      for (const Record& record : page->records) ASSERT_EQ(record.sequence, Sequence(++last)) << "a hole";
    }
    ASSERT_FALSE(acknowledged.empty());
    ASSERT_GE(last, *acknowledged.rbegin()) << "an acknowledged event is lost";
  }
}

}  // namespace
}  // namespace dateline::eventlog
