#include "services/storage/sqlite/day_blocks.h"

#include <algorithm>
#include <cstring>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::storage {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

// Releases of one row: two KiB of it, of which a page holds one.
constexpr int64_t kBlock = 512;
constexpr int64_t kSampledBlocks = 16;
constexpr int kPrecisionBits = 2;

// 0 is that of a release that is not there.
int32_t Pack(const PublishedDay& day) {
  return static_cast<int32_t>(day.sort_day * (1 << kPrecisionBits) + day.precision);
}

PublishedDay NumberAt(std::string_view days, int64_t place) {
  const size_t at = static_cast<size_t>(place) * sizeof(int32_t);
  int32_t number = 0;
  if (at + sizeof(number) <= days.size()) std::memcpy(&number, days.data() + at, sizeof(number));
  return {.sort_day = number >> kPrecisionBits, .precision = number & ((1 << kPrecisionBits) - 1)};
}

absl::StatusOr<std::string> LoadBlock(Connection& connection, int64_t block) {
  Statement statement(connection, "SELECT days FROM release_days WHERE block = ?1");
  statement.Bind(1, block);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? std::string(statement.ColumnBlob(0)) : std::string();
}

}  // namespace

void DayWrites::Put(int64_t release, const PublishedDay& day) {
  numbers_[release] = Pack(day);
}

void DayWrites::Remove(int64_t release) {
  numbers_[release] = 0;
}

absl::Status DayWrites::Flush(Connection& connection) {
  for (auto next = numbers_.begin(); next != numbers_.end();) {
    const int64_t block = next->first / kBlock;
    DATELINE_ASSIGN_OR_RETURN(std::string days, LoadBlock(connection, block));
    for (; next != numbers_.end() && next->first / kBlock == block; ++next) {
      const size_t at = static_cast<size_t>(next->first % kBlock) * sizeof(int32_t);
      if (days.size() < at + sizeof(int32_t)) days.resize(at + sizeof(int32_t));
      std::memcpy(days.data() + at, &next->second, sizeof(int32_t));
    }
    Statement put(connection, "INSERT OR REPLACE INTO release_days (block, days) VALUES (?1, ?2)");
    put.BindAll(block, Blob{days});
    DATELINE_RETURN_IF_ERROR(put.Run());
  }
  numbers_.clear();
  return absl::OkStatus();
}

absl::StatusOr<PublishedDay> DayReader::Find(int64_t release) {
  if (const int64_t block = release / kBlock; block != block_) {
    DATELINE_ASSIGN_OR_RETURN(days_, LoadBlock(connection_, block));
    block_ = block;
  }
  return NumberAt(days_, release % kBlock);
}

absl::StatusOr<double> ShareWithin(Connection& connection, const DayStretch& stretch) {
  int64_t last = 0;
  {
    Statement highest(connection, "SELECT coalesce(max(block), 0) FROM release_days");
    DATELINE_RETURN_IF_ERROR(highest.Step().status());
    last = highest.ColumnInt64(0);
  }
  const int64_t step = std::max<int64_t>(1, (last + 1) / kSampledBlocks);
  int64_t seen = 0;
  int64_t within = 0;
  for (int64_t block = last; block >= 0; block -= step) {
    DATELINE_ASSIGN_OR_RETURN(const std::string days, LoadBlock(connection, block));
    const auto count = static_cast<int64_t>(days.size() / sizeof(int32_t));
    for (int64_t i = 0; i < count; ++i) within += LiesWithin(NumberAt(days, i), stretch) ? 1 : 0;
    seen += count;
  }
  return seen == 0 ? 0 : static_cast<double>(within) / static_cast<double>(seen);
}

}  // namespace dateline::storage
