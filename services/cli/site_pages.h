#pragma once
// Learns from a folder with pages of one site which lines are the site's, as the archive does over the documents that
// it holds, so that a single page can be read offline with that knowledge. Reads files; pure otherwise.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/extraction/extract.h"

namespace dateline::cli {

// Fewer pages tell nothing about a site, more tell nothing new.
inline constexpr size_t kSitePagesMin = 5;
inline constexpr size_t kSitePagesMax = 200;

// Hashes of the lines that stand on more than half of the pages in `folder`; pages that cannot be read are passed over.
// INVALID_ARGUMENT with reason TOO_FEW_PAGES when fewer than kSitePagesMin can.
absl::StatusOr<std::vector<uint64_t>> SiteLinesOf(const extraction::Extractor& extractor, const std::string& folder);

}  // namespace dateline::cli
