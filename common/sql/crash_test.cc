// Proves that a killed process loses nothing that it acknowledged. A child writes from several threads and reports
// every acknowledgement through a pipe; it is killed at a random moment; then the database is opened again: every
// number that was reported is there. Set DATELINE_SEED to repeat a run.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/database.h"
#include "common/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

constexpr int kRounds = 12;
constexpr int kThreads = 4;

uint64_t Seed() {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "DATELINE_SEED=" << seed << std::endl;
  return seed;
}

Database::Options OptionsFor(const std::string& path) {
  return {.path = path,
          .application_id = 7,
          .migrations = {{1, "table", "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) STRICT"}},
          .readers = 1,
          .checkpoint_pages = 50};
}

// The child: writes until it is killed.
[[noreturn]] void WriteForEver(const std::string& path, uint64_t first, int pipe) {
  auto database = Database::Open(OptionsFor(path));
  if (!database.ok()) _exit(3);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&database, first, thread, pipe] {
      for (uint64_t id = first + thread;; id += kThreads) {
        const absl::Status status = (*database)->WriteAndWait([id](Connection& connection) {
          const std::string value(id % 3000, 'x');
          return Statement(connection, "INSERT INTO t VALUES (?, ?)").BindAll(id, Blob{value}).Run();
        });
        // A pipe takes eight bytes as a whole.
        if (!status.ok() || write(pipe, &id, sizeof(id)) != sizeof(id)) _exit(4);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(5);
}

std::set<uint64_t> ReadIds(Database& database) {
  std::set<uint64_t> ids;
  const absl::Status status = database.Read([&ids](Connection& connection) -> absl::Status {
    Statement select(connection, "SELECT id FROM t");
    while (true) {
      const auto row = select.Step();
      if (!row.ok()) return row.status();
      if (!*row) return absl::OkStatus();
      ids.insert(select.ColumnUint64(0));
    }
  });
  EXPECT_TRUE(status.ok()) << status;
  return ids;
}

TEST(Crash, EveryAcknowledgedWriteIsThereAfterAKill) {
  const testing::TempDir folder;
  const std::string path = folder.File("crash.db");
  std::mt19937_64 random(Seed());
  std::set<uint64_t> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      WriteForEver(path, 1 + static_cast<uint64_t>(round) * 1'000'000, ends[1]);
    }
    close(ends[1]);
    // The moment is a number of acknowledgements, so that it falls into the work on a slow machine too.
    const uint64_t enough = std::uniform_int_distribution<uint64_t>(1, 250)(random);
    uint64_t id = 0;
    for (uint64_t count = 0; read(ends[0], &id, sizeof(id)) == sizeof(id);) {
      acknowledged.insert(id);
      if (++count == enough) kill(child, SIGKILL);
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    auto database = Database::Open(OptionsFor(path));
    ASSERT_TRUE(database.ok()) << database.status();
    const std::set<uint64_t> found = ReadIds(**database);
    for (const uint64_t expected : acknowledged) ASSERT_TRUE(found.contains(expected)) << "lost " << expected;
  }
  EXPECT_GT(acknowledged.size(), static_cast<size_t>(kRounds));
}

}  // namespace
}  // namespace dateline::sql
