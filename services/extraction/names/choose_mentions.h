#pragma once
// One decision for overlapping proposals: of all sets without overlap the one with the greatest sum of weights
// (weighted interval scheduling). Proposals of the same stretch and type are one. Deterministic, O(n log n).

#include "services/extraction/names/mention.h"

namespace dateline::extraction {

// The chosen ones, left to right.
Mentions ChooseMentions(Mentions proposals);

}  // namespace dateline::extraction
