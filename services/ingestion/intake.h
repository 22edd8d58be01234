#pragma once
// The door of the archive: decides whether content can be a document and makes the record that storage gets. Pure: no
// network, no clock, no gRPC; the time comes in. Thread-safe.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/http/fetcher.h"
#include "dateline/ingestion/v1/ingest_service.pb.h"
#include "dateline/storage/v1/document_service.pb.h"

namespace dateline::ingestion {

// What to store for a pushed document. `now` is its fetch time when it gives none. Errors, all INVALID_ARGUMENT:
// INVALID_URI, EMPTY_DOCUMENT, BINARY_CONTENT, INVALID_UTF8, UNKNOWN_CHARSET, DOCUMENT_TOO_LARGE.
absl::StatusOr<storage::v1::PutDocumentRequest> PrepareDocument(const v1::IngestDocumentRequest& request, WallTime now);

// What to store for a fetched page. `response` is consumed. Errors as above, and FAILED_PRECONDITION HTTP_STATUS.
absl::StatusOr<storage::v1::PutDocumentRequest> PreparePage(const v1::IngestUrlRequest& request,
                                                            http::Response response, WallTime now);

// The URL to fetch. INVALID_URI unless it is an http or https URL that has a canonical form.
absl::StatusOr<std::string> FetchableUrl(const v1::IngestUrlRequest& request);

}  // namespace dateline::ingestion
