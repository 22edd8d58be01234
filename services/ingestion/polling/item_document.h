#pragma once
// Documents for the archive out of items: the fetched page, or what the source itself carries. An item keeps the URI
// under which the archive has it once, wherever it moves: so its release keeps its name. Pure functions.

#include <optional>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/http/fetcher.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

// Whether the item has an address of its own that can be fetched.
bool HasPage(const ItemRecord& item, const v1::Source& source);

// The page as a document. Errors as of PreparePage.
absl::StatusOr<storage::v1::Document> PageDocument(const ItemRecord& item, http::Response page, WallTime now);

// What the source says as a document; nullopt when that is nothing but a title.
std::optional<storage::v1::Document> ContentDocument(const ItemRecord& item, WallTime now);

}  // namespace dateline::ingestion
