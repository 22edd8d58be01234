// Proves the features that need more of a page than a block's neighbours: blocks of one form, the element with most
// running text, where links lead, title and authors, and what the first scores say of the blocks around.
#include "services/extraction/page/block_kin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "services/extraction/page/block_scores.h"
#include "services/extraction/page/html_content.h"

namespace dateline::extraction {
namespace {

constexpr std::string_view kUri = "https://harbour.example/news/basin";
constexpr std::string_view kProse =
    "Pilots will guide every ship of more than 80 metres, the harbour office said, until the channel is dredged again.";

struct Page {
  std::vector<PlacedBlock> blocks;
  BlockTable table;

  // The first block whose text begins so.
  std::size_t Find(std::string_view head) const {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (blocks[i].block.text.starts_with(head)) return i;
    }
    ADD_FAILURE() << head;
    return 0;
  }
  float Value(std::string_view head, Feature feature) const {
    return table.rows[Find(head)][static_cast<std::size_t>(feature)];
  }
};

Page Read(const std::string& html, const PageHints& hints = {}) {
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  PageBlocks blocks = ReadBlocks(tree, arena, kUri);
  BlockTable table = ComputeBlockFeatures(tree, arena, blocks.blocks, kUri, hints);
  return {std::move(blocks.blocks), std::move(table)};
}

std::string Article(const std::string& more = {}) {
  std::string html =
      "<body><h2>Harbour</h2><article><h1>Basin reopens in June</h1><p class=by>Ada Moreau, 3 June 2031</p>";
  for (int i = 0; i < 4; ++i) html += "<p>" + std::string(kProse) + "</p>";
  return html + more + "</article>";
}

TEST(BlockKin, CountsBlocksOfOneForm) {
  const Page page = Read(Article("<div class=teaser><p>Cranes</p></div><div class=teaser><p>Ferries</p></div>"));
  const auto place = [&](std::string_view head) { return page.table.places[page.Find(head)]; };
  EXPECT_EQ(place("Cranes").form, place("Ferries").form);
  EXPECT_NE(place("Cranes").form, place("Pilots").form);
  EXPECT_NE(place("Ada").form, place("Pilots").form);
  EXPECT_FLOAT_EQ(page.Value("Cranes", Feature::kFormBlocks), std::log2(3.0F));
  EXPECT_GT(page.Value("Pilots", Feature::kFormText), page.Value("Cranes", Feature::kFormText));
}

TEST(BlockKin, MeasuresTheWayToTheElementWithMostText) {
  const Page page = Read(Article("<div class=teaser><p>Cranes</p></div>"));
  EXPECT_EQ(page.Value("Pilots", Feature::kProseLift), 0.0F);
  EXPECT_EQ(page.Value("Cranes", Feature::kProseLift), 1.0F);
  EXPECT_EQ(page.Value("Harbour", Feature::kProseLift), 0.0F);
  EXPECT_EQ(page.Value("Harbour", Feature::kProseDrop), 1.0F);
}

TEST(BlockKin, TellsWhereLinksLead) {
  const Page page =
      Read(Article("<p><a href=/tag/port>Ports</a> <a href=/tag/sea>Sea</a></p>"
                   "<p>Write to <a href=mailto:desk@harbour.example>us</a></p>"
                   "<p><a href=https://other.example/report>Report</a> of the survey</p>"));
  EXPECT_EQ(page.Value("Ports", Feature::kLinkKind), 1.0F);
  EXPECT_EQ(page.Value("Ports", Feature::kLinksHome), 1.0F);
  EXPECT_FLOAT_EQ(page.Value("Ports", Feature::kLinkCount), std::log2(3.0F));
  EXPECT_EQ(page.Value("Write", Feature::kLinkKind), 5.0F);
  EXPECT_EQ(page.Value("Write", Feature::kLinkFirst), 0.0F);
  EXPECT_EQ(page.Value("Report", Feature::kLinksHome), 0.0F);
  EXPECT_EQ(page.Value("Report", Feature::kLinkFirst), 1.0F);
}

TEST(BlockKin, SeesTitleAuthorAndSigns) {
  const Page page = Read(Article("<p>Updated 14:05 | 9 June 2031</p><p>The survey goes on ...</p>"),
                         {.title = "Basin reopens in June", .authors = {"Ada Moreau"}, .article_body = {}});
  EXPECT_EQ(page.Value("Basin", Feature::kTitleShare), 1.0F);
  EXPECT_EQ(page.Value("Basin", Feature::kAfterHeadline), 0.0F);
  EXPECT_EQ(page.Value("Harbour", Feature::kAfterHeadline), -1.0F);
  EXPECT_GT(page.Value("Ada", Feature::kAuthorShare), 0.3F);
  EXPECT_EQ(page.Value("Pilots", Feature::kAuthorShare), 0.0F);
  EXPECT_EQ(page.Value("Updated", Feature::kYears), 1.0F);
  EXPECT_EQ(page.Value("Updated", Feature::kClocks), 1.0F);
  EXPECT_GT(page.Value("Updated", Feature::kBars), 0.0F);
  EXPECT_EQ(page.Value("The survey", Feature::kBreaksOff), 1.0F);
}

TEST(BlockKin, FollowsTheAnchorOfTheArticle) {
  const std::string body = std::string(kProse) + " " + std::string(kProse);
  const Page page = Read(Article("<p>Cranes and ferries of the week, a letter</p>"),
                         {.title = {}, .authors = {}, .article_body = body});
  EXPECT_FLOAT_EQ(page.Value("Pilots", Feature::kAnchorShare), 1.0F);
  EXPECT_EQ(page.Value("Pilots", Feature::kSinceAnchor), 0.0F);
  EXPECT_EQ(page.Value("Cranes", Feature::kAnchorShare), 0.0F);
  EXPECT_EQ(page.Value("Cranes", Feature::kSinceAnchor), 1.0F);
  EXPECT_EQ(page.Value("Cranes", Feature::kUntilAnchor), 40.0F);
  EXPECT_EQ(Read(Article()).Value("Pilots", Feature::kAnchorShare), -1.0F);
}

TEST(BlockScores, TellHowKinAndNeighboursWereJudged) {
  // Two paragraphs of one form that are kept, a label between, a menu of another form behind.
  const std::vector<BlockPlace> places = {{100, 0, 1, 0}, {10, 1, 1, 0}, {100, 0, 1, 0}, {20, 2, 2, 0}};
  const std::vector<float> scores = {9.0F, -0.5F, 2.0F, -5.0F};
  std::vector<FeatureRow> rows(4);
  FillScoreFeatures(places, scores, rows);
  const auto value = [&](std::size_t i, Feature f) { return rows[i][static_cast<std::size_t>(f)]; };
  EXPECT_EQ(value(0, Feature::kScore), kScoreBound);
  EXPECT_EQ(value(0, Feature::kScorePrevious), -kScoreBound);
  EXPECT_EQ(value(1, Feature::kScorePrevious), kScoreBound);
  EXPECT_EQ(value(1, Feature::kScoreNext), 2.0F);
  EXPECT_EQ(value(1, Feature::kScoreNextText), 2.0F);
  EXPECT_EQ(value(1, Feature::kSinceKept), 0.0F);
  EXPECT_EQ(value(3, Feature::kSinceKeptText), 0.0F);
  EXPECT_EQ(value(0, Feature::kUntilKeptText), 1.0F);
  EXPECT_GT(value(0, Feature::kFormScore), 0.8F);
  EXPECT_EQ(value(3, Feature::kFormScore), -1.0F);
  EXPECT_GT(value(1, Feature::kParentScore), 0.8F);
  EXPECT_LT(value(3, Feature::kKeptAfter), 0.01F);
  EXPECT_GT(value(3, Feature::kKeptBefore), 0.9F);
}

}  // namespace
}  // namespace dateline::extraction
