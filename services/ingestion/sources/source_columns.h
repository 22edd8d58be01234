#pragma once
// What the rows of sources have in common in SQLite and PostgreSQL: the columns, and how their values are written.

#include <fmt/format.h>
#include <google/protobuf/message_lite.h>

#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/error.h"

namespace dateline::ingestion {

inline constexpr std::string_view kNamePrefix = "sources/";

#define SOURCE_COLUMNS "s.id, s.name, s.uri, s.host, s.next_poll_us, s.settings, s.state"
inline constexpr int kSourceColumns = 7;

inline absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("{} cannot be read back; restore ingestion's database from a backup", what));
}

// "sources/abcd" as the column name holds it.
inline std::string_view IdOf(std::string_view name) {
  return name.starts_with(kNamePrefix) ? name.substr(kNamePrefix.size()) : name;
}

inline bool Parse(std::string_view bytes, google::protobuf::MessageLite* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

inline std::optional<int64_t> Micros(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return ToMicros(*time);
}

}  // namespace dateline::ingestion
