#pragma once
// Two revisions of a release side by side, as the RPC answers them. Pure and thread-safe.

#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::storage {

// The edits of the text and the changes of the record. Two revisions that differ in typesetting only, which storage
// does not make by itself, are COSMETIC.
v1::DiffReleaseRevisionsResponse DescribeDiff(const release::v1::Release& before, const release::v1::Release& after);

}  // namespace dateline::storage
