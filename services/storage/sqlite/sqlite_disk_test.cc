// Proves what the archive in SQLite does on a disk that is full or read-only, and with pages that hold other bytes than
// they should. The file systems are real ones, mounted for the test where that is allowed.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"
#include "services/storage/derivation.h"
#include "services/storage/sqlite/archive_in_trouble.h"

namespace dateline::storage {
namespace {

using testing::TempDir;

// Runs `body` in a process that has a small file system of its own, mounted at `folder`. Its expectations count here.
void OnSmallDisk(const std::string& folder, const std::function<void()>& body) {
  constexpr int kNoMount = 77;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool mounted = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("none", folder.c_str(), "tmpfs", 0, "size=6m") == 0;
    if (!mounted) _exit(kNoMount);
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "mounting a file system needs rights that are not given here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "see what the child printed";
}

TEST(SqliteDisk, AFileSystemThatIsFullIsSaidAndTheArchiveGoesOnWhenThereIsSpace) {
  const FakeClock clock;
  const TempDir folder;
  OnSmallDisk(folder.path().string(), [&] {
    const std::string path = folder.File("storage.db");
    const std::string ballast = folder.File("ballast");
    { std::ofstream(ballast) << std::string(1 << 20, 'x'); }
    auto store = OpenNumbered(path, clock);
    std::vector<int> acknowledged;
    absl::Status refused;
    for (int number = 0; number < 5'000 && refused.ok(); ++number) {
      refused = CommitNumbered(*store, number, 1);
      if (refused.ok()) acknowledged.push_back(number);
    }
    EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
    EXPECT_EQ(ErrorReason(refused), "DISK_FULL");
    EXPECT_GT(acknowledged.size(), 20u);
    EXPECT_EQ(Derivation(store->derived(), clock).Drain().status().code(), absl::StatusCode::kResourceExhausted);
    const auto there = [&] {
      for (const int number : acknowledged) {
        const auto release = store->GetRelease({.name = NumberedName(number), .revision = 0}, View::kFull);
        EXPECT_TRUE(release.ok() && release->text() == NumberedText(number, 1)) << number << ": " << release.status();
      }
    };
    there();  // Reading goes on.
    std::filesystem::remove(ballast);
    EXPECT_TRUE(CommitNumbered(*store, 10'000, 1).ok()) << "space is all it takes";
    acknowledged.push_back(10'000);
    there();
    store.reset();
    store = OpenNumbered(path, clock);
    there();
    ExpectWhole(*store, path, false);
  });
}

TEST(SqliteDisk, AReadOnlyFileSystemIsSaidAtOpening) {
  const FakeClock clock;
  const TempDir folder;
  OnSmallDisk(folder.path().string(), [&] {
    const std::string path = folder.File("storage.db");
    ASSERT_TRUE(CommitNumbered(*OpenNumbered(path, clock), 0, 1).ok());
    ASSERT_EQ(mount("none", folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto refused = SqliteStore::Open({.path = path, .vfs = {}}, clock);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << refused.status();
    EXPECT_EQ(ErrorReason(refused.status()), "DATABASE_NOT_WRITABLE") << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr(path));
    ASSERT_EQ(mount("none", folder.path().c_str(), nullptr, MS_REMOUNT, "size=4m"), 0);
    const auto store = OpenNumbered(path, clock);
    EXPECT_EQ(store->GetRelease({.name = NumberedName(0), .revision = 0}, View::kFull)->text(), NumberedText(0, 1));
  });
}

// Pages that hold other bytes than they should: reading says so or gives the right words, never others, and nothing
// crashes; so does opening.
TEST(SqliteDisk, OverwrittenPagesAreSaidOrHarmlessNeverOtherWords) {
  const FakeClock clock;
  constexpr int kReleases = 60;
  constexpr int kPage = 4096;
  const TempDir folder;
  const std::string whole = folder.File("whole.db");
  {
    const auto store = OpenNumbered(whole, clock);
    for (int i = 0; i < kReleases; ++i) ASSERT_TRUE(CommitNumbered(*store, i, 1).ok());
    ASSERT_TRUE(Derivation(store->derived(), clock).Drain().ok());
  }
  std::mt19937_64 random(TestSeed());
  const auto pages = std::filesystem::file_size(whole) / kPage;
  int said = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string path = folder.File("broken.db");
    std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
    const auto page = 1 + random() % (pages - 1);
    SCOPED_TRACE(fmt::format("page {}", page));
    {
      std::string garbage(kPage, '\0');
      for (char& byte : garbage) byte = static_cast<char>(random());
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(page * kPage));
      file.write(garbage.data(), kPage);
    }
    const auto opened = SqliteStore::Open({.path = path, .readers = 2, .vfs = {}}, clock);
    if (!opened.ok()) {
      EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
      EXPECT_EQ(ErrorReason(opened.status()), "DATABASE_CORRUPT");
      ++said;
      continue;
    }
    SqliteStore& store = **opened;
    for (int i = 0; i < kReleases; ++i) {
      const auto release = store.GetRelease({.name = NumberedName(i), .revision = 0}, View::kFull);
      if (release.ok()) {
        EXPECT_EQ(release->text(), NumberedText(i, 1));
        const auto document = store.GetDocument(release->document(), true);
        if (document.ok()) {
          EXPECT_EQ(document->content(), NumberedText(i, 1));
        }
        if (!document.ok()) {
          EXPECT_EQ(document.status().code(), absl::StatusCode::kDataLoss) << document.status();
        }
        said += document.ok() ? 0 : 1;
      } else {
        EXPECT_EQ(release.status().code(), absl::StatusCode::kDataLoss) << release.status();
        ++said;
      }
    }
    const absl::Status written = CommitNumbered(store, kReleases, 1);
    if (!written.ok()) {
      EXPECT_EQ(written.code(), absl::StatusCode::kDataLoss) << written;
    }
    const auto derived = Derivation(store.derived(), clock).Drain();
    if (!derived.ok()) {
      EXPECT_EQ(derived.status().code(), absl::StatusCode::kDataLoss) << derived.status();
    }
  }
  EXPECT_GT(said, 0);
}

}  // namespace
}  // namespace dateline::storage
