#pragma once
// The reasons (google.rpc.ErrorInfo) of all errors that a database gives, whichever it is: callers branch on them
// without knowing the back end. What each back end's own codes mean is told in error_map.h and postgres/error_map.h.

#include <string_view>

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
inline constexpr std::string_view kReasonDatabaseNotOpened = "DATABASE_NOT_OPENED";
inline constexpr std::string_view kReasonDatabaseNotWritable = "DATABASE_NOT_WRITABLE";
inline constexpr std::string_view kReasonWriteQueueFull = "WRITE_QUEUE_FULL";
inline constexpr std::string_view kReasonReadQueueFull = "READ_QUEUE_FULL";
inline constexpr std::string_view kReasonReadersBusy = "READERS_BUSY";
inline constexpr std::string_view kReasonValueTooLarge = "VALUE_TOO_LARGE";
inline constexpr std::string_view kReasonOutOfMemory = "OUT_OF_MEMORY";
inline constexpr std::string_view kReasonSqlError = "SQL_ERROR";
// Only of a server.
inline constexpr std::string_view kReasonDatabaseUnreachable = "DATABASE_UNREACHABLE";
inline constexpr std::string_view kReasonTransactionConflict = "TRANSACTION_CONFLICT";
inline constexpr std::string_view kReasonTooManyConnections = "TOO_MANY_CONNECTIONS";
inline constexpr std::string_view kReasonOutcomeUnknown = "OUTCOME_UNKNOWN";
inline constexpr std::string_view kReasonInvalidConnection = "INVALID_CONNECTION";

}  // namespace dateline::sql
