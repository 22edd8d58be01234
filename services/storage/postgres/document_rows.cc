#include "services/storage/postgres/document_rows.h"

#include <fmt/format.h>

#include <limits>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/sql/reasons.h"
#include "services/storage/content.h"

namespace dateline::storage::pg {
namespace {

using release::v1::Sighting;
using sql::postgres::Bytes;
using sql::postgres::Parameters;

#define DATELINE_PG_DOCUMENT_COLUMNS                                                                               \
  "d.id, d.content_id, d.record, d.state, d.failure, d.result, c.bytes, c.sha256, d.refresh FROM document d JOIN " \
  "content c ON "                                                                                                  \
  "c.id = d.content_id "

absl::StatusOr<DocumentRow> ReadDocument(const Result& rows, int i) {
  DocumentRow row;
  row.id = rows.Int64(i, 0);
  row.content_id = rows.Int64(i, 1);
  v1::Document& document = row.document;
  const std::string_view record = rows.Bytes(i, 2);
  if (!document.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return Damaged(fmt::format("document {} of the database", row.id));
  }
  document.set_state(static_cast<v1::Document::State>(rows.Int(i, 3)));
  document.set_failure(rows.String(i, 4));
  const std::string_view result = rows.Bytes(i, 5);
  if (!row.result.ParseFromArray(result.data(), static_cast<int>(result.size()))) return Damaged(document.name());
  for (const auto& release : row.result.releases()) document.add_releases(release.name());
  document.set_content_bytes(rows.Uint64(i, 6));
  document.set_content_sha256(BytesToHex(rows.Bytes(i, 7)));
  row.refresh = rows.Bool(i, 8);
  return row;
}

absl::StatusOr<std::optional<DocumentRow>> FirstOf(Connection& connection, Connection::Ticket ticket) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  if (rows.empty()) return std::optional<DocumentRow>();
  DATELINE_ASSIGN_OR_RETURN(DocumentRow row, ReadDocument(rows, 0));
  return std::optional<DocumentRow>(std::move(row));
}

Sighting ToSighting(const v1::Document& document, WallTime time) {
  Sighting sighting;
  sighting.set_source(document.source());
  sighting.set_uri(document.given_uri().empty() ? document.uri() : document.given_uri());
  sighting.set_guid(document.guid());
  *sighting.mutable_time() = ToTimestamp(time);
  return sighting;
}

// The place where a document was seen; its parts are told apart by their lengths.
std::string SightingHash(const v1::Document& document) {
  return HashOf(fmt::format("{}:{}{}:{}{}:{}{}", document.uri().size(), document.uri(), document.source().size(),
                            document.source(), document.given_uri().size(), document.given_uri(), document.guid()));
}

// Fills the page from rows that come newest first.
absl::StatusOr<DocumentPage> ReadPage(const Result& rows, const DocumentQuery& query) {
  DocumentPage page;
  size_t bytes = 0;
  Position last;
  for (int i = 0; i < rows.rows(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(DocumentRow row, ReadDocument(rows, i));
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
  return page;
}

}  // namespace

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, sql::kReasonDatabaseCorrupt,
               fmt::format("{} cannot be read back; restore the archive from a backup", what));
}

std::string HashOf(std::string_view text) {
  return Sha256Bytes(text).substr(0, 16);
}

Connection::Ticket SendDocuments(Connection& connection, const std::vector<std::string>& keys) {
  std::vector<Bytes> bytes;
  for (const std::string& key : keys) bytes.push_back({key});
  return connection.Send("SELECT " DATELINE_PG_DOCUMENT_COLUMNS "WHERE d.uuid = ANY ($1)", Parameters::Of(bytes));
}

