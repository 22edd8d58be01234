#include "services/storage/sqlite/sqlite_archive.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/administration/verification.h"
#include "services/storage/sqlite/archive_rows.h"

namespace dateline::storage {
namespace {

using sql::Connection;
using sql::Statement;

// Reads a copy back: it has to be a whole database.
absl::Status CheckCopy(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(auto copy, Connection::Open({.path = path, .read_only = true}));
  Statement check(*copy, "PRAGMA integrity_check(1)");
  DATELINE_ASSIGN_OR_RETURN(const bool found, check.Step());
  if (found && check.ColumnText(0) == "ok") return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
               fmt::format("the copy {} is damaged: {}; check the disk and back up again", path,
                           found ? check.ColumnString(0) : "it cannot be read"),
               {{"path", path}});
}

// One finding for each row of two columns that the statement gives.
absl::Status FindRows(Connection& connection, std::string_view sql, std::string_view what,
                      v1::VerifyArchiveReport* report) {
  Statement statement(connection, sql);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return absl::OkStatus();
    AddFinding(fmt::format(fmt::runtime(what), statement.ColumnString(0), statement.ColumnString(1)), report);
  }
}

absl::StatusOr<int64_t> Count(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnInt64(0) : int64_t{0};
}

absl::Status CheckPages(Connection& connection, v1::VerifyArchiveReport* report) {
  Statement pages(connection, "PRAGMA quick_check(100)");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, pages.Step());
    if (!found) break;
    if (pages.ColumnText(0) != "ok") AddFinding(fmt::format("database: {}", pages.ColumnText(0)), report);
  }
  return FindRows(connection, "SELECT \"table\", rowid FROM pragma_foreign_key_check", "row {1} of {0} names no other",
                  report);
}

}  // namespace

absl::Status SqliteArchive::Read(const Body& body) {
  return database_.Read([&](Connection& connection) {
    SqliteArchiveRows rows(connection, log_);
    return body(rows);
  });
}

absl::Status SqliteArchive::Write(const Body& body) {
  return database_.WriteAndWait([&](Connection& connection) {
    SqliteArchiveRows rows(connection, log_);
    return body(rows);
  });
}

absl::Status SqliteArchive::WriteOver(const Body& body) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(connection.Execute("PRAGMA secure_delete=ON"));
    forget_();
    SqliteArchiveRows rows(connection, log_);
    return body(rows);
  });
}

absl::Status SqliteArchive::Backup(const std::string& path) {
  DATELINE_RETURN_IF_ERROR(
      database_.Backup(path, [](Connection& copy) { return eventlog::SqliteEventLog::RenewEpoch(copy); }));
  return CheckCopy(path);
}

absl::Status SqliteArchive::Reload() {
  DATELINE_RETURN_IF_ERROR(log_.ReloadEpoch());
  // On the writing thread, which owns what is counted.
  return database_.WriteAndWait([this](Connection&) { return recount_(); });
}

absl::Status SqliteArchive::PurgeIndex() {
  // The terms that were taken out stand in old segments of the index until these are merged.
  return database_.WriteAndWait([](Connection& connection) {
    return connection.Execute(
        "PRAGMA secure_delete=ON; INSERT INTO release_search (release_search) VALUES ('optimize')");
  });
}

absl::Status SqliteArchive::VerifyStructure(v1::VerifyArchiveReport* report) {
  // A connection of its own: to read every page takes longer than a read of the pool may.
  DATELINE_ASSIGN_OR_RETURN(auto own, Connection::Open({.path = database_.path(), .read_only = true}));
  Connection& connection = *own;
  DATELINE_RETURN_IF_ERROR(CheckPages(connection, report));
  DATELINE_RETURN_IF_ERROR(FindRows(connection,
                                    "SELECT t.topic, t.head - t.low_water + 1 - count(e.sequence) FROM event_topic t "
                                    "LEFT JOIN event e ON e.topic = t.topic GROUP BY t.topic, t.head, t.low_water "
                                    "HAVING count(e.sequence) <> t.head - t.low_water + 1",
                                    "topic {0}: {1} events are missing", report));
  DATELINE_RETURN_IF_ERROR(FindRows(connection,
                                    "SELECT r.id, r.revision FROM release r LEFT JOIN release_revision v "
                                    "ON v.release_id = r.id GROUP BY r.id HAVING count(v.id) <> r.revision OR "
                                    "max(v.revision) <> r.revision",
                                    "release {0}: its revisions are not those from 1 to {1}", report));
  DATELINE_RETURN_IF_ERROR(FindRows(connection,
                                    "SELECT r.id, r.revision_id FROM release r LEFT JOIN release_revision v "
                                    "ON v.id = r.revision_id WHERE v.id IS NULL OR v.release_id <> r.id OR "
                                    "v.revision <> r.revision",
                                    "release {0}: revision {1} of the database is not its latest", report));
  DATELINE_RETURN_IF_ERROR(FindRows(connection,
                                    "SELECT id, revision FROM release WHERE id NOT IN (SELECT release_id FROM "
                                    "release_facet)",
                                    "release {0} has no facets", report));
  DATELINE_ASSIGN_OR_RETURN(const int64_t events, Count(connection, "SELECT count(*) FROM event"));
  DATELINE_ASSIGN_OR_RETURN(const int64_t releases, Count(connection, "SELECT count(*) FROM release"));
  DATELINE_ASSIGN_OR_RETURN(const int64_t indexed, Count(connection, "SELECT count(*) FROM release_search_docsize"));
  report->set_event_count(static_cast<uint64_t>(events));
  if (releases != indexed) {
    AddFinding(fmt::format("the search index holds {} releases, the archive {}", indexed, releases), report);
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
