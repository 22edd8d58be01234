#include "common/sql/migration.h"

#include <map>
#include <string>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/error_map.h"
#include "common/sql/statement.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

constexpr std::string_view kCreateTable = R"sql(
CREATE TABLE IF NOT EXISTS schema_migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_time INTEGER NOT NULL
) STRICT;
)sql";

absl::StatusOr<int64_t> ReadInteger(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  DATELINE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.ColumnInt64(0) : 0;
}

absl::Status NotOurs(const Connection& connection, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonNotOurDatabase,
               fmt::format("{} {}; give the path of another file, or move this one away", connection.path(), why),
               {{"path", connection.path()}});
}

absl::StatusOr<std::map<int, AppliedMigration>> ReadApplied(Connection& connection) {
  std::map<int, AppliedMigration> applied;
  Statement select(connection, "SELECT version, name, checksum FROM schema_migration ORDER BY version");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return applied;
    applied[select.ColumnInt(0)] = {select.ColumnString(1), select.ColumnString(2)};
  }
}

// Runs `steps` in a transaction that is undone when they fail.
template <typename Steps>
absl::Status InTransaction(Connection& connection, Steps steps) {
  DATELINE_RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  absl::Status status = steps();
  if (status.ok()) status = connection.Execute("COMMIT");
  if (!status.ok() && connection.InTransaction()) connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

absl::Status Apply(Connection& connection, const Migration& migration, const Clock& clock) {
  return InTransaction(connection, [&]() -> absl::Status {
    DATELINE_RETURN_IF_ERROR(WithContext(connection.Execute(migration.sql),
                                         fmt::format("migration {} ({})", migration.version, migration.name)));
    Statement insert(connection,
                     "INSERT INTO schema_migration (version, name, checksum, applied_time) VALUES (?, ?, ?, ?)");
    insert.BindAll(migration.version, migration.name, Sha256Hex(migration.sql), ToMicros(clock.Now()));
    DATELINE_RETURN_IF_ERROR(insert.Run());
    // Nothing here reads user_version; it tells people with the sqlite3 shell.
    return connection.Execute(fmt::format("PRAGMA user_version={}", migration.version));
  });
}

}  // namespace

absl::Status CheckIdentity(Connection& connection, int32_t application_id) {
  const absl::StatusOr<int64_t> found = ReadInteger(connection, "PRAGMA application_id");
  if (!found.ok()) {
    const bool unreadable = ErrorReason(found.status()) == kReasonDatabaseCorrupt;
    return unreadable ? NotOurs(connection, "is not a SQLite database") : found.status();
  }
  if (*found == application_id) return absl::OkStatus();
  if (*found != 0) return NotOurs(connection, fmt::format("belongs to another program (application_id {})", *found));
  DATELINE_ASSIGN_OR_RETURN(const int64_t tables, ReadInteger(connection, "SELECT count(*) FROM sqlite_schema"));
  return tables == 0 ? absl::OkStatus() : NotOurs(connection, "holds tables of another program (no application_id)");
}

absl::Status Migrate(Connection& connection, int32_t application_id, const std::vector<Migration>& migrations,
                     const Clock& clock, const Upgrading& upgrading) {
  DATELINE_CHECK(application_id != 0, "a database needs an application_id");
  DATELINE_RETURN_IF_ERROR(CheckIdentity(connection, application_id));
  const auto claim = [&]() -> absl::Status {
    DATELINE_RETURN_IF_ERROR(connection.Execute(kCreateTable));
    return connection.Execute(fmt::format("PRAGMA application_id={}", application_id));
  };
  DATELINE_RETURN_IF_ERROR(InTransaction(connection, claim));
  DATELINE_ASSIGN_OR_RETURN(const auto applied, ReadApplied(connection));
  DATELINE_RETURN_IF_ERROR(CheckHistory(connection.path(), applied, migrations));
  for (const Migration& migration : migrations) {
    if (applied.contains(migration.version)) continue;
    if (upgrading) upgrading(MigrationWords(migration));
    DATELINE_RETURN_IF_ERROR(Apply(connection, migration, clock));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> SchemaVersion(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t version,
                            ReadInteger(connection, "SELECT coalesce(max(version), 0) FROM schema_migration"));
  return static_cast<int>(version);
}

}  // namespace dateline::sql
