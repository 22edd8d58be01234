#include "services/extraction/page/block_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxSignals = 6;
// After every so many trees, blocks with a score so far from 0 are settled.
constexpr std::size_t kTreesBetweenLooks = 16;
constexpr float kClear = 3.0F;

std::size_t Child(const ModelTree& tree, std::size_t at, const FeatureRow& row) {
  const ModelNode& node = tree.inner[at];
  return 2 * at + (row[node.feature] > node.threshold ? 2 : 1);
}

}  // namespace

std::vector<float> JudgeBlocks(const std::vector<FeatureRow>& rows) {
  std::vector<float> scores(rows.size(), kModelBase);
  std::vector<std::uint32_t> open(rows.size());
  std::iota(open.begin(), open.end(), 0U);
  // Tree by tree, so that each is read once; most blocks of a page are menus and are clear after the first trees.
  for (std::size_t t = 0; t < kModelTreeCount; ++t) {
    const ModelTree& tree = kModelTrees[t];
    for (const std::uint32_t i : open) {
      std::size_t at = 0;
      for (std::size_t depth = 0; depth < kModelDepth; ++depth) at = Child(tree, at, rows[i]);
      scores[i] += tree.value[at];
    }
    if (t % kTreesBetweenLooks != kTreesBetweenLooks - 1) continue;
    std::erase_if(open, [&](std::uint32_t i) { return std::abs(scores[i]) > kClear; });
  }
  return scores;
}

std::vector<std::string> ExplainBlock(const FeatureRow& row) {
  std::array<float, kFeatureCount> effect{};
  for (std::size_t t = 0; t < kModelTreeCount; ++t) {
    const ModelTree& tree = kModelTrees[t];
    std::size_t at = 0;
    for (std::size_t depth = 0; depth < kModelDepth; ++depth) {
      const std::size_t child = Child(tree, at, row);
      effect[tree.inner[at].feature] += tree.value[child] - tree.value[at];
      at = child;
    }
  }
  std::array<std::size_t, kFeatureCount> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(effect[a]) > std::abs(effect[b]); });
  std::vector<std::string> signals;
  for (std::size_t i = 0; i < kMaxSignals && std::abs(effect[order[i]]) > 0.05F; ++i)
    signals.push_back(fmt::format("{}={:.2f} ({:+.2f})", FeatureName(order[i]), row[order[i]], effect[order[i]]));
  return signals;
}

}  // namespace dateline::extraction
