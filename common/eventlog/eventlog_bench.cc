// How many events per second a group of workers can take and acknowledge: each thread leases 16 and acknowledges them
// in one call, as an extraction worker does. Run: build/release/perf/eventlog_bench

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/eventlog/sqlite_event_log.h"
#include "common/testing/temp_dir.h"

namespace dateline::eventlog {
namespace {

constexpr uint32_t kBatch = 16;
constexpr int kEvents = 20'000;

// One database for all threads of a run, filled before the clock starts.
struct Fixture {
  testing::TempDir folder;
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<SqliteEventLog> log;
};

std::unique_ptr<Fixture> MakeFixture() {
  auto fixture = std::make_unique<Fixture>();
  auto database = sql::Database::Open(
      {.path = fixture->folder.File("log.db"), .application_id = 7, .migrations = {SchemaMigration(1)}, .readers = 2});
  DATELINE_CHECK(database.ok(), database.status().ToString());
  fixture->database = *std::move(database);
  auto log = SqliteEventLog::Open(*fixture->database, RealClock(), {.topics = {"release/"}, .source = "/bench"});
  DATELINE_CHECK(log.ok(), log.status().ToString());
  fixture->log = *std::move(log);
  return fixture;
}

absl::Status Fill(Fixture& fixture) {
  return fixture.database->WriteAndWait([&fixture](sql::Connection& connection) -> absl::Status {
    NewEvent event{.topic = "release/", .type = "t", .subject = "releases/1", .time = RealClock().Now()};
    event.data.set_value(std::string(1'000, 'd'));
    for (int i = 0; i < kEvents; ++i) DATELINE_RETURN_IF_ERROR(fixture.log->Append(connection, event).status());
    return absl::OkStatus();
  });
}

std::unique_ptr<Fixture> shared_fixture;  // Between setup and teardown of one run.

void LeaseAndAck(benchmark::State& state) {
  int64_t events = 0;
  for (auto _ : state) {
    const auto leased = shared_fixture->log->Lease(
        {.group = "g", .topic = "release/", .max = kBatch, .holder = std::to_string(state.thread_index())});
    DATELINE_CHECK(leased.ok(), leased.status().ToString());
    std::vector<LeaseReference> done;
    for (const LeasedEvent& event : leased->events)
      done.push_back({"release/", "g", event.record.sequence, event.token});
    DATELINE_CHECK(shared_fixture->log->Ack(done).ok(), "the acknowledgement failed");
    events += static_cast<int64_t>(done.size());
  }
  state.SetItemsProcessed(events);
}

void SetUpRun(const benchmark::State&) {
  shared_fixture = MakeFixture();
  DATELINE_CHECK(Fill(*shared_fixture).ok(), "filling the log failed");
}
void TearDownRun(const benchmark::State&) {
  shared_fixture.reset();
}

// The number of iterations is fixed, so that the log never runs dry.
BENCHMARK(LeaseAndAck)->Setup(SetUpRun)->Teardown(TearDownRun)->Iterations(60)->Threads(1)->Threads(16)->UseRealTime();

}  // namespace
}  // namespace dateline::eventlog

BENCHMARK_MAIN();
