#pragma once
// What SQLite's result codes mean to callers. Pure.
//
//   SQLITE_FULL, IOERR_SHMSIZE with ENOSPC   RESOURCE_EXHAUSTED   DISK_FULL
//   SQLITE_CORRUPT, SQLITE_NOTADB            DATA_LOSS            DATABASE_CORRUPT
//   SQLITE_BUSY, SQLITE_LOCKED               UNAVAILABLE          DATABASE_BUSY
//   SQLITE_IOERR (all others)                UNAVAILABLE          DISK_IO_ERROR
//   SQLITE_READONLY, CANTOPEN, PERM          FAILED_PRECONDITION  DATABASE_NOT_WRITABLE / DATABASE_NOT_OPENED
//   SQLITE_CONSTRAINT: UNIQUE, PRIMARYKEY    ALREADY_EXISTS       UNIQUE_VIOLATED
//   SQLITE_CONSTRAINT: all others            FAILED_PRECONDITION  CONSTRAINT_VIOLATED
//   SQLITE_INTERRUPT                         DEADLINE_EXCEEDED    QUERY_TIMEOUT
//   SQLITE_TOOBIG                            INVALID_ARGUMENT     VALUE_TOO_LARGE
//   SQLITE_NOMEM                             RESOURCE_EXHAUSTED   OUT_OF_MEMORY
//   everything else                          INTERNAL             SQL_ERROR
//
// The outcome of a write that got UNAVAILABLE is unknown until the database is open again.

#include <string_view>

#include "absl/status/status.h"
#include "common/sql/reasons.h"

namespace dateline::sql {

struct SqliteFailure {
  int code = 0;                // Extended result code.
  int system_errno = 0;        // 0 when the system had no part in it.
  std::string_view message{};  // SQLite's own words.
  std::string_view what{};     // The operation or the SQL that failed.
  std::string_view path{};
};

absl::Status ToStatus(const SqliteFailure& failure);

// True for the failure of fsync, after which the kernel may have forgotten dirty pages: the file is not to be trusted
// until it is opened anew.
bool IsSyncFailure(int code);

}  // namespace dateline::sql
