#pragma once
// What a page adds to an explanation: what the block model said of every block, joined with what zoning made of those
// that reached it, and the values that its metadata give. Pure.

#include <vector>

#include "services/extraction/explanation.h"
#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_metadata.h"

namespace dateline::extraction {

// `explanation` holds one entry for each of the content's blocks; afterwards one for each verdict, in page order. The
// model's signals stand behind zoning's; where the model decided, the rule is "block.model".
void MergeVerdicts(const std::vector<BlockVerdict>& verdicts, Explanation* explanation);

// Adds the title, the canonical address and every candidate for authors, chosen or not.
void ExplainMetadata(const HtmlMetadata& metadata, Explanation* explanation);

}  // namespace dateline::extraction
