#pragma once
// One use of a prepared SQL statement on a connection. Prepared statements are kept by the connection and found again
// by their text, so a Statement is cheap to make and is made where it is used; the text is a constant, values are
// always bound. Errors stick: the first failure of preparing or binding is what Step() or Run() returns, so only those
// are checked. Belongs to one thread, must not outlive its connection, and gives the prepared statement back when
// destroyed.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3_stmt;

namespace dateline::sql {

class Connection;
class RowFilter;

// Marks bytes that are bound as BLOB; plain strings are bound as TEXT and have to be UTF-8.
struct Blob {
  std::string_view bytes;
};

class Statement {
 public:
  // `sql` is exactly one statement.
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds parameter `index`, from 1. Values are copied. Unsigned values above the range of int64 are an error.
  template <typename T>
  requires(std::integral<T> && !std::same_as<T, bool>) Statement& Bind(int index, T value) {
    if constexpr (std::unsigned_integral<T> && sizeof(T) == sizeof(uint64_t)) {
      if (value > static_cast<T>(INT64_MAX)) return FailOutOfRange(index);
    }
    return BindInt64(index, static_cast<int64_t>(value));
  }
  Statement& Bind(int index, bool value) { return BindInt64(index, value ? 1 : 0); }
  Statement& Bind(int index, double value);
  Statement& Bind(int index, std::string_view text);
  Statement& Bind(int index, const std::string& text) { return Bind(index, std::string_view(text)); }
  Statement& Bind(int index, const char* text) { return Bind(index, std::string_view(text)); }
  Statement& Bind(int index, Blob blob);
  Statement& Bind(int index, std::nullptr_t);
  // For row_filter(); outlives the statement's use.
  Statement& Bind(int index, RowFilter& filter);
  template <typename T>
  Statement& Bind(int index, const std::optional<T>& value) {
    return value.has_value() ? Bind(index, *value) : Bind(index, nullptr);
  }
  // Binds the values to parameters 1, 2, …
  template <typename... Values>
  Statement& BindAll(const Values&... values) {
    int index = 0;
    (Bind(++index, values), ...);
    return *this;
  }

  // Moves to the next row: true when there is one, false at the end.
  absl::StatusOr<bool> Step();
  // Runs a statement to its end; rows are passed over. The statement can then be bound and run again.
  absl::Status Run();
  // Makes the statement ready to be stepped from the beginning; bindings are cleared.
  void Reset();

  // Columns of the current row, from 0. Views are valid until the next Step(), Run() or Reset(). NULL reads as 0 or
  // empty.
  int64_t ColumnInt64(int column) const;
  uint64_t ColumnUint64(int column) const { return static_cast<uint64_t>(ColumnInt64(column)); }
  int ColumnInt(int column) const { return static_cast<int>(ColumnInt64(column)); }
  bool ColumnBool(int column) const { return ColumnInt64(column) != 0; }
  double ColumnDouble(int column) const;
  std::string_view ColumnText(int column) const;
  std::string_view ColumnBlob(int column) const;
  std::string ColumnString(int column) const { return std::string(ColumnText(column)); }
  bool ColumnIsNull(int column) const;

 private:
  Statement& BindInt64(int index, int64_t value);
  Statement& FailOutOfRange(int index);
  void Check(int code, std::string_view what);

  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  bool cached_ = false;
  absl::Status error_;
};

}  // namespace dateline::sql
