#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/database.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

absl::Status SystemError(const std::string& path, std::string_view what, int number) {
  const absl::StatusCode code =
      number == ENOSPC ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kFailedPrecondition;
  return Error(code, number == ENOSPC ? kReasonDiskFull : "BACKUP_FAILED",
               fmt::format("backup {}: {}: {}; check the folder and its volume", path, what,
                           std::error_code(number, std::generic_category()).message()),
               {{"path", path}});
}

absl::Status SyncPath(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return SystemError(path, "open", errno);
  const int number = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return number == 0 ? absl::OkStatus() : SystemError(path, "fsync", number);
}

// Copies all pages in one read transaction of the source: writers go on meanwhile, in the log.
absl::Status CopyPages(Connection& source, Connection& target) {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (backup == nullptr) return target.MakeError(sqlite3_extended_errcode(target.handle()), "backup");
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return absl::OkStatus();
  return target.MakeError(finished == SQLITE_OK ? stepped : finished, "backup");
}

absl::Status Prepare(Connection& target, const Database::WriteBody& prepare) {
  // The copy has to be one file, complete without a log beside it.
  DATELINE_RETURN_IF_ERROR(target.Execute("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL"));
  if (!prepare) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(target.Execute("BEGIN IMMEDIATE"));
  DATELINE_RETURN_IF_ERROR(prepare(target));
  return target.Execute("COMMIT");
}

absl::Status MakeCopy(const std::string& from, const std::string& to, const std::string& vfs,
                      const Database::WriteBody& prepare) {
  DATELINE_ASSIGN_OR_RETURN(auto source, Connection::Open({.path = from, .read_only = true, .vfs = vfs}));
  DATELINE_ASSIGN_OR_RETURN(auto target, Connection::Open({.path = to, .vfs = vfs}));
  DATELINE_RETURN_IF_ERROR(CopyPages(*source, *target));
  return Prepare(*target, prepare);
}

}  // namespace

absl::Status Database::Backup(const std::string& path, const WriteBody& prepare) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return Error(absl::StatusCode::kAlreadyExists, "BACKUP_EXISTS",
                 fmt::format("backup {} exists already; give another path", path), {{"path", path}});
  }
  const std::string partial = path + ".partial";
  // What an interrupted backup left behind.
  std::filesystem::remove(partial, ignored);
  absl::Status status = MakeCopy(options_.path, partial, options_.vfs, prepare);
  if (status.ok()) status = SyncPath(partial, O_RDONLY);
  if (status.ok() && rename(partial.c_str(), path.c_str()) != 0) status = SystemError(path, "rename", errno);
  if (!status.ok()) {
    std::filesystem::remove(partial, ignored);
    return WithContext(status, "backup");
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return SyncPath(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace dateline::sql
