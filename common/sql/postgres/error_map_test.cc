// Proves what callers may rely on when PostgreSQL refuses: code, reason, one line with remedy.

#include "common/sql/postgres/error_map.h"

#include "common/base/error.h"
#include "gtest/gtest.h"

namespace dateline::sql::postgres {
namespace {

absl::Status Of(std::string_view sqlstate) {
  return ToStatus({.sqlstate = sqlstate, .message = "the\nwords\n", .what = "SELECT 1", .where = "u@h:1/d"});
}

TEST(PostgresErrorMap, GivesCodeAndReason) {
  const struct {
    std::string_view sqlstate;
    absl::StatusCode code;
    std::string_view reason;
  } kCases[] = {
      {"", absl::StatusCode::kUnavailable, kReasonDatabaseUnreachable},
      {"08006", absl::StatusCode::kUnavailable, kReasonDatabaseUnreachable},
      {"57P01", absl::StatusCode::kUnavailable, kReasonDatabaseUnreachable},
      {"40001", absl::StatusCode::kAborted, kReasonTransactionConflict},
      {"40P01", absl::StatusCode::kAborted, kReasonTransactionConflict},
      {"55P03", absl::StatusCode::kUnavailable, kReasonDatabaseBusy},
      {"25006", absl::StatusCode::kUnavailable, kReasonDatabaseNotWritable},
      {"53100", absl::StatusCode::kResourceExhausted, kReasonDiskFull},
      {"53300", absl::StatusCode::kUnavailable, kReasonTooManyConnections},
      {"57014", absl::StatusCode::kDeadlineExceeded, kReasonQueryTimeout},
      {"28P01", absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened},
      {"XX001", absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt},
      {"23505", absl::StatusCode::kAlreadyExists, kReasonUniqueViolated},
      {"23503", absl::StatusCode::kFailedPrecondition, kReasonConstraintViolated},
      {"54000", absl::StatusCode::kInvalidArgument, kReasonValueTooLarge},
      {"42601", absl::StatusCode::kInternal, kReasonSqlError},
  };
  for (const auto& one : kCases) {
    EXPECT_EQ(Of(one.sqlstate).code(), one.code) << one.sqlstate;
    EXPECT_EQ(ErrorReason(Of(one.sqlstate)), one.reason) << one.sqlstate;
  }
}

TEST(PostgresErrorMap, IsOneLineThatNamesDatabaseAndCode) {
  const absl::Status status = Of("40001");
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  EXPECT_NE(status.message().find("database u@h:1/d: SELECT 1: the words [40001]"), absl::string_view::npos) << status;
  EXPECT_EQ(ErrorMetadataValue(status, "sqlstate"), "40001");
}

TEST(PostgresErrorMap, TellsWhatIsWorthAnotherAttempt) {
  EXPECT_TRUE(IsConflict(Of("40001")));
  EXPECT_TRUE(IsConflict(Of("55P03")));
  EXPECT_FALSE(IsConflict(Of("23505")));
  EXPECT_TRUE(IsConnectionLoss(Of("")));
  EXPECT_TRUE(IsConnectionLoss(Of("25006")));
  EXPECT_FALSE(IsConnectionLoss(Of("28000")));
  EXPECT_FALSE(IsConnectionLoss(absl::OkStatus()));
}

}  // namespace
}  // namespace dateline::sql::postgres
