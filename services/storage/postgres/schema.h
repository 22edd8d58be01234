#pragma once
// The schema of the archive in PostgreSQL, as the list of its migrations. Forward only: a migration that was released
// is never changed, a new one is appended.

#include <string_view>
#include <vector>

#include "common/sql/migration_history.h"

namespace dateline::storage::pg {

// Marks the schema as ours.
inline constexpr std::string_view kApplication = "dateline-storage";

std::vector<sql::Migration> SchemaMigrations();

}  // namespace dateline::storage::pg
