#pragma once
// Documents in SQLite: the statements, and how rows become messages. Functions of a connection, for the bodies of reads
// and writes of the store; they belong to its transaction. Nothing here is shared between threads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/document_plan.h"
#include "services/storage/store.h"

namespace dateline::storage {

// What a commit has to know of its document.
struct DocumentHead {
  int64_t id = 0;
  v1::Document::State state = v1::Document::STATE_UNSPECIFIED;
  bool refresh = false;
  v1::CommitReleasesResponse result;
};
absl::StatusOr<std::optional<DocumentHead>> FindDocumentHead(sql::Connection& connection, std::string_view name);

absl::StatusOr<std::optional<DocumentRow>> FindDocument(sql::Connection& connection, std::string_view name);
absl::StatusOr<std::optional<DocumentRow>> LatestDocument(sql::Connection& connection, std::string_view uri);
absl::StatusOr<DocumentPage> SelectDocuments(sql::Connection& connection, const DocumentQuery& query);
// The content, decompressed. DATA_LOSS when it is damaged, NOT_FOUND (CONTENT_REMOVED) when retention removed it.
absl::StatusOr<std::string> LoadContent(sql::Connection& connection, const DocumentRow& row);

// Stores the content, unless it is there, and the document as pending. The message's name, version, size, hash and
// create_time are set.
absl::Status InsertDocument(sql::Connection& connection, const v1::Document& document, const NewContent& content);
absl::Status UpdateDocumentResult(sql::Connection& connection, int64_t id, v1::Document::State state,
                                  std::string_view failure, const v1::CommitReleasesResponse& result);

// Whether this sighting of the URI is kept already.
absl::StatusOr<bool> SightingKnown(sql::Connection& connection, const v1::Document& sighting);
absl::Status InsertSighting(sql::Connection& connection, const v1::Document& sighting, WallTime time);
// All sightings of the URI of a document, its versions included, in no order.
absl::StatusOr<std::vector<release::v1::Sighting>> LoadSightings(sql::Connection& connection, int64_t document_id);

}  // namespace dateline::storage
