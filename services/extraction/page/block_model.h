#pragma once
// The learnt part of content extraction: boosted decision trees over the features of a block. The trees are a generated
// table (block_model_data.cc, made by services/extraction/training); they are few and shallow, so that a verdict costs
// less than a microsecond and can be explained by the features that moved it. Pure, thread-safe.

#include <cstdint>
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

// The generated table.
extern const ModelTree kModelTrees[];
extern const std::size_t kModelTreeCount;
extern const float kModelBase;

// A score for each row: above 0 means content. The unit is the logit.
std::vector<float> JudgeBlocks(const std::vector<FeatureRow>& rows);

// The features that moved the score most, as "name=value (+effect)", the strongest first; at most 6.
std::vector<std::string> ExplainBlock(const FeatureRow& row);

}  // namespace dateline::extraction
