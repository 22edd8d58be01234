#include "common/sql/postgres/result.h"

#include <libpq-fe.h>

#include <bit>
#include <charconv>

namespace dateline::sql::postgres {

void Result::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

Result::Result(pg_result* result) : result_(result), rows_(PQntuples(result)) {}

int64_t Result::affected() const {
  if (result_ == nullptr) return 0;
  const std::string_view text = PQcmdTuples(result_.get());
  int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Result::tag() const {
  return result_ == nullptr ? std::string_view() : std::string_view(PQcmdStatus(result_.get()));
}

bool Result::failed() const {
  const ExecStatusType status = PQresultStatus(result_.get());
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

bool Result::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

int64_t Result::Int64(int row, int column) const {
  const std::string_view bytes = Text(row, column);
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  // The sign of the shorter ones.
  if (bytes.size() == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
  if (bytes.size() == 2) return static_cast<int16_t>(static_cast<uint16_t>(value));
  return static_cast<int64_t>(value);
}

double Result::Double(int row, int column) const {
  const std::string_view bytes = Text(row, column);
  const auto bits = static_cast<uint64_t>(Int64(row, column));
  if (bytes.size() == 4) return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  return std::bit_cast<double>(bits);
}

}  // namespace dateline::sql::postgres
