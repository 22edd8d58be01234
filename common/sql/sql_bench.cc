// What group commit costs beyond SQLite itself: rows of 1 KiB per second through Database, with many writers at once,
// against a bare loop on one connection that commits every 128 rows. Run: build/release/perf/sql_bench

#include <atomic>
#include <memory>
#include <string>

#include "benchmark/benchmark.h"
#include "common/base/check.h"
#include "common/sql/database.h"
#include "common/testing/temp_dir.h"

namespace dateline::sql {
namespace {

constexpr std::string_view kSchema = "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) STRICT";
constexpr std::string_view kInsert = "INSERT INTO t (v) VALUES (?)";
constexpr int kBatch = 128;

void Must(const absl::Status& status) {
  DATELINE_CHECK(status.ok(), "the benchmark's database failed");
}

void BareLoop(benchmark::State& state) {
  const testing::TempDir folder;
  auto connection = Connection::Open({.path = folder.File("bare.db")});
  Must(connection.status());
  Must((*connection)->Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"));
  Must((*connection)->Execute(kSchema));
  const std::string value(1024, 'x');
  const int per_commit = static_cast<int>(state.range(0));
  for (auto _ : state) {
    Must(Statement(**connection, "BEGIN IMMEDIATE").Run());
    for (int i = 0; i < per_commit; ++i) Must(Statement(**connection, kInsert).Bind(1, Blob{value}).Run());
    Must(Statement(**connection, "COMMIT").Run());
  }
  state.SetItemsProcessed(state.iterations() * per_commit);
}
BENCHMARK(BareLoop)->Arg(1)->Arg(kBatch)->UseRealTime();

// `range` writes are in flight at any time.
void ThroughDatabase(benchmark::State& state) {
  const testing::TempDir folder;
  auto database = Database::Open(
      {.path = folder.File("grouped.db"), .application_id = 7, .migrations = {{1, "table", kSchema}}, .readers = 1});
  Must(database.status());
  const std::string value(1024, 'x');
  Mutex mutex;
  CondVar changed;
  int64_t in_flight = 0;
  for (auto _ : state) {
    {
      MutexLock lock(mutex);
      while (in_flight >= state.range(0)) changed.Wait(mutex);
      ++in_flight;
    }
    (*database)->Write(
        [&value](Connection& connection) { return Statement(connection, kInsert).Bind(1, Blob{value}).Run(); },
        [&](const absl::Status& status) {
          Must(status);
          MutexLock lock(mutex);
          // Refilled by halves, so that the producer does not wake for every single write.
          if (--in_flight == state.range(0) / 2) changed.NotifyOne();
        });
  }
  Must((*database)->Close());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ThroughDatabase)->Arg(1)->Arg(64)->Arg(2 * kBatch)->UseRealTime();

}  // namespace
}  // namespace dateline::sql

BENCHMARK_MAIN();
