#pragma once
// Forward-only schema migrations of a PostgreSQL database (see common/sql/migration_history.h). Each runs once, in a
// transaction of its own; processes that start together take turns under an advisory lock. Everything lives in the
// connection's current schema, so an operator may give each service a schema or a database.

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/sql/migration_history.h"
#include "common/sql/postgres/connection.h"

namespace dateline::sql::postgres {

// Brings the schema to the last version of `migrations`. `application` marks it as the service's, for example
// "dateline-storage". FAILED_PRECONDITION: NOT_OUR_DATABASE (the schema holds tables but not ours, or another
// application's), DATABASE_TOO_NEW, MIGRATION_CHANGED; nothing is changed then.
absl::Status Migrate(Connection& connection, std::string_view application, const std::vector<Migration>& migrations,
                     const Clock& clock, const Upgrading& upgrading = nullptr);

// The last migration that was applied.
absl::StatusOr<int> SchemaVersion(Connection& connection);

}  // namespace dateline::sql::postgres
