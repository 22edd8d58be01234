#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/eventlog/event_log_conformance.h"
#include "common/eventlog/sqlite_event_log.h"
#include "common/testing/temp_dir.h"

namespace dateline::eventlog {
namespace {

class SqliteUnderTest final : public LogUnderTest {
 public:
  SqliteUnderTest(const Clock& clock, const LogLimits& limits) {
    auto database = sql::Database::Open(
        {.path = folder_.File("log.db"), .application_id = 7, .migrations = {SchemaMigration(1)}, .readers = 2});
    DATELINE_CHECK(database.ok(), database.status().ToString());
    database_ = *std::move(database);
    auto log = SqliteEventLog::Open(*database_, clock,
                                    {.topics = limits.topics,
                                     .source = "/dateline/test",
                                     .max_attempts = limits.max_attempts,
                                     .open_max = limits.open_max});
    DATELINE_CHECK(log.ok(), log.status().ToString());
    log_ = *std::move(log);
  }
  EventLog& log() override { return *log_; }
  absl::StatusOr<Record> Append(const NewEvent& event) override {
    absl::StatusOr<Record> record;
    DATELINE_RETURN_IF_ERROR(database_->WriteAndWait([&](sql::Connection& connection) {
      record = log_->Append(connection, event);
      return record.status();
    }));
    return record;
  }

 private:
  testing::TempDir folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SqliteEventLog> log_;
};

}  // namespace

std::unique_ptr<LogUnderTest> MakeSqliteLog(const Clock& clock, const LogLimits& limits) {
  return std::make_unique<SqliteUnderTest>(clock, limits);
}

}  // namespace dateline::eventlog
