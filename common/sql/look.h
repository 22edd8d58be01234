#pragma once
// A read that gives a value, over the Database of either back end (common/sql/database.h,
// common/sql/postgres/database.h).

#include <utility>

#include "absl/status/status.h"

namespace dateline::sql {

// Runs `step`, which gives an absl::StatusOr, on one snapshot: its value, its error, or that of Database::Read. As the
// body of that, the step may run more than once.
template <class Connection, class Database, class Step>
auto Look(Database& database, const Step& step) -> decltype(step(std::declval<Connection&>())) {
  decltype(step(std::declval<Connection&>())) result = absl::UnknownError("not run");
  const absl::Status outcome = database.Read([&](Connection& connection) {
    result = step(connection);
    return result.status();
  });
  if (!outcome.ok()) return outcome;
  return result;
}

}  // namespace dateline::sql
