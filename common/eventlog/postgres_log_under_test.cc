#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/eventlog/event_log_conformance.h"
#include "common/eventlog/postgres_event_log.h"
#include "common/sql/postgres/testing/server.h"

namespace dateline::eventlog {
namespace {

class PostgresUnderTest final : public LogUnderTest {
 public:
  PostgresUnderTest(const Clock& clock, const LogLimits& limits) {
    auto database =
        sql::postgres::Database::Open({.connection = {.connection = testing::PostgresServer::Shared().NewDatabase()},
                                       .application = "test",
                                       .migrations = {PostgresSchemaMigration(1)},
                                       .readers = 2});
    DATELINE_CHECK(database.ok(), database.status().ToString());
    database_ = *std::move(database);
    auto log = PostgresEventLog::Open(*database_, clock,
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
    DATELINE_RETURN_IF_ERROR(database_->WriteAndWait([&](sql::postgres::Connection& connection) {
      record = log_->Append(connection, event);
      return record.status();
    }));
    return record;
  }

 private:
  std::unique_ptr<sql::postgres::Database> database_;
  std::unique_ptr<PostgresEventLog> log_;
};

}  // namespace

std::unique_ptr<LogUnderTest> MakePostgresLog(const Clock& clock, const LogLimits& limits) {
  return std::make_unique<PostgresUnderTest>(clock, limits);
}

}  // namespace dateline::eventlog
