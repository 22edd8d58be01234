// Proves that a killed process loses nothing that it acknowledged, whatever kind of write it was in the middle of. A
// child writes from several threads, reports every acknowledgement through a pipe, and is killed at a random moment;
// then the archive is opened again. DATELINE_SEED repeats a run.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/testing/temp_dir.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/similar_releases.h"
#include "services/storage/sqlite/archive_in_trouble.h"

namespace dateline::storage {
namespace {

using testing::TempDir;

// What the child of a kill test tells of a write that was acknowledged.
struct Told {
  int kind = 0;
  int number = 0;
};
enum Kind { kCommitted, kRevised, kWithdrawn, kDerived, kRebuilt, kAcked };

// The child: writes of all kinds from several threads, until it is killed.
[[noreturn]] void WriteForEver(const std::string& path, int first, int pipe) {
  const FakeClock clock;
  auto opened = SqliteStore::Open({.path = path, .vfs = {}}, clock);
  if (!opened.ok()) _exit(3);
  SqliteStore& store = **opened;
  const auto tell = [pipe](Kind kind, int number) {
    const Told told{.kind = kind, .number = number};
    if (write(pipe, &told, sizeof(told)) != sizeof(told)) _exit(4);
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int number = first + thread;; number += 3) {
        if (!CommitNumbered(store, number, 1).ok()) _exit(5);
        tell(kCommitted, number);
        if (number % 2 == 0) {
          if (!CommitNumbered(store, number, 2).ok()) _exit(6);
          tell(kRevised, number);
        }
        if (number % 5 != 0) continue;
        const auto withdrawn =
            WithdrawAndWait(store, {.name = NumberedName(number), .cause = "gone", .time = clock.Now()});
        if (!withdrawn.ok()) _exit(7);
        tell(kWithdrawn, number);
      }
    });
  }
  threads.emplace_back([&] {
    Derivation derivation(store.derived(), clock, {.releases_max = 4});
    for (int step = 1;; ++step) {
      const auto derived = derivation.Step();
      if (!derived.ok()) _exit(8);
      if (*derived > 0) tell(kDerived, *derived);
      if (step % 40 != 0) continue;
      if (!derivation.Rebuild().ok()) _exit(9);
      tell(kRebuilt, 0);
    }
  });
  threads.emplace_back([&] {
    while (true) {
      const auto leases = LeaseOne(store);
      if (!leases.ok()) _exit(10);
      if (leases->empty()) continue;
      if (!store.events().Ack(*leases).ok()) _exit(11);
      tell(kAcked, static_cast<int>(leases->front().sequence.value()));
    }
  });
  for (std::thread& thread : threads) thread.join();
  _exit(12);
}

// Lets a child write until it has told `enough`, kills it, and adds what it told.
void RunAndKill(const std::string& path, int first, size_t enough, std::vector<Told>* told) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(ends[0]);
    WriteForEver(path, first, ends[1]);
  }
  close(ends[1]);
  Told one;
  for (size_t count = 0; read(ends[0], &one, sizeof(one)) == sizeof(one);) {
    told->push_back(one);
    if (++count == enough) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
}

void ExpectThere(Store& store, const Told& told) {
  const auto release = store.GetRelease({.name = NumberedName(told.number), .revision = 0}, View::kFull);
  if (told.kind == kCommitted) {
    const auto first = store.GetRelease({.name = NumberedName(told.number), .revision = 1}, View::kFull);
    ASSERT_TRUE(first.ok()) << "lost " << told.number << ": " << first.status();
    EXPECT_EQ(first->text(), NumberedText(told.number, 1));
  } else if (told.kind == kRevised) {
    ASSERT_TRUE(release.ok()) << release.status();
    EXPECT_EQ(release->revision(), 2u) << "lost the revision of " << told.number;
    EXPECT_EQ(release->text(), NumberedText(told.number, 2));
  } else if (told.kind == kWithdrawn) {
    ASSERT_TRUE(release.ok()) << release.status();
    EXPECT_TRUE(release->has_withdraw_time()) << "lost the withdrawal of " << told.number;
  }
}

TEST(SqliteKill, AKilledProcessLosesNothingOfAnyKindOfWrite) {
  constexpr int kRounds = 6;
  const TempDir folder;
  const std::string path = folder.File("storage.db");
  std::mt19937_64 random(TestSeed());
  FakeClock clock;
  std::vector<Told> told;
  std::map<int, int> kinds;
  for (int round = 0; round < kRounds; ++round) {
    const size_t enough = std::uniform_int_distribution<size_t>(20, 300)(random);
    RunAndKill(path, 1 + round * 100'000, enough, &told);
    if (HasFatalFailure()) return;
    const auto store = OpenNumbered(path, clock);
    ASSERT_NE(store, nullptr);
    for (const Told& one : told) ExpectThere(*store, one);
    ExpectWhole(*store, path, false);
  }
  for (const Told& one : told) ++kinds[one.kind];
  for (const Kind kind : {kCommitted, kRevised, kDerived, kAcked}) EXPECT_GT(kinds[kind], 0) << kind;
  // What was acknowledged is not given out again, when every lease that a killed process held has run out.
  std::set<int> acked;
  for (const Told& one : told) {
    if (one.kind == kAcked) acked.insert(one.number);
  }
  {
    const auto store = OpenNumbered(path, clock);
    clock.Advance(std::chrono::hours(1));
    for (auto leases = LeaseOne(*store); leases.ok() && !leases->empty(); leases = LeaseOne(*store))
      EXPECT_FALSE(acked.contains(static_cast<int>(leases->front().sequence.value()))) << "lost an acknowledgement";
  }
  // Deriving goes on where it was: afterwards every release has its like, once.
  const auto store = OpenNumbered(path, clock);
  ASSERT_TRUE(Derivation(store->derived(), clock).Drain().ok());
  EXPECT_EQ(*store->derived().CountUnderived(), 0u);
  for (const Told& one : told) {
    if (one.kind != kCommitted) continue;
    const auto similar = ListSimilar(store->derived(), NumberedName(one.number), 10);
    ASSERT_TRUE(similar.ok()) << similar.status();
    const int other = one.number % 2 == 0 ? one.number + 1 : one.number - 1;
    const bool both = store->GetRelease({.name = NumberedName(other), .revision = 0}, View::kBasic).ok();
    EXPECT_EQ(similar->releases_size(), both ? 1 : 0) << one.number;
  }
}

}  // namespace
}  // namespace dateline::storage
