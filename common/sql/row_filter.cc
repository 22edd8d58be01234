#include "common/sql/row_filter.h"

#include <sqlite3.h>

#include <string>

namespace dateline::sql {
namespace {

void CallRowFilter(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto* const filter = static_cast<RowFilter*>(sqlite3_value_pointer(arguments[0], kRowFilterPointer));
  if (filter == nullptr) return sqlite3_result_error(context, "row_filter() needs a filter", -1);
  const absl::StatusOr<bool> takes = filter->Takes(sqlite3_value_int64(arguments[1]));
  if (takes.ok()) return sqlite3_result_int(context, *takes ? 1 : 0);
  sqlite3_result_error(context, std::string(takes.status().message()).c_str(), -1);
}

}  // namespace

int RegisterRowFilter(sqlite3* handle) {
  return sqlite3_create_function_v2(handle, "row_filter", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr, &CallRowFilter,
                                    nullptr, nullptr, nullptr);
}

}  // namespace dateline::sql
