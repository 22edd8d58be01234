#include "services/storage/sqlite/document_rows.h"

#include <fmt/format.h>

#include <limits>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/content.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

constexpr std::string_view kColumns =
    "SELECT d.id, d.content_id, d.uuid, d.uri, d.version, d.create_time_us, d.fetch_time_us, d.source, d.content_type, "
    "d.charset, d.guid, d.given_uri, d.feed_hints, d.state, d.failure, d.result, c.bytes, c.sha256, d.refresh "
    "FROM document d JOIN content c ON c.id = d.content_id ";

std::string Select(std::string_view rest) {
  return fmt::format("{}{}", kColumns, rest);
}

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("{} cannot be read back; restore the archive from a backup", what));
}

absl::StatusOr<DocumentRow> ReadRow(const Statement& statement) {
  DocumentRow row;
  row.id = statement.ColumnInt64(0);
  row.content_id = statement.ColumnInt64(1);
  v1::Document& document = row.document;
  document.set_name("documents/" + KeyToUuid(statement.ColumnBlob(2)));
  document.set_uri(statement.ColumnString(3));
  document.set_version(static_cast<uint32_t>(statement.ColumnInt64(4)));
  *document.mutable_create_time() = ToTimestamp(FromMicros(statement.ColumnInt64(5)));
  if (!statement.ColumnIsNull(6)) *document.mutable_fetch_time() = ToTimestamp(FromMicros(statement.ColumnInt64(6)));
  document.set_source(statement.ColumnString(7));
  document.set_content_type(statement.ColumnString(8));
  document.set_charset(statement.ColumnString(9));
  document.set_guid(statement.ColumnString(10));
  document.set_given_uri(statement.ColumnString(11));
  if (!statement.ColumnIsNull(12)) {
    const std::string_view hints = statement.ColumnBlob(12);
    if (!document.mutable_feed_hints()->ParseFromArray(hints.data(), static_cast<int>(hints.size()))) {
      return Damaged(document.name());
    }
  }
  document.set_state(static_cast<v1::Document::State>(statement.ColumnInt(13)));
  document.set_failure(statement.ColumnString(14));
  const std::string_view result = statement.ColumnBlob(15);
  if (!row.result.ParseFromArray(result.data(), static_cast<int>(result.size()))) return Damaged(document.name());
  for (const auto& release : row.result.releases()) document.add_releases(release.name());
  document.set_content_bytes(statement.ColumnUint64(16));
  document.set_content_sha256(BytesToHex(statement.ColumnBlob(17)));
  row.refresh = statement.ColumnBool(18);
  return row;
}

absl::StatusOr<std::optional<DocumentRow>> ReadOne(Statement& statement) {
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return std::optional<DocumentRow>();
  DATELINE_ASSIGN_OR_RETURN(DocumentRow row, ReadRow(statement));
  return std::optional<DocumentRow>(std::move(row));
}

absl::StatusOr<int64_t> ContentId(Connection& connection, const NewContent& content, uint64_t bytes) {
  {
    Statement find(connection, "SELECT id, bytes FROM content WHERE sha256 = ?1");
    find.Bind(1, Blob{content.sha256});
    DATELINE_ASSIGN_OR_RETURN(const bool found, find.Step());
    if (found) {
      const int64_t id = find.ColumnInt64(0);
      if (find.ColumnInt64(1) != 0 || bytes == 0) return id;
      // Retention removed its bytes, and here they are again.
      Statement refill(connection, "UPDATE content SET bytes = ?2, zstd = ?3 WHERE id = ?1");
      refill.BindAll(id, bytes, Blob{content.compressed});
      DATELINE_RETURN_IF_ERROR(refill.Run());
      return id;
    }
  }
  Statement insert(connection, "INSERT INTO content (sha256, bytes, zstd) VALUES (?1, ?2, ?3)");
  insert.BindAll(Blob{content.sha256}, bytes, Blob{content.compressed});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  return connection.last_insert_rowid();
}