Connection::Ticket SendLatestDocuments(Connection& connection, const std::vector<std::string>& uri_hashes) {
  std::vector<Bytes> bytes;
  for (const std::string& hash : uri_hashes) bytes.push_back({hash});
  // One search of the index for each URI, however many versions it has.
  return connection.Send(
      "SELECT l.* FROM unnest($1::bytea[]) AS wanted (hash) CROSS JOIN LATERAL (SELECT " DATELINE_PG_DOCUMENT_COLUMNS
      "WHERE d.uri_hash = wanted.hash ORDER BY d.version DESC LIMIT 1) l",
      Parameters::Of(bytes));
}

absl::StatusOr<std::vector<DocumentRow>> ReadDocuments(const Result& rows) {
  std::vector<DocumentRow> documents;
  for (int i = 0; i < rows.rows(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(DocumentRow row, ReadDocument(rows, i));
    documents.push_back(std::move(row));
  }
  return documents;
}

absl::StatusOr<std::optional<DocumentRow>> FindDocument(Connection& connection, std::string_view name) {
  return FirstOf(connection, SendDocuments(connection, {NameToKey(name)}));
}

absl::StatusOr<std::optional<DocumentRow>> LatestDocument(Connection& connection, std::string_view uri) {
  return FirstOf(connection, SendLatestDocuments(connection, {HashOf(uri)}));
}

absl::StatusOr<DocumentPage> SelectDocuments(Connection& connection, const DocumentQuery& query) {
  const int64_t before =
      query.after.has_value() ? static_cast<int64_t>(query.after->id) : std::numeric_limits<int64_t>::max();
  const auto state = static_cast<int>(query.state);
  const bool open_state = query.state == v1::Document::STATE_PENDING || query.state == v1::Document::STATE_FAILED;
  Connection::Ticket ticket = 0;
  if (!query.uri.empty()) {
    const std::string hash = HashOf(query.uri);
    ticket = connection.Send("SELECT " DATELINE_PG_DOCUMENT_COLUMNS
                             "WHERE d.uri_hash = $1 AND d.id < $2 AND ($3 = 0 OR d.state = $3) ORDER BY d.version DESC "
                             "LIMIT $4",
                             Parameters::Of(Bytes{hash}, before, state, query.limit + 1));
  } else if (open_state) {
    // The condition on the constant is what allows the partial index.
    ticket = connection.Send("SELECT " DATELINE_PG_DOCUMENT_COLUMNS
                             "WHERE d.state = $1 AND d.state <> 2 AND d.id < $2 ORDER BY d.id DESC LIMIT $3",
                             Parameters::Of(state, before, query.limit + 1));
  } else {
    ticket = connection.Send("SELECT " DATELINE_PG_DOCUMENT_COLUMNS
                             "WHERE d.id < $1 AND ($2 = 0 OR d.state = $2) ORDER BY d.id DESC LIMIT $3",
                             Parameters::Of(before, state, query.limit + 1));
  }
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  return ReadPage(rows, query);
}

absl::StatusOr<std::string> LoadContent(Connection& connection, const DocumentRow& row) {
  if (row.document.content_bytes() == 0) return ContentRemoved(row.document.name());
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT zstd FROM content WHERE id = $1", Parameters::Of(row.content_id)));
  if (rows.empty()) return Damaged(row.document.name());
  return DecompressContent(rows.Bytes(0, 0), row.document.content_bytes());
}

void RefillContent(Connection& connection, int64_t id, const NewContent& content, uint64_t bytes) {
  connection.Post("UPDATE content SET bytes = $2, zstd = $3 WHERE id = $1 AND bytes = 0",
                  Parameters::Of(id, bytes, Bytes{content.compressed}));
}

void ClearRefresh(Connection& connection, int64_t document_id) {
  connection.Post("UPDATE document SET refresh = false WHERE id = $1", Parameters::Of(document_id));
}

absl::StatusOr<bool> SightingKnown(Connection& connection, const v1::Document& sighting) {
  const std::string hash = SightingHash(sighting);
  const std::string uri_hash = HashOf(sighting.uri());
  const auto kept = connection.Send("SELECT 1 FROM sighting WHERE hash = $1", Parameters::Of(Bytes{hash}));
  const auto versions =
      connection.Send("SELECT record FROM document WHERE uri_hash = $1", Parameters::Of(Bytes{uri_hash}));
  DATELINE_ASSIGN_OR_RETURN(const Result kept_rows, connection.Take(kept));
  if (!kept_rows.empty()) return true;
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(versions));
  for (int i = 0; i < rows.rows(); ++i) {
    v1::Document document;
    if (!document.ParseFromString(rows.String(i, 0))) return Damaged(sighting.uri());
    if (SameSighting(document, sighting)) return true;
  }
  return false;
}

