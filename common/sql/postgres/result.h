#pragma once
// The rows that a statement gave, in binary form. Owns them; views into it are valid as long as it lives. Used by one
// thread at a time; movable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct pg_result;

namespace dateline::sql::postgres {

class Result {
 public:
  Result() = default;
  explicit Result(pg_result* result);  // Takes it over.

  int rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  // Rows that an INSERT, UPDATE or DELETE touched, or a SELECT gave.
  int64_t affected() const;
  // True for the answer to a statement that failed.
  bool failed() const;
  pg_result* raw() const { return result_.get(); }
  // What the server says it did, for example "COMMIT".
  std::string_view tag() const;

  // Row and column from 0. NULL reads as 0 or empty. Integers of 2, 4 and 8 bytes are read alike.
  bool IsNull(int row, int column) const;
  int64_t Int64(int row, int column) const;
  uint64_t Uint64(int row, int column) const { return static_cast<uint64_t>(Int64(row, column)); }
  int Int(int row, int column) const { return static_cast<int>(Int64(row, column)); }
  bool Bool(int row, int column) const { return Int64(row, column) != 0; }
  double Double(int row, int column) const;  // REAL or DOUBLE PRECISION.
  std::string_view Text(int row, int column) const;
  std::string_view Bytes(int row, int column) const { return Text(row, column); }
  std::string String(int row, int column) const { return std::string(Text(row, column)); }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
  int rows_ = 0;
};

}  // namespace dateline::sql::postgres
