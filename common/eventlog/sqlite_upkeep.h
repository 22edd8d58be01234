#pragma once
// What operators and retention do with a log in SQLite: dead letters, lag, trimming; each function works in the
// transaction of the connection that it is given. Internal to this module; the contract is that of EventLog.

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "common/sql/connection.h"

namespace dateline::eventlog {

absl::StatusOr<DeadLetterPage> ReadDeadLetters(sql::Connection& connection, const DeadLetterQuery& query);
absl::StatusOr<uint32_t> ReviveDeadLetters(sql::Connection& connection, WallTime now, const RetryRequest& request);
absl::StatusOr<GroupLag> ReadLag(sql::Connection& connection, std::string_view group, std::string_view topic);
absl::StatusOr<TrimResult> TrimTopic(sql::Connection& connection, const TrimRequest& request);

}  // namespace dateline::eventlog
