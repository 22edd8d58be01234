#pragma once
// Checks a release against itself: every span lies within the text, on whole characters. Pure.

#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {

// One sentence for each span that is wrong, at most `most`.
std::vector<std::string> CheckSpans(const release::v1::Release& release, size_t most);

}  // namespace dateline::storage