// Reads the rows of a list until the page is full or they are older than asked for.
absl::StatusOr<DocumentPage> ReadPage(Statement& statement, const DocumentQuery& query) {
  DocumentPage page;
  size_t bytes = 0;
  Position last;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return page;
    DATELINE_ASSIGN_OR_RETURN(DocumentRow row, ReadRow(statement));
    // Times ascend with ids, so nothing behind this row can be young enough.
    if (query.start_time.has_value() && FromTimestamp(row.document.create_time()) < *query.start_time) return page;
    bytes += row.document.ByteSizeLong();
    if (static_cast<int>(page.documents.size()) == query.limit ||
        (!page.documents.empty() && bytes > query.bytes_max)) {
      page.next = last;
      return page;
    }
    last.id = static_cast<uint64_t>(row.id);
    page.documents.push_back(std::move(row.document));
  }
}

}  // namespace

absl::StatusOr<std::optional<DocumentHead>> FindDocumentHead(Connection& connection, std::string_view name) {
  Statement statement(connection, "SELECT id, state, refresh, result FROM document WHERE uuid = ?1");
  const std::string key = NameToKey(name);
  statement.Bind(1, Blob{key});
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return std::optional<DocumentHead>();
  DocumentHead head;
  head.id = statement.ColumnInt64(0);
  head.state = static_cast<v1::Document::State>(statement.ColumnInt(1));
  head.refresh = statement.ColumnBool(2);
  const std::string_view result = statement.ColumnBlob(3);
  if (!head.result.ParseFromArray(result.data(), static_cast<int>(result.size()))) return Damaged(name);
  return std::optional<DocumentHead>(std::move(head));
}

absl::StatusOr<std::optional<DocumentRow>> FindDocument(Connection& connection, std::string_view name) {
  static const std::string sql = Select("WHERE d.uuid = ?1");
  const std::string key = NameToKey(name);
  Statement statement(connection, sql);
  statement.Bind(1, Blob{key});
  return ReadOne(statement);
}

absl::StatusOr<std::optional<DocumentRow>> LatestDocument(Connection& connection, std::string_view uri) {
  static const std::string sql = Select("WHERE d.uri = ?1 ORDER BY d.version DESC LIMIT 1");
  Statement statement(connection, sql);
  statement.Bind(1, uri);
  return ReadOne(statement);
}

absl::StatusOr<DocumentPage> SelectDocuments(Connection& connection, const DocumentQuery& query) {
  static const std::string of_uri =
      Select("WHERE d.uri = ?1 AND d.id < ?2 AND (?3 = 0 OR d.state = ?3) ORDER BY d.version DESC LIMIT ?4");
  // The condition on the constant is what lets SQLite use the partial index.
  static const std::string unfinished =
      Select("WHERE d.state = ?3 AND d.state <> 2 AND d.id < ?2 ORDER BY d.id DESC LIMIT ?4");
  static const std::string any = Select("WHERE d.id < ?2 AND (?3 = 0 OR d.state = ?3) ORDER BY d.id DESC LIMIT ?4");
  const bool open_state = query.state == v1::Document::STATE_PENDING || query.state == v1::Document::STATE_FAILED;
  const std::string& sql = !query.uri.empty() ? of_uri : open_state ? unfinished : any;
  Statement statement(connection, sql);
  if (!query.uri.empty()) statement.Bind(1, query.uri);
  const int64_t before =
      query.after.has_value() ? static_cast<int64_t>(query.after->id) : std::numeric_limits<int64_t>::max();
  statement.Bind(2, before).Bind(3, static_cast<int>(query.state)).Bind(4, query.limit + 1);
  return ReadPage(statement, query);
}

