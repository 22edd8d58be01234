#pragma once
// Forward-only schema migrations. A service lists its migrations in the order of their versions and never changes or
// removes one that was released; each runs once, in a transaction of its own, and its checksum is kept in the table
// schema_migration, so that a program that was built from another history refuses to touch the data.

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/sql/connection.h"

namespace dateline::sql {

struct Migration {
  int version = 0;        // From 1, ascending.
  std::string_view name;  // A few words for the operator. Static storage.
  std::string_view sql;   // One or more statements. Static storage.
};

// FAILED_PRECONDITION (NOT_OUR_DATABASE) unless the file is empty or carries this application_id. Changes nothing.
absl::Status CheckIdentity(Connection& connection, int32_t application_id);

// Brings the database to the last version of `migrations`. Sets application_id in a new database. FAILED_PRECONDITION
// with reason NOT_OUR_DATABASE (another application_id, or a foreign file), DATABASE_TOO_NEW (a version that this
// program does not know), MIGRATION_CHANGED (a checksum differs, or history has a hole). Nothing is changed then.
absl::Status Migrate(Connection& connection, int32_t application_id, const std::vector<Migration>& migrations,
                     const Clock& clock);

// The last migration that was applied; 0 for a database without any.
absl::StatusOr<int> SchemaVersion(Connection& connection);

}  // namespace dateline::sql
