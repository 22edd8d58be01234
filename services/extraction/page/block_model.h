#pragma once
// The learnt part of content extraction: boosted decision trees over the features of a block, in two stages. The first
// judges every block by itself; the second judges those that this left open once more, seeing how the blocks around and
// those of the same form were judged. The trees are a generated table (block_model_data.cc, made by
// services/extraction/training); they are few and shallow, so that a verdict costs less than a microsecond and can be
// explained by the features that moved it. Pure, thread-safe.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "services/extraction/page/block_features.h"

namespace dateline::extraction {

// An inner node of a tree, or its leaf. Children of node n are 2n+1 and 2n+2; trees are complete to kModelDepth.
struct ModelNode {
  std::uint16_t feature;
  float threshold;  // goes left when the feature is not above it
};
inline constexpr std::size_t kModelDepth = 5;
inline constexpr std::size_t kModelInner = (std::size_t{1} << kModelDepth) - 1;
inline constexpr std::size_t kModelLeaves = std::size_t{1} << kModelDepth;

struct ModelTree {
  ModelNode inner[kModelInner];
  // Values of all nodes, inner ones first: what a block is worth on average that comes so far.
  float value[kModelInner + kModelLeaves];
};

// The generated tables: the trees of the first stage, and those of the second.
extern const ModelTree kModelTrees[];
extern const std::size_t kModelTreeCount;
extern const float kModelBase;
extern const ModelTree kRefineTrees[];
extern const std::size_t kRefineTreeCount;
extern const float kRefineBase;

// The second stage judges the blocks whose first score is not farther from 0 than this.
inline constexpr float kOpenScore = 2.5F;

// After every so many trees, rows whose score is beyond kScoreBound are settled.
inline constexpr std::size_t kTreesBetweenLooks = 8;

// Adds up the trees of one stage. Those of rows whose sum is clear after a few trees are left out.
std::vector<float> FirstScores(std::span<const FeatureRow> rows);

// A score for each block: above 0 means content. The unit is the logit. Fills the score features of the rows.
std::vector<float> JudgeBlocks(BlockTable* table);

// The features that moved the score most, as "name=value (+effect)", the strongest first; at most 6. The row is one
// that JudgeBlocks has filled.
std::vector<std::string> ExplainBlock(const FeatureRow& row);

}  // namespace dateline::extraction
