#pragma once
// The tables of notification in PostgreSQL.

#include <string_view>
#include <vector>

#include "common/sql/migration_history.h"

namespace dateline::notification::pg {

inline constexpr std::string_view kApplication = "dateline-notification";

std::vector<sql::Migration> SchemaMigrations();

}  // namespace dateline::notification::pg
