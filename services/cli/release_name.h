#pragma once
// How people name a release on the command line: they have an address or a file at hand more often than a name.

#include <string>

#include "absl/status/statusor.h"

namespace dateline::cli {

// The resource name "releases/{uuid}" of what was given: that name itself, the UUID, the URL that the release came
// from, or the file that was ingested. INVALID_ARGUMENT for a URL that is none.
absl::StatusOr<std::string> ReleaseName(const std::string& given);

}  // namespace dateline::cli
