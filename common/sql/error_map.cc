#include "common/sql/error_map.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/base/error.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

// Enough of a statement to find it in the source.
constexpr size_t kWhatBytesMax = 160;

struct Meaning {
  absl::StatusCode code;
  std::string_view reason;
  std::string_view remedy;
};

Meaning ConstraintMeaning(int code) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) {
    return {absl::StatusCode::kAlreadyExists, kReasonUniqueViolated, "use another key"};
  }
  return {absl::StatusCode::kFailedPrecondition, kReasonConstraintViolated, "correct the values"};
}

Meaning MeaningOf(int code, int system_errno) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {absl::StatusCode::kResourceExhausted, kReasonDiskFull, "free space on the volume, then try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt, "restore the latest backup"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {absl::StatusCode::kUnavailable, kReasonDatabaseBusy,
              "close the other program that uses the file, then try again"};
    case SQLITE_IOERR:
      if (system_errno == ENOSPC) {
        return {absl::StatusCode::kResourceExhausted, kReasonDiskFull, "free space on the volume, then try again"};
      }
      return {absl::StatusCode::kUnavailable, kReasonDiskIoError, "check the volume and the system's log"};
    case SQLITE_READONLY:
      return {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotWritable, "give the service write permission"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened,
              "make the folder and give the service permission"};
    case SQLITE_CONSTRAINT:
      return ConstraintMeaning(code);
    case SQLITE_INTERRUPT:
      return {absl::StatusCode::kDeadlineExceeded, kReasonQueryTimeout, "ask for less"};
    case SQLITE_TOOBIG:
      return {absl::StatusCode::kInvalidArgument, kReasonValueTooLarge, "send a smaller value"};
    case SQLITE_NOMEM:
      return {absl::StatusCode::kResourceExhausted, kReasonOutOfMemory, "give the service more memory"};
    default:
      return {absl::StatusCode::kInternal, kReasonSqlError, "report this as a defect"};
  }
}

}  // namespace

absl::Status ToStatus(const SqliteFailure& failure) {
  const Meaning meaning = MeaningOf(failure.code, failure.system_errno);
  std::string cause(failure.message);
  if (failure.system_errno != 0) {
    cause += fmt::format(" ({})", std::error_code(failure.system_errno, std::generic_category()).message());
  }
  return Error(meaning.code, meaning.reason,
               fmt::format("database {}: {}: {} [{}]; {}", failure.path, failure.what.substr(0, kWhatBytesMax), cause,
                           failure.code, meaning.remedy),
               {{"path", std::string(failure.path)}, {"sqlite_code", std::to_string(failure.code)}});
}

bool IsSyncFailure(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

}  // namespace dateline::sql
