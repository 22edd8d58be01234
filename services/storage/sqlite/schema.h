#pragma once
// The schema of the archive in SQLite, as the list of its migrations. Forward only: a migration that was released is
// never changed, a new one is appended.

#include <cstdint>
#include <vector>

#include "common/sql/migration.h"

namespace dateline::storage {

// Marks the file as ours: "DLst".
inline constexpr int32_t kApplicationId = 0x444C7374;

std::vector<sql::Migration> SchemaMigrations();

}  // namespace dateline::storage
