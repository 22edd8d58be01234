// Proves what becomes of the archive in SQLite when the disk fails in the middle of each kind of write: document,
// release, revision, withdrawal, lease, acknowledgement, trimming the log, links and entities, a person's merge,
// deriving anew. Faults are injected below SQLite, at every place where one may strike. Whatever was acknowledged is
// there afterwards, and whatever was not can be repeated.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/sql/testing/faulty_vfs.h"
#include "common/testing/temp_dir.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/entity_answers.h"
#include "services/storage/similar_releases.h"
#include "services/storage/sqlite/archive_in_trouble.h"

namespace dateline::storage {
namespace {

using testing::FaultyVfs;
using testing::TempDir;

// One kind of write: what has to be there before, the write itself, and whether its effect is there.
struct Write {
  std::string name;
  std::function<void(Store&, const Clock&)> prepare;
  std::function<absl::Status(Store&, const Clock&)> run;
  std::function<bool(Store&)> done;
};

void PrepareTwo(Store& store, const Clock& clock) {
  ASSERT_TRUE(CommitNumbered(store, 0, 1).ok());
  ASSERT_TRUE(CommitNumbered(store, 1, 1).ok());
  Derivation derivation(store.derived(), clock);
  ASSERT_TRUE(derivation.Drain().ok());
}

uint64_t Open(Store& store) {
  const auto lag = store.events().Lag(kTestGroup, kDocumentTopic);
  return lag.ok() ? lag->open : UINT64_MAX;
}

std::vector<Write> Documents() {
  return {
      {"document", [](Store&, const Clock&) {},
       [](Store& store, const Clock&) { return PutAndWait(store, MakeDocument(NumberedUri(0), "content")).status(); },
       [](Store& store) { return store.Stats().documents == 1; }},
      {"release", [](Store&, const Clock&) {}, [](Store& store, const Clock&) { return CommitNumbered(store, 0, 1); },
       [](Store& store) {
         const auto release = store.GetRelease({.name = NumberedName(0), .revision = 0}, View::kFull);
         return release.ok() && release->text() == NumberedText(0, 1);
       }},
      {"revision", PrepareTwo, [](Store& store, const Clock&) { return CommitNumbered(store, 0, 2); },
       [](Store& store) {
         const auto release = store.GetRelease({.name = NumberedName(0), .revision = 2}, View::kFull);
         return release.ok() && release->text() == NumberedText(0, 2);
       }},
      {"withdrawal", PrepareTwo,
       [](Store& store, const Clock& clock) {
         return WithdrawAndWait(store, {.name = NumberedName(0), .cause = "gone", .time = clock.Now()}).status();
       },
       [](Store& store) {
         const auto release = store.GetRelease({.name = NumberedName(0), .revision = 0}, View::kBasic);
         return release.ok() && release->has_withdraw_time();
       }}};
}

std::vector<Write> LogWrites() {
  return {{"lease", PrepareTwo, [](Store& store, const Clock&) { return LeaseOne(store).status(); },
           [](Store& store) { return Open(store) >= 1; }},
          {"acknowledgement", PrepareTwo,
           [](Store& store, const Clock&) -> absl::Status {
             const auto leases = LeaseOne(store);
             if (!leases.ok()) return leases.status();
             return store.events().Ack(*leases).status();
           },
           [](Store& store) {
             const auto lag = store.events().Lag(kTestGroup, kDocumentTopic);
             return lag.ok() && lag->done_below.value() >= 2;
           }},
          {"trim", PrepareTwo,
           [](Store& store, const Clock& clock) {
             const WallTime later = clock.Now() + std::chrono::hours(1);
             return store.events()
                 .Trim({.topic = std::string(kDocumentTopic), .before = later, .hard_before = later})
                 .status();
           },
           [](Store& store) {
             const auto heads = store.events().Heads();
             return heads.ok() && heads->front().low_water.value() == 3;
           }}};
}

std::vector<Write> DerivedWrites() {
  return {{"links and entities",
           [](Store& store, const Clock&) {
             ASSERT_TRUE(CommitNumbered(store, 0, 1).ok());
             ASSERT_TRUE(CommitNumbered(store, 1, 1).ok());
           },
           [](Store& store, const Clock& clock) { return Derivation(store.derived(), clock).Drain().status(); },
           [](Store& store) {
             const auto similar = ListSimilar(store.derived(), NumberedName(0), 10);
             return similar.ok() && similar->releases_size() == 1 && !PersonOfNumbered(store, 0).empty();
           }},
          {"merge", PrepareTwo,
           [](Store& store, const Clock& clock) -> absl::Status {
             const std::string first = PersonOfNumbered(store, 0);
             const std::string second = PersonOfNumbered(store, 1);
             if (first == second) return absl::OkStatus();
             return Derivation(store.derived(), clock).Merge(first, {second}, "").status();
           },
           [](Store& store) {
             const auto entity = AnswerEntity(store.derived(), PersonOfNumbered(store, 0));
             return entity.ok() && entity->release_count() == 2;
           }},
          {"deriving anew", PrepareTwo,
           [](Store& store, const Clock& clock) { return Derivation(store.derived(), clock).Rebuild().status(); },
           [](Store& store) { return *store.derived().CountUnderived() == 2; }}};
}

std::vector<Write> AllWrites() {
  std::vector<Write> all = Documents();
  for (auto& list : {LogWrites(), DerivedWrites()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

class SqliteFaults : public ::testing::Test {
 protected:
  // Runs the write with a fault behind `after` calls. False when the write ended before the fault could strike.
  bool Strike(const Write& write, FaultyVfs& vfs, const FaultyVfs::Fault& fault);

  FakeClock clock_;
};

bool SqliteFaults::Strike(const Write& write, FaultyVfs& vfs, const FaultyVfs::Fault& fault) {
  SCOPED_TRACE(fmt::format("{}, fault {} behind {} calls", write.name, fault.code, fault.after));
  const TempDir folder;
  const std::string path = folder.File("storage.db");
  absl::Status outcome;
  bool struck = false;
  {
    const auto store = OpenNumbered(path, clock_, vfs.name());
    if (store == nullptr) return false;
    write.prepare(*store, clock_);
    const uint64_t failures = vfs.failures();
    vfs.Arm(fault);
    outcome = write.run(*store, clock_);
    vfs.Disarm();
    struck = vfs.failures() > failures;
  }
  if (!outcome.ok()) {
    EXPECT_TRUE(outcome.code() == absl::StatusCode::kResourceExhausted ||
                outcome.code() == absl::StatusCode::kUnavailable)
        << outcome;
    EXPECT_FALSE(ErrorReason(outcome).empty()) << outcome;
  }
  const auto store = OpenNumbered(path, clock_);
  if (store == nullptr) return struck;
  const bool trimmed = write.name == "trim";
  if (outcome.ok()) {
    EXPECT_TRUE(write.done(*store)) << "acknowledged, and lost";
  }
  ExpectWhole(*store, path, trimmed);
  // What was not acknowledged can be repeated; a lease that nobody holds runs out first.
  clock_.Advance(std::chrono::minutes(1));
  if (!write.done(*store)) {
    EXPECT_TRUE(write.run(*store, clock_).ok());
    EXPECT_TRUE(write.done(*store));
    ExpectWhole(*store, path, trimmed);
  }
  return struck;
}

TEST_F(SqliteFaults, NothingAcknowledgedIsLostWhereverAFaultStrikesAnyWrite) {
  constexpr uint64_t kPlaces[] = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55};
  FaultyVfs vfs("storage_faults");
  int struck = 0;
  for (const Write& write : AllWrites()) {
    int of_this = 0;
    for (const auto& [operation, code] : {std::pair(FaultyVfs::Operation::kWrite, SQLITE_FULL),
                                          std::pair(FaultyVfs::Operation::kWrite, SQLITE_IOERR_WRITE),
                                          std::pair(FaultyVfs::Operation::kSync, SQLITE_IOERR_FSYNC)}) {
      for (const uint64_t after : kPlaces) {
        if (!Strike(write, vfs, {.operation = operation, .code = code, .after = after})) break;
        ++of_this;
      }
    }
    EXPECT_GE(of_this, 3) << write.name;
    struck += of_this;
  }
  RecordProperty("faults", struck);
}

}  // namespace
}  // namespace dateline::storage
