#include "common/sql/statement.h"

#include <sqlite3.h>

#include "common/base/error.h"
#include "common/sql/connection.h"
#include "common/sql/row_filter.h"
#include "fmt/format.h"

namespace dateline::sql {

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  auto statement = connection_.Acquire(sql, &cached_);
  if (!statement.ok()) {
    error_ = statement.status();
  } else if (*statement == nullptr) {
    error_ = Error(absl::StatusCode::kInternal, "SQL_ERROR", "an empty SQL statement; report this as a defect");
  } else {
    statement_ = *statement;
  }
}

Statement::~Statement() {
  if (statement_ != nullptr) connection_.Release(statement_, cached_);
}

void Statement::Check(int code, std::string_view what) {
  if (code != SQLITE_OK && error_.ok()) error_ = connection_.MakeError(code, what);
}

Statement& Statement::FailOutOfRange(int index) {
  if (error_.ok()) {
    error_ =
        Error(absl::StatusCode::kInvalidArgument, "VALUE_TOO_LARGE",
              fmt::format("parameter {} is above the range of a signed 64-bit integer; send a smaller value", index));
  }
  return *this;
}

Statement& Statement::BindInt64(int index, int64_t value) {
  if (statement_ != nullptr) Check(sqlite3_bind_int64(statement_, index, value), "bind integer");
  return *this;
}

Statement& Statement::Bind(int index, double value) {
  if (statement_ != nullptr) Check(sqlite3_bind_double(statement_, index, value), "bind real");
  return *this;
}

Statement& Statement::Bind(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.empty() ? "" : text.data();
  if (statement_ != nullptr) {
    Check(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8), "bind text");
  }
  return *this;
}

Statement& Statement::Bind(int index, Blob blob) {
  const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
  if (statement_ != nullptr) {
    Check(sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_TRANSIENT), "bind blob");
  }
  return *this;
}

Statement& Statement::Bind(int index, std::nullptr_t) {
  if (statement_ != nullptr) Check(sqlite3_bind_null(statement_, index), "bind null");
  return *this;
}

Statement& Statement::Bind(int index, RowFilter& filter) {
  if (statement_ != nullptr) {
    Check(sqlite3_bind_pointer(statement_, index, &filter, kRowFilterPointer, nullptr), "bind filter");
  }
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (!error_.ok()) return error_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  error_ = connection_.MakeError(code, sqlite3_sql(statement_));
  return error_;
}

absl::Status Statement::Run() {
  while (true) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
  }
  Reset();
  return absl::OkStatus();
}

void Statement::Reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  error_ = absl::OkStatus();
}

int64_t Statement::ColumnInt64(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::ColumnDouble(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::ColumnText(int column) const {
  // The pointer has to be asked for before the size: asking may convert the value.
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string_view Statement::ColumnBlob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

bool Statement::ColumnIsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace dateline::sql
