#include "services/storage/sqlite/index_rebuild.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/sql/statement.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/release_record.h"
#include "services/storage/search_text.h"
#include "services/storage/sqlite/archive_setting.h"
#include "services/storage/sqlite/search_index.h"

namespace dateline::storage {
namespace {

using sql::Connection;
using sql::Statement;

// Releases that one transaction takes.
constexpr int kRebuildBatch = 200;
// Changes with the terms, and with what stands beside them here: facets and days.
constexpr uint64_t kIndexVersion = 100 * kSearchTextVersion + 1;

// Of the index as it is; 0 while it is made.
constexpr std::string_view kVersion = "search_text_version";
// Of the index that is being made, and the last release that is in it.
constexpr std::string_view kNextVersion = "search_rebuild_version";
constexpr std::string_view kMadeUpTo = "search_rebuild_up_to";

struct Progress {
  uint64_t version = 0;
  int64_t up_to = 0;  // The last release that is in the index.
  int64_t last = 0;   // That is in the archive.
};

absl::StatusOr<Progress> ReadProgress(Connection& connection) {
  Progress progress;
  DATELINE_ASSIGN_OR_RETURN(progress.version, ArchiveSetting(connection, kVersion));
  DATELINE_ASSIGN_OR_RETURN(const uint64_t next, ArchiveSetting(connection, kNextVersion));
  if (progress.version == 0 && next == kIndexVersion) {
    DATELINE_ASSIGN_OR_RETURN(const uint64_t up_to, ArchiveSetting(connection, kMadeUpTo));
    progress.up_to = static_cast<int64_t>(up_to);
  }
  Statement last(connection, "SELECT coalesce(max(id), 0) FROM release");
  DATELINE_ASSIGN_OR_RETURN(const bool found, last.Step());
  if (found) progress.last = last.ColumnInt64(0);
  return progress;
}

absl::Status Begin(Connection& connection) {
  DATELINE_RETURN_IF_ERROR(connection.Execute(
      "INSERT INTO release_search (release_search) VALUES ('delete-all'); DELETE FROM release_facet; DELETE FROM "
      "release_days;"));
  DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kVersion, 0));
  DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kMadeUpTo, 0));
  return SetArchiveSetting(connection, kNextVersion, kIndexVersion);
}

absl::Status Finish(Connection& connection) {
  DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kVersion, kIndexVersion));
  return SetArchiveSetting(connection, kNextVersion, 0);
}

// Adds the next releases behind `*up_to`, which moves on, and answers how many: fewer than kRebuildBatch at the end.
absl::StatusOr<int> AddBatch(Connection& connection, int64_t* up_to) {
  Statement statement(
      connection,
      "SELECT r.id, v.record, r.create_time_us FROM release r JOIN release_revision v ON v.id = r.revision_id "
      "WHERE r.id > ?1 ORDER BY r.id LIMIT ?2");
  statement.BindAll(*up_to, kRebuildBatch);
  IndexWriter writer(connection);
  int count = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    *up_to = statement.ColumnInt64(0);
    release::v1::Release release;
    const std::string_view record = statement.ColumnBlob(1);
    if (!release.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      return Error(
          absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
          fmt::format("release {} of the database cannot be read back; restore the archive from a backup", *up_to));
    }
    DATELINE_RETURN_IF_ERROR(writer.Add(*up_to, IndexRelease(release, FromMicros(statement.ColumnInt64(2)))));
    ++count;
  }
  DATELINE_RETURN_IF_ERROR(writer.Finish());
  DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kMadeUpTo, static_cast<uint64_t>(*up_to)));
  return count;
}

}  // namespace

absl::Status BringIndexUpToDate(sql::Database& database, const sql::Upgrading& upgrading) {
  Progress progress;
  DATELINE_RETURN_IF_ERROR(database.Read([&progress](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(progress, ReadProgress(connection));
    return absl::OkStatus();
  }));
  if (progress.version == kIndexVersion) return absl::OkStatus();
  if (progress.up_to == 0) DATELINE_RETURN_IF_ERROR(database.WriteAndWait(Begin));
  int64_t releases = 0;
  for (int added = kRebuildBatch; added == kRebuildBatch; releases += added) {
    if (upgrading && progress.last > 0)
      upgrading(fmt::format("the index of search is made anew: {} of {} releases", progress.up_to, progress.last));
    DATELINE_RETURN_IF_ERROR(database.WriteAndWait([&progress, &added](Connection& connection) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(added, AddBatch(connection, &progress.up_to));
      return absl::OkStatus();
    }));
  }
  DATELINE_RETURN_IF_ERROR(database.WriteAndWait(Finish));
  if (releases > 0) {
    log::Info("search_index_rebuilt",
              {{"from_version", progress.version}, {"to_version", kIndexVersion}, {"releases", releases}});
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