void InsertSighting(Connection& connection, const v1::Document& sighting, WallTime time) {
  const std::string hash = SightingHash(sighting);
  const std::string uri_hash = HashOf(sighting.uri());
  const std::string record = ToSighting(sighting, time).SerializeAsString();
  connection.Post("INSERT INTO sighting (hash, uri_hash, record) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
                  Parameters::Of(Bytes{hash}, Bytes{uri_hash}, Bytes{record}));
}

SightingTickets SendSightings(Connection& connection, int64_t document_id) {
  SightingTickets tickets;
  tickets.documents = connection.Send(
      "SELECT record, create_time_us FROM document WHERE uri_hash = (SELECT uri_hash FROM document WHERE id = $1)",
      Parameters::Of(document_id));
  tickets.further =
      connection.Send("SELECT record FROM sighting WHERE uri_hash = (SELECT uri_hash FROM document WHERE id = $1)",
                      Parameters::Of(document_id));
  return tickets;
}

#define DATELINE_PG_URI_OF_RELEASE                                                                               \
  "(SELECT d.uri_hash FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN document d ON d.id = " \
  "v.document_id WHERE r.uuid = $1)"

SightingTickets SendSightingsOfRelease(Connection& connection, std::string_view uuid) {
  SightingTickets tickets;
  tickets.documents =
      connection.Send("SELECT record, create_time_us FROM document WHERE uri_hash = " DATELINE_PG_URI_OF_RELEASE,
                      Parameters::Of(Bytes{uuid}));
  tickets.further = connection.Send("SELECT record FROM sighting WHERE uri_hash = " DATELINE_PG_URI_OF_RELEASE,
                                    Parameters::Of(Bytes{uuid}));
  return tickets;
}

absl::StatusOr<std::vector<Sighting>> TakeSightings(Connection& connection, const SightingTickets& tickets) {
  std::vector<Sighting> sightings;
  DATELINE_ASSIGN_OR_RETURN(const Result document_rows, connection.Take(tickets.documents));
  for (int i = 0; i < document_rows.rows(); ++i) {
    v1::Document document;
    if (!document.ParseFromString(document_rows.String(i, 0))) return Damaged("a document");
    const WallTime time =
        document.has_fetch_time() ? FromTimestamp(document.fetch_time()) : FromMicros(document_rows.Int64(i, 1));
    sightings.push_back(ToSighting(document, time));
  }
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(tickets.further));
  for (int i = 0; i < rows.rows(); ++i) {
    if (!sightings.emplace_back().ParseFromString(rows.String(i, 0))) return Damaged("a sighting");
  }
  return sightings;
}

absl::StatusOr<SiteLines> LoadSite(Connection& connection, std::string_view site) {
  const std::string hash = HashOf(site);
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT lines FROM site WHERE hash = $1", Parameters::Of(Bytes{hash})));
  if (rows.empty()) return SiteLines();
  std::optional<SiteLines> lines = SiteLines::Parse(rows.Bytes(0, 0));
  if (!lines.has_value()) return Damaged(fmt::format("what is known of the lines of {}", site));
  return *std::move(lines);
}

void SaveSite(Connection& connection, std::string_view site, const SiteLines& lines) {
  const std::string hash = HashOf(site);
  const std::string bytes = lines.Serialize();
  connection.Post(
      "INSERT INTO site (hash, lines) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET lines = excluded.lines",
      Parameters::Of(Bytes{hash}, Bytes{bytes}));
}

}  // namespace dateline::storage::pg
