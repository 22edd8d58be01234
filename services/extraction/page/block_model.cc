#include "services/extraction/page/block_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "services/extraction/page/block_scores.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxSignals = 6;
constexpr std::size_t kAbreast = 8;
// So many rows stay in the processor's cache while all trees go over them.
constexpr std::size_t kBatch = 128;

std::size_t Child(const ModelTree& tree, std::size_t at, const float* row) {
  const ModelNode& node = tree.inner[at];
  return 2 * at + 1 + static_cast<std::size_t>(row[node.feature] > node.threshold);
}

bool IsOpen(float score) {
  return std::abs(score) <= kOpenScore;
}

// Tree by tree, so that each is read once; most blocks of a page are menus and are clear after the first trees.
void AddTreesToBatch(std::span<const ModelTree> trees, std::span<const FeatureRow> rows,
                     std::vector<std::uint32_t>& open, std::vector<float>& scores) {
  for (std::size_t t = 0; t < trees.size() && !open.empty(); ++t) {
    const ModelTree& tree = trees[t];
    std::size_t next = 0;
    // Several blocks abreast, since each step down a tree waits for the one before.
    for (; next + kAbreast <= open.size(); next += kAbreast) {
      std::array<const float*, kAbreast> row;
      for (std::size_t k = 0; k < kAbreast; ++k) row[k] = rows[open[next + k]].data();
      std::array<std::size_t, kAbreast> at{};
      for (std::size_t depth = 0; depth < kModelDepth; ++depth) {
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kAbreast; ++k) at[k] = Child(tree, at[k], row[k]);
      }
      for (std::size_t k = 0; k < kAbreast; ++k) scores[open[next + k]] += tree.value[at[k]];
    }
    for (; next < open.size(); ++next) {
      std::size_t at = 0;
      for (std::size_t depth = 0; depth < kModelDepth; ++depth) at = Child(tree, at, rows[open[next]].data());
      scores[open[next]] += tree.value[at];
    }
    if (t % kTreesBetweenLooks != kTreesBetweenLooks - 1) continue;
    std::erase_if(open, [&](std::uint32_t i) { return std::abs(scores[i]) > kScoreBound; });
  }
}

// Adds what the trees say to the scores of the rows in `open`.
void AddTrees(std::span<const ModelTree> trees, std::span<const FeatureRow> rows, std::span<const std::uint32_t> open,
              std::vector<float>& scores) {
  std::vector<std::uint32_t> batch;
  for (std::size_t begin = 0; begin < open.size(); begin += kBatch) {
    const std::span<const std::uint32_t> some = open.subspan(begin, std::min(kBatch, open.size() - begin));
    batch.assign(some.begin(), some.end());
    AddTreesToBatch(trees, rows, batch, scores);
  }
}

}  // namespace

std::vector<float> FirstScores(std::span<const FeatureRow> rows) {
  std::vector<float> scores(rows.size(), kModelBase);
  std::vector<std::uint32_t> open(rows.size());
  std::iota(open.begin(), open.end(), 0U);
  AddTrees({kModelTrees, kModelTreeCount}, rows, open, scores);
  return scores;
}

std::vector<float> JudgeBlocks(BlockTable* table) {
  std::vector<float> scores = FirstScores(table->rows);
  FillScoreFeatures(table->places, scores, table->rows);
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < scores.size(); ++i) {
    if (IsOpen(scores[i])) {
      open.push_back(i);
      scores[i] = kRefineBase;
    }
  }
  AddTrees({kRefineTrees, kRefineTreeCount}, table->rows, open, scores);
  return scores;
}

std::vector<std::string> ExplainBlock(const FeatureRow& row) {
  std::array<float, kFeatureCount> effect{};
  const bool open = IsOpen(row[kFirstScoreFeature]);
  const std::span<const ModelTree> trees =
      open ? std::span(kRefineTrees, kRefineTreeCount) : std::span(kModelTrees, kModelTreeCount);
  for (const ModelTree& tree : trees) {
    std::size_t at = 0;
    for (std::size_t depth = 0; depth < kModelDepth; ++depth) {
      const std::size_t child = Child(tree, at, row.data());
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
