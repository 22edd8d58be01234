// Proves the table in error_map.h: each kind of failure gets its code and reason, and the message names file and
// remedy.

#include "common/sql/error_map.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

#include "common/base/error.h"
#include "gtest/gtest.h"

namespace dateline::sql {
namespace {

struct Case {
  int code;
  int system_errno;
  absl::StatusCode expected;
  std::string_view reason;
};

TEST(ErrorMap, GivesEachFailureItsMeaning) {
  const Case cases[] = {
      {SQLITE_FULL, 0, absl::StatusCode::kResourceExhausted, kReasonDiskFull},
      {SQLITE_IOERR_SHMSIZE, ENOSPC, absl::StatusCode::kResourceExhausted, kReasonDiskFull},
      {SQLITE_IOERR_WRITE, EIO, absl::StatusCode::kUnavailable, kReasonDiskIoError},
      {SQLITE_CORRUPT, 0, absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt},
      {SQLITE_CORRUPT_INDEX, 0, absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt},
      {SQLITE_BUSY_SNAPSHOT, 0, absl::StatusCode::kUnavailable, kReasonDatabaseBusy},
      {SQLITE_CONSTRAINT_UNIQUE, 0, absl::StatusCode::kAlreadyExists, kReasonUniqueViolated},
      {SQLITE_CONSTRAINT_FOREIGNKEY, 0, absl::StatusCode::kFailedPrecondition, kReasonConstraintViolated},
      {SQLITE_INTERRUPT, 0, absl::StatusCode::kDeadlineExceeded, kReasonQueryTimeout},
      {SQLITE_ERROR, 0, absl::StatusCode::kInternal, "SQL_ERROR"},
  };
  for (const Case& c : cases) {
    const absl::Status status =
        ToStatus({.code = c.code, .system_errno = c.system_errno, .message = "m", .what = "w", .path = "/data/x.db"});
    EXPECT_EQ(status.code(), c.expected) << c.code;
    EXPECT_EQ(ErrorReason(status), c.reason) << c.code;
    EXPECT_EQ(ErrorMetadataValue(status, "path"), "/data/x.db");
    EXPECT_NE(status.message().find("/data/x.db"), std::string::npos);
    EXPECT_NE(status.message().find("; "), std::string::npos) << "no remedy: " << status;
  }
}

TEST(ErrorMap, OnlyFailedSyncsEndTheTrust) {
  EXPECT_TRUE(IsSyncFailure(SQLITE_IOERR_FSYNC));
  EXPECT_TRUE(IsSyncFailure(SQLITE_IOERR_DIR_FSYNC));
  EXPECT_FALSE(IsSyncFailure(SQLITE_IOERR_WRITE));
  EXPECT_FALSE(IsSyncFailure(SQLITE_FULL));
}

}  // namespace
}  // namespace dateline::sql
