// Proves on a real server what only several processes on one log can show (each stands for a process here, with its own
// connections): sequences stay dense in commit order, no event is leased twice, one relay has the turn and loses it
// with its connection, commits of one wake the other; and that a log is whole after the server was killed.

#include "common/eventlog/postgres_event_log.h"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "common/eventlog/event_log_conformance.h"
#include "common/eventlog/postgres_watch.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"

namespace dateline::eventlog {
namespace {

using sql::postgres::Connection;
using sql::postgres::Database;
using testing::PostgresServer;
using testing::WaitUntil;

// A server that recovers on a busy machine takes its time.
constexpr std::chrono::milliseconds kLong{60'000};

struct Process {
  Process(const std::string& connection, const Clock& clock) {
    auto opened = Database::Open(
        {.connection = {.connection = connection}, .application = "test", .migrations = {PostgresSchemaMigration(1)}});
    EXPECT_TRUE(opened.ok()) << opened.status();
    database = *std::move(opened);
    auto made = PostgresEventLog::Open(*database, clock, {.topics = {"release/"}, .source = "/test"});
    EXPECT_TRUE(made.ok()) << made.status();
    log = *std::move(made);
  }
  absl::StatusOr<Record> Append(const Clock& clock, const std::string& subject) const {
    absl::StatusOr<Record> record;
    const absl::Status written = database->WriteAndWait([&](Connection& connection) {
      record = log->Append(connection, MakeEvent(clock, "release/", subject));
      return record.status();
    });
    if (!written.ok()) return written;
    return record;
  }
  std::unique_ptr<Database> database;
  std::unique_ptr<PostgresEventLog> log;
};

void ExpectDense(EventLog& log, uint64_t count) {
  uint64_t last = 0;
  while (true) {
    const auto page = log.Read({.topic = "release/", .after = Sequence(last), .limit = 1'000});
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->records.empty()) break;
    for (const Record& record : page->records) EXPECT_EQ(record.sequence.value(), ++last);
    EXPECT_GE(page->head.value(), last);
  }
  EXPECT_EQ(last, count);
}

TEST(PostgresEventLog, TwoProcessesAppendDenselyAndShareTheWork) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  const Process one(connection, clock);
  const Process two(connection, clock);
  EXPECT_EQ(one.log->epoch(), two.log->epoch());
  constexpr int kEach = 60;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        EXPECT_TRUE((i % 2 == 0 ? one : two).Append(clock, "releases/" + std::to_string(i * kEach + n)).ok());
      }
    });
  }
  std::mutex mutex;
  std::map<uint64_t, int> leased;
  std::atomic<uint64_t> acknowledged{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      EventLog& log = *(i % 2 == 0 ? one : two).log;
      while (acknowledged < 4 * kEach) {
        const auto lease = log.Lease({.group = "g", .topic = "release/", .max = 7, .holder = std::to_string(i)});
        ASSERT_TRUE(lease.ok()) << lease.status();
        std::vector<LeaseReference> done;
        for (const LeasedEvent& event : lease->events) {
          const std::lock_guard<std::mutex> lock(mutex);
          ++leased[event.record.sequence.value()];
          done.push_back({.topic = "release/", .group = "g", .sequence = event.record.sequence, .token = event.token});
        }
        const auto lost = log.Ack(done);
        ASSERT_TRUE(lost.ok()) << lost.status();
        EXPECT_TRUE(lost->empty());
        acknowledged += done.size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(leased.size(), size_t{4 * kEach});
  for (const auto& [sequence, times] : leased) EXPECT_EQ(times, 1) << sequence;
  ExpectDense(*one.log, 4 * kEach);
  EXPECT_EQ(two.log->Lag("g", "release/")->open, 0u);
}

TEST(PostgresEventLog, TheTurnToPublishIsOnesAndPassesOn) {
  auto& server = PostgresServer::Shared();
  const std::string connection = server.NewDatabase();
  const PostgresWatch::Options options{.connection = {.connection = connection, .application_name = "turn"},
                                       .turn_interval = std::chrono::milliseconds(20)};
  PostgresWatch first(options);
  first.Start();
  ASSERT_TRUE(WaitUntil([&] { return first.IsMine(); }));
  PostgresWatch second(options);
  std::atomic<int> woken{0};
  std::atomic<int> first_woken{0};
  first.SetListener([&] { ++first_woken; });
  second.SetListener([&] { ++woken; });
  second.Start();
  ASSERT_TRUE(WaitUntil([&] { return woken > 0; })) << "once it listens";
  EXPECT_FALSE(second.IsMine());
  // A commit of the process without the turn wakes the one that has it.
  second.Committed();
  ASSERT_TRUE(WaitUntil([&] { return first_woken > 0; }));
  EXPECT_TRUE(first.IsMine());

  // The holder is cut off by the server: somebody has the turn again, never both.
  auto admin = Connection::Open({.connection = connection});
  ASSERT_TRUE(admin.ok());
  ASSERT_TRUE((*admin)
                  ->Query("SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND "
                          "l.database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                  .ok());
  ASSERT_TRUE(WaitUntil([&] {
    const auto held = (*admin)->Query(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
        "database = (SELECT oid FROM pg_database WHERE datname = current_database())");
    return held.ok() && held->Int(0, 0) == 1 && first.IsMine() != second.IsMine();
  }));
  // It is given back at the end.
  first.Stop();
  EXPECT_TRUE(WaitUntil([&] { return second.IsMine(); }));
}

TEST(PostgresEventLog, IsWholeAfterTheServerWasKilled) {
  const FakeClock clock;
  PostgresServer server({.fsync = true});
  const Process process(server.NewDatabase(), clock);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> acknowledged{0};
  std::atomic<uint64_t> highest{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) {
        const auto record = process.Append(clock, "releases/" + std::to_string(i) + "-" + std::to_string(n));
        if (!record.ok()) continue;
        ++acknowledged;
        uint64_t seen = highest;
        while (record->sequence.value() > seen && !highest.compare_exchange_weak(seen, record->sequence.value())) {
        }
      }
    });
  }
  EXPECT_TRUE(WaitUntil(kLong, [&] { return acknowledged > 50; }));
  server.Kill();
  server.Start();
  const uint64_t before = acknowledged;
  EXPECT_TRUE(WaitUntil(kLong, [&] { return acknowledged > before + 20; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const auto heads = process.log->Heads();
  ASSERT_TRUE(heads.ok()) << heads.status();
  const uint64_t head = heads->front().head.value();
  EXPECT_GE(head, highest);
  EXPECT_GE(head, acknowledged);
  ExpectDense(*process.log, head);
}

}  // namespace
}  // namespace dateline::eventlog
