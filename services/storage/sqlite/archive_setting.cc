#include "services/storage/sqlite/archive_setting.h"

#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::storage {

using sql::Connection;
using sql::Statement;

absl::StatusOr<uint64_t> ArchiveSetting(Connection& connection, std::string_view name) {
  Statement statement(connection, "SELECT value FROM archive_setting WHERE name = ?1");
  statement.BindAll(name);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnUint64(0) : uint64_t{0};
}

absl::Status SetArchiveSetting(Connection& connection, std::string_view name, uint64_t value) {
  Statement statement(connection,
                      "INSERT INTO archive_setting (name, value) VALUES (?1, ?2) "
                      "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  statement.BindAll(name, value);
  return statement.Run();
}

}  // namespace dateline::storage
