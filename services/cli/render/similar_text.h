#pragma once
// Releases that are near to another, as people like to read them: how each is related, how near, and what the two
// contradict each other in. Pure functions.

#include <cstddef>
#include <string>

#include "dateline/storage/v1/release_service.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// Several lines; empty when there are none.
std::string SimilarText(const storage::v1::ListSimilarReleasesResponse& similar, const Style& style, size_t columns);

}  // namespace dateline::cli
