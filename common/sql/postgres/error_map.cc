#include "common/sql/postgres/error_map.h"

#include <algorithm>
#include <string>

#include "common/base/error.h"
#include "fmt/format.h"

namespace dateline::sql::postgres {
namespace {

// Enough of a statement to find it in the source.
constexpr size_t kWhatBytesMax = 160;

struct Meaning {
  absl::StatusCode code;
  std::string_view reason;
  std::string_view remedy;
};

struct Rule {
  std::string_view prefix;  // Of the SQLSTATE.
  Meaning meaning;
};

constexpr Meaning kUnreachable = {
    absl::StatusCode::kUnavailable, kReasonDatabaseUnreachable,
    "check that the server runs and can be reached; the connection is made anew by itself"};

// The first that fits counts.
constexpr Rule kRules[] = {
    {"08", kUnreachable},
    {"57P01", kUnreachable},
    {"57P02", kUnreachable},
    {"57P03", kUnreachable},
    {"57P05", kUnreachable},
    {"25P03", kUnreachable},
    {"40001", {absl::StatusCode::kAborted, kReasonTransactionConflict, "try again"}},
    {"40P01", {absl::StatusCode::kAborted, kReasonTransactionConflict, "try again"}},
    {"55P03",
     {absl::StatusCode::kUnavailable, kReasonDatabaseBusy, "look for a transaction that holds its locks for long"}},
    {"25006",
     {absl::StatusCode::kUnavailable, kReasonDatabaseNotWritable,
      "this server only reads, as a standby does; name all servers and target_session_attrs=read-write"}},
    {"53300",
     {absl::StatusCode::kUnavailable, kReasonTooManyConnections,
      "raise the server's max_connections, or lower the pools of the services"}},
    {"53100",
     {absl::StatusCode::kResourceExhausted, kReasonDiskFull, "free space on the server's volume, then try again"}},
    {"53200", {absl::StatusCode::kResourceExhausted, kReasonOutOfMemory, "give the server more memory"}},
    {"58030", {absl::StatusCode::kUnavailable, kReasonDiskIoError, "check the server's volume and its log"}},
    {"57014", {absl::StatusCode::kDeadlineExceeded, kReasonQueryTimeout, "ask for less"}},
    {"28",
     {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened,
      "check user and password of the connection, and the server's pg_hba.conf"}},
    {"3D000",
     {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened, "create the database, or name another"}},
    {"3F000", {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened, "create the schema, or name another"}},
    {"42501",
     {absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened,
      "grant the user the rights to use and create tables in the schema"}},
    {"XX001", {absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt, "restore the latest backup"}},
    {"XX002",
     {absl::StatusCode::kDataLoss, kReasonDatabaseCorrupt, "rebuild the index (REINDEX), or restore a backup"}},
    {"23505", {absl::StatusCode::kAlreadyExists, kReasonUniqueViolated, "use another key"}},
    {"23", {absl::StatusCode::kFailedPrecondition, kReasonConstraintViolated, "correct the values"}},
    {"54", {absl::StatusCode::kInvalidArgument, kReasonValueTooLarge, "send a smaller value"}},
};

Meaning MeaningOf(std::string_view sqlstate) {
  if (sqlstate.empty()) return kUnreachable;
  for (const Rule& rule : kRules) {
    if (sqlstate.starts_with(rule.prefix)) return rule.meaning;
  }
  return {absl::StatusCode::kInternal, kReasonSqlError, "report this as a defect"};
}

// One line: the server's messages may have several, and libpq's end with one.
std::string OneLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

absl::Status ToStatus(const Failure& failure) {
  const Meaning meaning = MeaningOf(failure.sqlstate);
  const std::string code = failure.sqlstate.empty() ? std::string() : fmt::format(" [{}]", failure.sqlstate);
  return Error(meaning.code, meaning.reason,
               fmt::format("database {}: {}: {}{}; {}", failure.where, OneLine(failure.what.substr(0, kWhatBytesMax)),
                           OneLine(failure.message), code, meaning.remedy),
               {{"path", std::string(failure.where)}, {"sqlstate", std::string(failure.sqlstate)}});
}

bool IsConnectionLoss(const absl::Status& status) {
  if (status.ok()) return false;
  const std::string reason = ErrorReason(status);
  // A standby does not become writable for a session that it already has as a reader; the next connection may find the
  // new primary.
  return reason == kReasonDatabaseUnreachable || reason == kReasonDatabaseNotWritable ||
         reason == kReasonTooManyConnections;
}

bool IsConflict(const absl::Status& status) {
  if (status.ok()) return false;
  const std::string reason = ErrorReason(status);
  return reason == kReasonTransactionConflict || reason == kReasonDatabaseBusy;
}

}  // namespace dateline::sql::postgres
