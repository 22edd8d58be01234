#pragma once
// What PostgreSQL's error codes (SQLSTATE) mean to callers. Pure.
//
//   08…, 57P01, 57P02, 57P03, no connection  UNAVAILABLE          DATABASE_UNREACHABLE
//   40001, 40P01                             ABORTED              TRANSACTION_CONFLICT
//   55P03                                    UNAVAILABLE          DATABASE_BUSY
//   25006 (a standby)                        UNAVAILABLE          DATABASE_NOT_WRITABLE
//   53300                                    UNAVAILABLE          TOO_MANY_CONNECTIONS
//   53100                                    RESOURCE_EXHAUSTED   DISK_FULL
//   53200                                    RESOURCE_EXHAUSTED   OUT_OF_MEMORY
//   58030                                    UNAVAILABLE          DISK_IO_ERROR
//   57014                                    DEADLINE_EXCEEDED    QUERY_TIMEOUT
//   28…, 3D000, 3F000, 42501                 FAILED_PRECONDITION  DATABASE_NOT_OPENED
//   XX001, XX002                             DATA_LOSS            DATABASE_CORRUPT
//   23505                                    ALREADY_EXISTS       UNIQUE_VIOLATED
//   23…                                      FAILED_PRECONDITION  CONSTRAINT_VIOLATED
//   54…                                      INVALID_ARGUMENT     VALUE_TOO_LARGE
//   everything else                          INTERNAL             SQL_ERROR

#include <string_view>

#include "absl/status/status.h"
#include "common/sql/reasons.h"

namespace dateline::sql::postgres {

struct Failure {
  std::string_view sqlstate{};  // Five characters; empty when the connection failed before the server could say one.
  std::string_view message{};   // The server's or libpq's own words.
  std::string_view what{};      // The operation or the SQL that failed.
  std::string_view where{};     // The database, without secrets.
};

absl::Status ToStatus(const Failure& failure);

// The connection is gone, or good for nothing: whoever holds it has to make another one.
bool IsConnectionLoss(const absl::Status& status);
// The transaction did nothing and may succeed when it is run anew.
bool IsConflict(const absl::Status& status);

}  // namespace dateline::sql::postgres
