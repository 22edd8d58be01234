// Proves the features of blocks on small pages of our own, that the model's verdicts follow its table and can be
// explained by it, and that verdicts and zones are joined in page order.
#include "services/extraction/page/block_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "services/extraction/page/explain_blocks.h"
#include "services/extraction/page/html_content.h"

namespace dateline::extraction {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Page() {
  std::string html =
      "<body><nav><ul><li><a href=/a>Ships</a><li><a href=/b>Ports</a></ul></nav><article><h1>Basin reopens</h1>";
  for (int i = 0; i < 8; ++i)
    html +=
        "<p>Pilots will guide every ship of more than 80 metres, the harbour office said, until the channel has been "
        "dredged "
        "again, which takes until June of next year.</p>";
  return html + "</article><footer><p>Copyright of the harbour office, all rights reserved</p></footer>";
}

struct Judged {
  std::vector<PlacedBlock> blocks;
  BlockTable table;
  const FeatureRow& row(std::size_t i) const { return table.rows[i]; }
};

Judged FeaturesOf(const std::string& html, const PageHints& hints = {}) {
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  PageBlocks page = ReadBlocks(tree, arena, "https://harbour.example/news/basin");
  BlockTable table = ComputeBlockFeatures(tree, arena, page.blocks, "https://harbour.example/news/basin", hints);
  return {std::move(page.blocks), std::move(table)};
}

float Value(const FeatureRow& row, Feature feature) {
  return row[static_cast<std::size_t>(feature)];
}

TEST(BlockFeatures, HaveDistinctNames) {
  std::set<std::string_view> names;
  for (std::size_t f = 0; f < kFeatureCount; ++f) {
    EXPECT_FALSE(FeatureName(f).empty()) << f;
    names.insert(FeatureName(f));
  }
  EXPECT_EQ(names.size(), kFeatureCount);
}

TEST(BlockFeatures, SeeTheBlockItsElementsAndItsPlace) {
  const Judged page = FeaturesOf(Page());
  ASSERT_EQ(page.blocks.size(), 12U);
  const FeatureRow& menu = page.table.rows[0];
  const FeatureRow& prose = page.table.rows[4];
  EXPECT_EQ(Value(menu, Feature::kLinkDensity), 1.0F);
  EXPECT_EQ(Value(prose, Feature::kLinkDensity), 0.0F);
  EXPECT_EQ(menu[kPlainFeatures + static_cast<std::size_t>(Sign::kNav)], 1.0F);
  EXPECT_EQ(prose[kPlainFeatures + static_cast<std::size_t>(Sign::kArticle)], 1.0F);
  EXPECT_EQ(Value(prose, Feature::kInChosen), 1.0F);
  EXPECT_EQ(Value(menu, Feature::kInChosen), 0.0F);
  EXPECT_EQ(Value(prose, Feature::kAfterTitle), 2.0F);
  EXPECT_EQ(Value(prose, Feature::kEndsSentence), 1.0F);
  EXPECT_EQ(Value(page.table.rows[11], Feature::kChosenPosition), 2.0F);
}

TEST(JudgeBlocks, KeepsTextAndLeavesMenus) {
  Judged page = FeaturesOf(Page());
  const std::vector<float> scores = JudgeBlocks(&page.table);
  EXPECT_LT(scores[0], 0.0F);
  EXPECT_GT(scores[4], 0.0F);
  EXPECT_LT(scores[11], 0.0F);
}

TEST(JudgeBlocks, TablesNameFeaturesThatExist) {
  ASSERT_GT(kModelTreeCount, 0U);
  for (std::size_t t = 0; t < kModelTreeCount; ++t) {
    for (const ModelNode& node : kModelTrees[t].inner) {
      ASSERT_LT(node.feature, kFeatureCount);
      // The first stage has no scores to look at.
      ASSERT_TRUE(node.feature < kFirstScoreFeature || node.feature >= kPlainFeatures) << FeatureName(node.feature);
    }
  }
  ASSERT_GT(kRefineTreeCount, 0U);
  for (std::size_t t = 0; t < kRefineTreeCount; ++t) {
    for (const ModelNode& node : kRefineTrees[t].inner) ASSERT_LT(node.feature, kFeatureCount);
  }
}

TEST(ExplainBlock, NamesTheStrongestFeaturesFirst) {
  Judged page = FeaturesOf(Page());
  JudgeBlocks(&page.table);
  const std::vector<std::string> signals = ExplainBlock(page.table.rows[0]);
  ASSERT_GE(signals.size(), 2U);
  EXPECT_LE(signals.size(), 6U);
  EXPECT_THAT(signals[0], HasSubstr("="));
  EXPECT_THAT(signals[0], HasSubstr("(-"));
}

TEST(ReadContent, GivesAVerdictForEveryBlockWhenAsked) {
  const std::string html = Page();
  const HtmlTree tree = HtmlTree::Parse(html);
  const HtmlContent content = ReadContent(tree, "", {}, true);
  ASSERT_EQ(content.verdicts.size(), 12U);
  EXPECT_FALSE(content.verdicts[0].kept);
  EXPECT_TRUE(content.verdicts[4].kept);
  EXPECT_THAT(content.verdicts[4].signals.at(0), StartsWith("score="));
  EXPECT_TRUE(ReadContent(tree, "", {}).verdicts.empty());
}

TEST(MergeVerdicts, CoversThePageInOrder) {
  Explanation explanation;
  explanation.blocks.resize(1);
  explanation.blocks[0].text = "Text";
  explanation.blocks[0].kept = true;
  explanation.blocks[0].rule = "zone.body";
  MergeVerdicts({{"Menu", false, {"score=-3.00"}, -1}, {"Text", true, {"score=2.00"}, 0}}, &explanation);
  ASSERT_EQ(explanation.blocks.size(), 2U);
  EXPECT_EQ(explanation.blocks[0].rule, "block.model");
  EXPECT_FALSE(explanation.blocks[0].kept);
  EXPECT_EQ(explanation.blocks[1].rule, "zone.body");
  EXPECT_EQ(explanation.blocks[1].signals.back(), "score=2.00");
}

}  // namespace
}  // namespace dateline::extraction
