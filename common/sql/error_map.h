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

namespace dateline::sql {

inline constexpr std::string_view kReasonDiskFull = "DISK_FULL";
inline constexpr std::string_view kReasonDatabaseCorrupt = "DATABASE_CORRUPT";
inline constexpr std::string_view kReasonDatabaseBusy = "DATABASE_BUSY";
inline constexpr std::string_view kReasonDiskIoError = "DISK_IO_ERROR";
inline constexpr std::string_view kReasonUniqueViolated = "UNIQUE_VIOLATED";
inline constexpr std::string_view kReasonConstraintViolated = "CONSTRAINT_VIOLATED";
inline constexpr std::string_view kReasonQueryTimeout = "QUERY_TIMEOUT";
inline constexpr std::string_view kReasonDatabaseInUse = "DATABASE_IN_USE";
inline constexpr std::string_view kReasonDatabaseTooNew = "DATABASE_TOO_NEW";
inline constexpr std::string_view kReasonMigrationChanged = "MIGRATION_CHANGED";
inline constexpr std::string_view kReasonNotOurDatabase = "NOT_OUR_DATABASE";
inline constexpr std::string_view kReasonDatabaseHalted = "DATABASE_HALTED";
inline constexpr std::string_view kReasonDatabaseClosed = "DATABASE_CLOSED";
inline constexpr std::string_view kReasonWriteQueueFull = "WRITE_QUEUE_FULL";
inline constexpr std::string_view kReasonReadQueueFull = "READ_QUEUE_FULL";
inline constexpr std::string_view kReasonReadersBusy = "READERS_BUSY";

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
