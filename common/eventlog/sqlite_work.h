#pragma once
// Leases in SQLite, as steps of a write's body: each function works in the transaction of the connection that it is
// given. Internal to this module; the contract is that of EventLog.

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "common/eventlog/lease_rules.h"
#include "common/sql/connection.h"

namespace dateline::eventlog {

absl::StatusOr<LeaseResult> LeaseWork(sql::Connection& connection, WallTime now, const WorkLimits& limits,
                                      const LeaseRequest& request);
// False when the lease is lost.
absl::StatusOr<bool> ExtendWork(sql::Connection& connection, WallTime expire_time, const LeaseReference& lease);
// LEASE_LOST.
absl::StatusOr<AckOutcome> AckWork(sql::Connection& connection, const LeaseReference& lease);
// LEASE_LOST.
absl::StatusOr<NackResult> NackWork(sql::Connection& connection, WallTime now, const WorkLimits& limits,
                                    const NackRequest& request);

}  // namespace dateline::eventlog
