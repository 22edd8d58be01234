#pragma once
// Forward-only schema migrations of a SQLite database: each runs once, in a transaction of its own, and its checksum is
// kept in the table schema_migration (see migration_history.h).

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/sql/connection.h"
#include "common/sql/migration_history.h"

namespace dateline::sql {

// FAILED_PRECONDITION (NOT_OUR_DATABASE) unless the file is empty or carries this application_id. Changes nothing.
absl::Status CheckIdentity(Connection& connection, int32_t application_id);

// Brings the database to the last version of `migrations`. Sets application_id in a new database. FAILED_PRECONDITION
// with reason NOT_OUR_DATABASE (another application_id, or a foreign file), DATABASE_TOO_NEW (a version that this
// program does not know), MIGRATION_CHANGED (a checksum differs, or history has a hole). Nothing is changed then.
absl::Status Migrate(Connection& connection, int32_t application_id, const std::vector<Migration>& migrations,
                     const Clock& clock, const Upgrading& upgrading = nullptr);

// The last migration that was applied; 0 for a database without any.
absl::StatusOr<int> SchemaVersion(Connection& connection);

}  // namespace dateline::sql
