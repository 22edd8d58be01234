#pragma once
// Joins what the block model said of every block of a page with what zoning made of those that reached it, so that an
// explanation covers the whole page. Pure.

#include <vector>

#include "services/extraction/explanation.h"
#include "services/extraction/page/html_content.h"

namespace dateline::extraction {

// `explanation` holds one entry for each of the content's blocks; afterwards one for each verdict, in page order. The
// model's signals stand behind zoning's; where the model decided, the rule is "block.model".
void MergeVerdicts(const std::vector<BlockVerdict>& verdicts, Explanation* explanation);

}  // namespace dateline::extraction
