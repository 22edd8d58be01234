#include "services/storage/sqlite/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/connection.h"
#include "common/sql/database.h"
#include "common/sql/statement.h"
#include "services/storage/sqlite/schema.h"

namespace dateline::storage {
namespace {

absl::Status FileError(const std::string& path, std::string_view what, const std::error_code& error) {
  return Error(absl::StatusCode::kFailedPrecondition, "RESTORE_FAILED",
               fmt::format("restore: {}: {}: {}; check the folder and its volume", path, what, error.message()),
               {{"path", path}});
}

// A backup of an archive on PostgreSQL is no database.
absl::Status CheckKind(const std::string& path) {
  constexpr std::string_view kMagic = "SQLite format 3";
  std::string begin(kMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin == kMagic) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "NO_DATABASE",
               fmt::format("{} is no backup of an archive on SQLite; an export, and a backup of an archive on "
                           "PostgreSQL, is taken in by a running archive: dateline archive import --move {}",
                           path, path),
               {{"path", path}});
}

absl::Status CheckPages(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(auto connection, sql::Connection::Open({.path = path, .read_only = true}));
  sql::Statement check(*connection, "PRAGMA integrity_check(1)");
  const absl::StatusOr<bool> found = check.Step();
  if (found.ok() && *found && check.ColumnText(0) == "ok") return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
               fmt::format("the backup {} is damaged: {}; take another one", path,
                           found.ok() && *found ? check.ColumnString(0) : std::string("it cannot be read")),
               {{"path", path}});
}

// Opens a database as the service would, which locks it, checks whose it is and brings its schema up to date.
absl::Status OpenOnce(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(
      auto database,
      sql::Database::Open({.path = path, .application_id = kApplicationId, .migrations = SchemaMigrations()}));
  return database->Close();
}

absl::Status Sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const std::error_code error(errno, std::generic_category());
  if (descriptor >= 0) close(descriptor);
  return synced ? absl::OkStatus() : FileError(path, "fsync", error);
}

// What belongs to a database file that nobody has open.
void RemoveBeside(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix, ignored);
}

}  // namespace

absl::Status RestoreArchive(const RestoreParams& params) {
  std::error_code error;
  DATELINE_RETURN_IF_ERROR(CheckKind(params.backup));
  DATELINE_RETURN_IF_ERROR(CheckPages(params.backup));
  const bool there = std::filesystem::exists(params.database, error);
  if (there && !params.replace) {
    return Error(absl::StatusCode::kFailedPrecondition, "ARCHIVE_EXISTS",
                 fmt::format("{} is there already; give --replace, which keeps it beside the new one", params.database),
                 {{"path", params.database}});
  }
  // Also makes sure that nobody has it open, and moves its log into the file.
  if (there) DATELINE_RETURN_IF_ERROR(OpenOnce(params.database));
  const std::string partial = params.database + ".restoring";
  std::filesystem::remove(partial, error);
  RemoveBeside(partial);
  if (!std::filesystem::copy_file(params.backup, partial, error)) return FileError(partial, "copy", error);
  DATELINE_RETURN_IF_ERROR(OpenOnce(partial));
  DATELINE_RETURN_IF_ERROR(CheckPages(partial));
  DATELINE_RETURN_IF_ERROR(Sync(partial));
  RemoveBeside(partial);
  if (there) {
    std::filesystem::rename(params.database, params.database + ".before-restore", error);
    if (error) return FileError(params.database, "rename", error);
    RemoveBeside(params.database);
  }
  std::filesystem::rename(partial, params.database, error);
  if (error) return FileError(params.database, "rename", error);
  const std::string folder = std::filesystem::path(params.database).parent_path().string();
  return Sync(folder.empty() ? "." : folder);
}

}  // namespace dateline::storage
