#pragma once
// The tables of ingestion's database.

#include <cstdint>
#include <vector>

#include "common/sql/migration.h"

namespace dateline::ingestion {

// Marks the file as ours: "DLin".
inline constexpr int32_t kIngestionApplicationId = 0x444C696E;

// All of them, in order; those that were released never change.
std::vector<sql::Migration> IngestionMigrations();

}  // namespace dateline::ingestion
