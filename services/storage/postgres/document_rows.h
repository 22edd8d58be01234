#pragma once
// Documents in PostgreSQL: the statements, and how rows become messages. Functions of a connection, for the bodies of
// reads and writes of the store; they belong to its transaction. Functions named Send only send a question; the
// ticket's answer is read by the function named Read. Nothing here is shared between threads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/document_plan.h"
#include "services/storage/site_lines.h"
#include "services/storage/store.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;
using sql::postgres::Result;

// 16 bytes that stand for a text which is too long for an index.
std::string HashOf(std::string_view text);

// The documents with these keys (NameToKey), and the latest of each of these URIs.
Connection::Ticket SendDocuments(Connection& connection, const std::vector<std::string>& keys);
Connection::Ticket SendLatestDocuments(Connection& connection, const std::vector<std::string>& uri_hashes);
absl::StatusOr<std::vector<DocumentRow>> ReadDocuments(const Result& rows);

absl::StatusOr<std::optional<DocumentRow>> FindDocument(Connection& connection, std::string_view name);
absl::StatusOr<std::optional<DocumentRow>> LatestDocument(Connection& connection, std::string_view uri);
absl::StatusOr<DocumentPage> SelectDocuments(Connection& connection, const DocumentQuery& query);
// The content, decompressed. DATA_LOSS when it is damaged, NOT_FOUND (CONTENT_REMOVED) when retention removed it.
absl::StatusOr<std::string> LoadContent(Connection& connection, const DocumentRow& row);

// Only sends. Gives a content that retention removed its bytes again.
void RefillContent(Connection& connection, int64_t id, const NewContent& content, uint64_t bytes);

void ClearRefresh(Connection& connection, int64_t document_id);

// Whether this sighting of the URI is kept already.
absl::StatusOr<bool> SightingKnown(Connection& connection, const v1::Document& sighting);
void InsertSighting(Connection& connection, const v1::Document& sighting, WallTime time);
// All sightings of the URI of a document, its versions included, in no order: of a document whose id is known, or of
// that of the latest revision of a release.
struct SightingTickets {
  Connection::Ticket documents = 0;
  Connection::Ticket further = 0;
};
SightingTickets SendSightings(Connection& connection, int64_t document_id);
SightingTickets SendSightingsOfRelease(Connection& connection, std::string_view uuid);
absl::StatusOr<std::vector<release::v1::Sighting>> TakeSightings(Connection& connection,
                                                                 const SightingTickets& tickets);

// What is counted of the lines of sites; the hash is that of the site.
absl::StatusOr<SiteLines> LoadSite(Connection& connection, std::string_view site);
void SaveSite(Connection& connection, std::string_view site, const SiteLines& lines);

// DATA_LOSS: what stands in the database is not what was stored.
absl::Status Damaged(std::string_view what);

}  // namespace dateline::storage::pg
