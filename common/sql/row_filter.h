#pragma once
// A condition in C++ on the rows of a query: row_filter(?, rowid), with a RowFilter bound to the parameter. For what
// SQL could only find out by a join that costs more than the row itself. Every connection has it.

#include <cstdint>

#include "absl/status/statusor.h"

struct sqlite3;

namespace dateline::sql {

class RowFilter {
 public:
  virtual ~RowFilter() = default;
  // Whether the row is taken. It may ask the connection; a failure fails the query.
  virtual absl::StatusOr<bool> Takes(int64_t row) = 0;
};

// An SQLite result code.
int RegisterRowFilter(sqlite3* handle);

// What marks the pointers that are bound.
inline constexpr const char* kRowFilterPointer = "dateline-row-filter";

}  // namespace dateline::sql
