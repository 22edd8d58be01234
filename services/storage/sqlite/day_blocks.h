#pragma once
// The days on which releases were published, beside the full-text index: one number for each, 512 to a row, so that a
// search over a stretch of days asks for few rows where it would go through the lists of all years and decades within
// that stretch. Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/storage/published_day.h"

namespace dateline::storage {

// Days that are to be written, gathered until all of a row can be written at once.
class DayWrites {
 public:
  void Put(int64_t release, const PublishedDay& day);
  void Remove(int64_t release);
  absl::Status Flush(sql::Connection& connection);

 private:
  std::map<int64_t, int32_t> numbers_;  // By release.
};

// Reads days; fast when one is asked for near the one before.
class DayReader {
 public:
  explicit DayReader(sql::Connection& connection) : connection_(connection) {}
  // What was never put has no date.
  absl::StatusOr<PublishedDay> Find(int64_t release);

 private:
  sql::Connection& connection_;
  int64_t block_ = -1;
  std::string days_;
};

// The share of releases that were published within the stretch, from a sample of them.
absl::StatusOr<double> ShareWithin(sql::Connection& connection, const DayStretch& stretch);

}  // namespace dateline::storage