absl::StatusOr<std::string> LoadContent(Connection& connection, const DocumentRow& row) {
  if (row.document.content_bytes() == 0) return ContentRemoved(row.document.name());
  Statement statement(connection, "SELECT zstd FROM content WHERE id = ?1");
  statement.Bind(1, row.content_id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return Damaged(row.document.name());
  return DecompressContent(statement.ColumnBlob(0), row.document.content_bytes());
}

absl::Status InsertDocument(Connection& connection, const v1::Document& document, const NewContent& content) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t content_id, ContentId(connection, content, document.content_bytes()));
  Statement insert(connection,
                   "INSERT INTO document (uuid, uri, version, content_id, create_time_us, fetch_time_us, source, "
                   "content_type, charset, guid, given_uri, feed_hints, state) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
  const std::string key = NameToKey(document.name());
  insert.Bind(1, Blob{key}).Bind(2, document.uri()).Bind(3, document.version()).Bind(4, content_id);
  insert.Bind(5, ToMicros(FromTimestamp(document.create_time())));
  if (document.has_fetch_time()) {
    insert.Bind(6, ToMicros(FromTimestamp(document.fetch_time())));
  } else {
    insert.Bind(6, nullptr);
  }
  insert.Bind(7, document.source()).Bind(8, document.content_type()).Bind(9, document.charset());
  insert.Bind(10, document.guid()).Bind(11, document.given_uri());
  std::string hints;
  if (document.has_feed_hints()) {
    hints = document.feed_hints().SerializeAsString();
    insert.Bind(12, Blob{hints});
  } else {
    insert.Bind(12, nullptr);
  }
  insert.Bind(13, static_cast<int>(v1::Document::STATE_PENDING));
  return insert.Run();
}

absl::Status UpdateDocumentResult(Connection& connection, int64_t id, v1::Document::State state,
                                  std::string_view failure, const v1::CommitReleasesResponse& result) {
  Statement update(connection, "UPDATE document SET state = ?2, failure = ?3, result = ?4 WHERE id = ?1");
  const std::string bytes = result.SerializeAsString();
  update.BindAll(id, static_cast<int>(state), failure, Blob{bytes});
  return update.Run();
}

absl::StatusOr<bool> SightingKnown(Connection& connection, const v1::Document& sighting) {
  Statement statement(
      connection,
      "SELECT 1 FROM sighting WHERE uri = ?1 AND source = ?2 AND given_uri = ?3 AND guid = ?4 UNION ALL "
      "SELECT 1 FROM document WHERE uri = ?1 AND source = ?2 AND given_uri = ?3 AND guid = ?4 LIMIT 1");
  statement.BindAll(sighting.uri(), sighting.source(), sighting.given_uri(), sighting.guid());
  return statement.Step();
}

absl::Status InsertSighting(Connection& connection, const v1::Document& sighting, WallTime time) {
  Statement insert(connection,
                   "INSERT OR IGNORE INTO sighting (uri, source, given_uri, guid, time_us) "
                   "VALUES (?1, ?2, ?3, ?4, ?5)");
  insert.BindAll(sighting.uri(), sighting.source(), sighting.given_uri(), sighting.guid(), ToMicros(time));
  return insert.Run();
}

absl::StatusOr<std::vector<release::v1::Sighting>> LoadSightings(Connection& connection, int64_t document_id) {
  Statement statement(connection,
                      "SELECT source, given_uri, guid, coalesce(fetch_time_us, create_time_us), uri FROM document "
                      "WHERE uri = (SELECT uri FROM document WHERE id = ?1) UNION ALL "
                      "SELECT source, given_uri, guid, time_us, uri FROM sighting "
                      "WHERE uri = (SELECT uri FROM document WHERE id = ?1)");
  statement.Bind(1, document_id);
  std::vector<release::v1::Sighting> sightings;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return sightings;
    release::v1::Sighting sighting;
    sighting.set_source(statement.ColumnString(0));
    sighting.set_uri(statement.ColumnText(1).empty() ? statement.ColumnString(4) : statement.ColumnString(1));
    sighting.set_guid(statement.ColumnString(2));
    *sighting.mutable_time() = ToTimestamp(FromMicros(statement.ColumnInt64(3)));
    sightings.push_back(std::move(sighting));
  }
}

}  // namespace dateline::storage
