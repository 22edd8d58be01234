#pragma once
// Says in words what zoning decided of each block, and what it saw. Pure; linear in the blocks.

#include <vector>

#include "services/extraction/explanation.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/assemble.h"
#include "services/extraction/zones/line_features.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// Appends one explanation for each block.
void ExplainZones(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, const Zoning& zoning,
                  const Assembly& assembly, Explanation* explanation);

}  // namespace dateline::extraction
