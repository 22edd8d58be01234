#pragma once
// The tables of ingestion in PostgreSQL. Pure.

#include <string_view>
#include <vector>

#include "common/sql/migration_history.h"

namespace dateline::ingestion {

// Marks the schema as ingestion's.
inline constexpr std::string_view kIngestionApplication = "dateline-ingestion";

std::vector<sql::Migration> PostgresMigrations();

}  // namespace dateline::ingestion
