#pragma once
// Features of a block that come from the first verdicts over the page: how its neighbours, the blocks of its form and
// the elements around it were judged, and where the text that would be kept begins and ends. The second stage of the
// block model decides by them what the first left open. Pure; linear in blocks.

#include <cstdint>
#include <span>
#include <vector>

#include "services/extraction/page/block_features.h"

namespace dateline::extraction {

// Scores are cut to this on both sides: beyond it they say no more.
inline constexpr float kScoreBound = 3.0F;

// Fills the features from kFirstScoreFeature up to the signs in every row. All spans have the same length.
void FillScoreFeatures(std::span<const BlockPlace> places, std::span<const float> scores, std::span<FeatureRow> rows);

}  // namespace dateline::extraction
