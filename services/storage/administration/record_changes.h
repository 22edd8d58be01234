#pragma once
// What would be different if a record were made anew: for the preview of a reprocessing. Pure.

#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {

// One sentence for each field that differs, at most `most`; none when only the version of the extractor does. Values
// are compared with their evidence and rules. What storage sets, and what is derived, is passed over.
std::vector<std::string> DescribeChanges(const release::v1::Release& stored, const release::v1::Release& extracted,
                                         size_t most);

}  // namespace dateline::storage
