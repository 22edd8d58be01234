#pragma once
// The bounds of the archive, in one place. Those that an operator may want to move are configuration keys (app.h);
// these are part of the contract or protect the process itself.

#include <cstddef>
#include <cstdint>

#include "common/text/limits.h"

namespace dateline::storage {

// What one document may weigh, before compression.
inline constexpr size_t kDocumentBytesMax = text::kMaxDocumentBytes;
inline constexpr size_t kUriBytesMax = 8 * 1024;
// The other texts of a document (content type, charset, guid, source) and all feed hints together.
inline constexpr size_t kDocumentTextBytesMax = 8 * 1024;
inline constexpr size_t kFeedHintsBytesMax = 640 * 1024;
inline constexpr size_t kFailureBytesMax = 2 * 1024;

// What one document may give.
inline constexpr int kReleasesPerDocumentMax = 100;
inline constexpr size_t kReleaseTextBytesMax = size_t{4} << 20;
inline constexpr size_t kReleaseBytesMax = size_t{8} << 20;

inline constexpr int kBatchMax = 100;
// A page ends before it grows beyond this, so that an answer stays below gRPC's limit of 4 MiB.
inline constexpr size_t kPageBytesMax = size_t{3} << 20;

// How many releases one call reads to evaluate a filter on them that no index decides; the page then ends early, with a
// token to go on.
inline constexpr int kFilterScanMax = 50'000;
// How many matches a search ranks and counts; of more than that the latest.
inline constexpr int kSearchCandidatesMax = 10'000;
// How many matches are counted for facets, and put in the order of publication; of more than that the latest.
inline constexpr int kFacetMatchesMax = 100'000;
// Values that a facet answers, and that one release counts with.
inline constexpr size_t kFacetValuesMax = 50;
inline constexpr size_t kFacetsPerReleaseMax = 256;
// A search that finds fewer may be answered with a better spelling.
inline constexpr int kSuggestBelow = 3;
inline constexpr size_t kQueryBytesMax = 1024;
inline constexpr size_t kQueryTermsMax = 64;
inline constexpr size_t kSnippetBytesMax = 320;
inline constexpr size_t kHighlightsMax = 64;
// How far into a text a snippet is looked for.
inline constexpr size_t kSnippetTextBytesMax = 256 * 1024;

// The first sighting and the latest ones of a release.
inline constexpr size_t kSightingsMax = 51;

// What an event says of a change; an event whose data exceed eventlog::kEventDataBytesMax is thinned.
inline constexpr size_t kThinTitleBytesMax = 1024;
inline constexpr size_t kChangeValueBytesMax = 200;
inline constexpr int kChangesMax = 64;

}  // namespace dateline::storage
