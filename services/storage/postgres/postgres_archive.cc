#include "services/storage/postgres/postgres_archive.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_backup.h"
#include "services/storage/administration/verification.h"
#include "services/storage/postgres/archive_rows.h"
#include "services/storage/postgres/derived_rows.h"

namespace dateline::storage {
namespace {

using sql::postgres::Connection;
using sql::postgres::Result;

// One finding for each row of two numbers or texts that the statement gives as texts.
absl::Status FindRows(Connection& connection, std::string_view sql, std::string_view what,
                      v1::VerifyArchiveReport* report) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query(sql));
  for (int i = 0; i < rows.rows(); ++i) {
    AddFinding(fmt::format(fmt::runtime(what), rows.String(i, 0), rows.String(i, 1)), report);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PostgresArchive::Read(const Body& body) {
  return database_.Read([&](Connection& connection) {
    pg::PostgresArchiveRows rows(connection, nullptr);
    return body(rows);
  });
}

absl::Status PostgresArchive::Write(const Body& body) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    // In the order in which derivation takes its locks: whoever waits here holds nothing that it needs.
    DATELINE_RETURN_IF_ERROR(pg::LockDerivedGeneration(connection).status());
    eventlog::EventAppender appender(log_, connection);
    pg::PostgresArchiveRows rows(connection, &appender);
    DATELINE_RETURN_IF_ERROR(body(rows));
    rows.Finish();
    appender.Finish();
    return absl::OkStatus();
  });
}

absl::Status PostgresArchive::Backup(const std::string& path) {
  return BackUpByExport(*this, path);
}

absl::Status PostgresArchive::PurgeIndex() {
  // What was taken out may wait in the pending list of the index; vacuum moves it.
  return absl::OkStatus();
}

absl::Status PostgresArchive::VerifyStructure(v1::VerifyArchiveReport* report) {
  v1::VerifyArchiveReport found;
  const auto check = [&](Connection& connection) -> absl::Status {
    found = *report;
    DATELINE_RETURN_IF_ERROR(
        FindRows(connection,
                 "SELECT t.topic, (t.head - l.low_water + 1 - count(e.sequence))::text FROM event_topic t JOIN "
                 "event_low_water l ON l.topic = t.topic LEFT JOIN event e ON e.topic = t.topic GROUP BY t.topic, "
                 "t.head, l.low_water HAVING count(e.sequence) <> t.head - l.low_water + 1",
                 "topic {0}: {1} events are missing", &found));
    DATELINE_RETURN_IF_ERROR(
        FindRows(connection,
                 "SELECT r.id::text, r.revision::text FROM release r LEFT JOIN release_revision v ON v.release_id = "
                 "r.id GROUP BY r.id HAVING count(v.id) <> r.revision OR max(v.revision) <> r.revision",
                 "release {0}: its revisions are not those from 1 to {1}", &found));
    DATELINE_RETURN_IF_ERROR(
        FindRows(connection,
                 "SELECT r.id::text, r.revision_id::text FROM release r LEFT JOIN release_revision v ON v.id = "
                 "r.revision_id WHERE v.id IS NULL OR v.release_id <> r.id OR v.revision <> r.revision",
                 "release {0}: revision {1} of the database is not its latest", &found));
    DATELINE_RETURN_IF_ERROR(
        FindRows(connection,
                 "SELECT r.id::text, r.revision::text FROM release r WHERE NOT EXISTS (SELECT 1 FROM release_search s "
                 "WHERE s.release_id = r.id)",
                 "release {0} is not in the search index", &found));
    DATELINE_RETURN_IF_ERROR(
        FindRows(connection,
                 "SELECT c.releases::text, (SELECT count(*) FROM release)::text FROM archive_count c WHERE c.releases "
                 "<> (SELECT count(*) FROM release)",
                 "the archive counts {0} releases and holds {1}", &found));
    DATELINE_ASSIGN_OR_RETURN(const Result events, connection.Query("SELECT count(*) FROM event"));
    found.set_event_count(events.Uint64(0, 0));
    return absl::OkStatus();
  };
  DATELINE_RETURN_IF_ERROR(database_.Read(check));
  *report = std::move(found);
  return absl::OkStatus();
}

}  // namespace dateline::storage
