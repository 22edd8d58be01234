#pragma once
// Leases in PostgreSQL, as steps of a write's body: each function works in the transaction of the connection that it is
// given. Internal to this module; the contract is that of EventLog.

#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "common/eventlog/lease_rules.h"
#include "common/sql/postgres/connection.h"

namespace dateline::eventlog {

absl::StatusOr<LeaseResult> LeaseWork(sql::postgres::Connection& connection, WallTime now, const WorkLimits& limits,
                                      const LeaseRequest& request);
// Those that are lost.
absl::StatusOr<std::vector<LeaseReference>> ExtendWork(sql::postgres::Connection& connection, WallTime expire_time,
                                                       const std::vector<LeaseReference>& leases);
// LEASE_LOST, with nothing changed.
sql::postgres::Connection::Ticket SendAckWork(sql::postgres::Connection& connection, const LeaseReference& lease);
absl::StatusOr<AckOutcome> TakeAckWork(sql::postgres::Connection& connection, sql::postgres::Connection::Ticket ticket,
                                       const LeaseReference& lease);
// LEASE_LOST.
absl::StatusOr<NackResult> NackWork(sql::postgres::Connection& connection, WallTime now, const WorkLimits& limits,
                                    const NackRequest& request);

}  // namespace dateline::eventlog
