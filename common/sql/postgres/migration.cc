#include "common/sql/postgres/migration.h"

#include <map>
#include <string>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/reasons.h"
#include "fmt/format.h"

namespace dateline::sql::postgres {
namespace {

// The lock of the transaction in which the history is read and extended; other processes wait for it.
constexpr std::string_view kLock =
    "SELECT pg_advisory_xact_lock(hashtextextended('dateline-migration:' || current_schema(), 0))";
// A new index over a large table takes its time, and so does the wait for another process that makes it.
constexpr std::string_view kPatient = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

constexpr std::string_view kCreateTables = R"sql(
CREATE TABLE schema_owner (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  application TEXT NOT NULL
);
CREATE TABLE schema_migration (
  version BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_time BIGINT NOT NULL
);
)sql";

absl::Status NotOurs(const Connection& connection, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonNotOurDatabase,
               fmt::format("database {}: {}; name another database, or another schema (options=-csearch_path=…)",
                           connection.where(), why),
               {{"path", connection.where()}});
}

absl::StatusOr<std::map<int, AppliedMigration>> ReadApplied(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows, connection.Query("SELECT version, name, checksum FROM schema_migration ORDER BY version", {},
                                          Connection::Plan::kOnce));
  std::map<int, AppliedMigration> applied;
  for (int i = 0; i < rows.rows(); ++i) applied[rows.Int(i, 0)] = {rows.String(i, 1), rows.String(i, 2)};
  return applied;
}

// Makes the tables of the history in a new schema; refuses a foreign one.
absl::Status Claim(Connection& connection, std::string_view application) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result found,
      connection.Query("SELECT current_schema(), (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                       "c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')), "
                       "to_regclass(quote_ident(current_schema()) || '.schema_owner') IS NOT NULL",
                       {}, Connection::Plan::kOnce));
  if (found.IsNull(0, 0)) return NotOurs(connection, "none of the schemas of the search path exists");
  if (!found.Bool(0, 2)) {
    if (found.Int64(0, 1) > 0) return NotOurs(connection, "the schema holds tables of another program");
    DATELINE_RETURN_IF_ERROR(connection.Script(kCreateTables));
    return connection
        .Query("INSERT INTO schema_owner (id, application) VALUES (1, $1)", Parameters::Of(application),
               Connection::Plan::kOnce)
        .status();
  }
  DATELINE_ASSIGN_OR_RETURN(const Result owner, connection.Query("SELECT application FROM schema_owner WHERE id = 1",
                                                                 {}, Connection::Plan::kOnce));
  const std::string_view other = owner.empty() ? std::string_view("nobody") : owner.Text(0, 0);
  if (other != application) return NotOurs(connection, fmt::format("the schema belongs to {}", other));
  return absl::OkStatus();
}

// The next migration that is missing, in the open transaction. False when there is none.
absl::StatusOr<bool> ApplyNext(Connection& connection, std::string_view application,
                               const std::vector<Migration>& migrations, const Clock& clock,
                               const Upgrading& upgrading) {
  DATELINE_RETURN_IF_ERROR(connection.Script(kPatient));
  DATELINE_RETURN_IF_ERROR(connection.Query(kLock, {}, Connection::Plan::kOnce).status());
  DATELINE_RETURN_IF_ERROR(Claim(connection, application));
  DATELINE_ASSIGN_OR_RETURN(const auto applied, ReadApplied(connection));
  DATELINE_RETURN_IF_ERROR(CheckHistory(connection.where(), applied, migrations));
  for (const Migration& migration : migrations) {
    if (applied.contains(migration.version)) continue;
    if (upgrading) upgrading(MigrationWords(migration));
    DATELINE_RETURN_IF_ERROR(WithContext(connection.Script(migration.sql),
                                         fmt::format("migration {} ({})", migration.version, migration.name)));
    DATELINE_RETURN_IF_ERROR(
        connection
            .Query("INSERT INTO schema_migration (version, name, checksum, applied_time) VALUES ($1, $2, $3, $4)",
                   Parameters::Of(migration.version, migration.name, Sha256Hex(migration.sql), ToMicros(clock.Now())),
                   Connection::Plan::kOnce)
            .status());
    return true;
  }
  return false;
}

}  // namespace

absl::Status Migrate(Connection& connection, std::string_view application, const std::vector<Migration>& migrations,
                     const Clock& clock, const Upgrading& upgrading) {
  for (bool more = true; more;) {
    connection.Begin();
    absl::StatusOr<bool> applied = ApplyNext(connection, application, migrations, clock, upgrading);
    if (!applied.ok()) {
      connection.Rollback();
      return applied.status();
    }
    DATELINE_RETURN_IF_ERROR(connection.Commit());
    more = *applied;
  }
  return absl::OkStatus();
}

absl::StatusOr<int> SchemaVersion(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT coalesce(max(version), 0) FROM schema_migration"));
  return rows.empty() ? 0 : rows.Int(0, 0);
}

}  // namespace dateline::sql::postgres
