#pragma once
// What stands between a stored document and the library, and between the library's answer and storage: how the one is
// given in, how a release is named, and what is committed. Pure and thread-safe.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/events/v1/event_log_service.pb.h"
#include "dateline/extraction/v1/extraction_service.pb.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/extraction/extract.h"

namespace dateline::extraction {

// What the library makes of a stored document, with name, URI and extractor of every release set.
absl::StatusOr<Extraction> ExtractDocument(const Extractor& extractor, const storage::v1::Document& document);

// The same for a call. The name is empty when the URI has no canonical form. `explanation` may be null.
absl::StatusOr<Extraction> ExtractRequest(const Extractor& extractor, const v1::ExtractReleasesRequest& request,
                                          Explanation* explanation = nullptr);

// The releases to store of a document: its items, or itself.
std::vector<release::v1::Release> TakeReleases(Extraction extraction);

// An explanation as the response of a call carries it.
void ToProto(const Explanation& explanation, v1::ExtractReleasesResponse* response);

// "releases/{UUID version 5 of the canonical URI}".
std::string ReleaseName(const std::string& canonical_uri);

// A failure as documents and answers carry it: "REASON: message", of bounded length.
std::string Failure(const absl::Status& status);

// Whether an error of the library is the document's fault, so that another attempt gives the same.
bool IsPermanent(const absl::Status& status);

// What to commit for a document: its releases and the hashes of its lines; no release when the page holds none; the
// failure when it cannot be read.
storage::v1::CommitReleasesRequest MakeCommit(const std::string& document, const events::v1::LeaseReference& lease,
                                              absl::StatusOr<Extraction> result);

}  // namespace dateline::extraction
