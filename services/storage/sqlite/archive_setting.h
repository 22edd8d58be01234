#pragma once
// Numbers that the archive keeps of itself: versions, generations, how far something is. Functions of a connection;
// they belong to its transaction.

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"

namespace dateline::storage {

// 0 when it was never set.
absl::StatusOr<uint64_t> ArchiveSetting(sql::Connection& connection, std::string_view name);
absl::Status SetArchiveSetting(sql::Connection& connection, std::string_view name, uint64_t value);

}  // namespace dateline::storage
