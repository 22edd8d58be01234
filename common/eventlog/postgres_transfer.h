#pragma once
// A log in PostgreSQL that takes the place of another (log_transfer.h); each function works in the transaction of the
// connection that it is given, which holds the heads (EventAppender).

#include <vector>

#include "absl/status/statusor.h"
#include "common/eventlog/log_transfer.h"
#include "common/sql/postgres/connection.h"

namespace dateline::eventlog {

absl::StatusOr<LogState> ReadLogState(sql::postgres::Connection& connection);
absl::StatusOr<std::vector<GroupState>> ReadGroupStates(sql::postgres::Connection& connection);

// Makes the log that of another: its epoch, and topics that begin at their low water. False when it is that already;
// FAILED_PRECONDITION (LOG_NOT_EMPTY) when it holds events of its own.
absl::StatusOr<bool> AdoptLog(sql::postgres::Connection& connection, const LogState& state);
// Stores events of the adopted log, each behind the head of its topic; how many were not there yet.
absl::StatusOr<size_t> StoreRecords(sql::postgres::Connection& connection, const std::vector<Record>& records);
// False when the group is that far already.
absl::StatusOr<bool> AdoptGroup(sql::postgres::Connection& connection, const GroupState& state);

}  // namespace dateline::eventlog
