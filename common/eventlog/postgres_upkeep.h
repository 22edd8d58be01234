#pragma once
// What operators and retention do with a log in PostgreSQL: dead letters, lag, trimming; each function works in the
// transaction of the connection that it is given. Internal to this module; the contract is that of EventLog.

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "common/sql/postgres/connection.h"

namespace dateline::eventlog {

absl::StatusOr<DeadLetterPage> ReadDeadLetters(sql::postgres::Connection& connection, const DeadLetterQuery& query);
absl::StatusOr<uint32_t> ReviveDeadLetters(sql::postgres::Connection& connection, WallTime now,
                                           const RetryRequest& request);
absl::StatusOr<GroupLag> ReadLag(sql::postgres::Connection& connection, std::string_view group, std::string_view topic);
absl::StatusOr<TrimResult> TrimTopic(sql::postgres::Connection& connection, const TrimRequest& request);

}  // namespace dateline::eventlog
