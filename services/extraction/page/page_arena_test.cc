// Proves the sums and signs of a page's nodes, the choice of the element that holds the article, and that text given
// only for readers without scripts is read where the page has no other.
#include "services/extraction/page/page_arena.h"

#include <gtest/gtest.h>
#include <myhtml/api.h>

#include <string>
#include <vector>

#include "services/extraction/page/element_signs.h"

namespace dateline::extraction {
namespace {

std::uint32_t FirstOf(const HtmlTree& tree, std::uint32_t tag) {
  for (std::uint32_t i = 0; i < tree.nodes().size(); ++i) {
    if (tree.nodes()[i].tag == tag) return i;
  }
  return kNoElement;
}

std::string Paragraphs(int count) {
  std::string html;
  for (int i = 0; i < count; ++i)
    html += "<p>The harbour office published its figures for the year, and they show more ships than ever before.</p>";
  return html;
}

TEST(SignsOf, ReadsWordsOfClassesInAnySpelling) {
  const auto tree = HtmlTree::Parse(
      "<div class='relatedPosts'></div><p class='post__share-bar'></p><section id='shareholder'></section>");
  ASSERT_TRUE(tree.ok());
  const HtmlTree& t = **tree;
  const std::vector<std::uint32_t> signs = SignsOfNames(t);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_DIV)]) & Bit(Sign::kRelatedName), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_P)]) & Bit(Sign::kShareName), 0U);
  EXPECT_EQ(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_SECTION)]), 0U);
}

TEST(SignsOf, KnowsHiddenElementsAndRoles) {
  const auto tree =
      HtmlTree::Parse("<div style='display: none'></div><p role=navigation></p><section hidden></section>");
  ASSERT_TRUE(tree.ok());
  const HtmlTree& t = **tree;
  const std::vector<std::uint32_t> signs = SignsOfNames(t);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_DIV)]) & Bit(Sign::kHidden), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_P)]) & Bit(Sign::kNav), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, MyHTML_TAG_SECTION)]) & Bit(Sign::kHidden), 0U);
}

TEST(PageArena, AddsUpTextAndLinksOfSubtrees) {
  const auto tree = HtmlTree::Parse("<body><div>four <a href=/x>six666</a></div><script>var never;</script>");
  ASSERT_TRUE(tree.ok());
  const PageArena arena(**tree);
  const std::uint32_t div = FirstOf(**tree, MyHTML_TAG_DIV);
  EXPECT_EQ(arena.sums(div).text, 11U);
  EXPECT_EQ(arena.sums(div).link_text, 6U);
  EXPECT_EQ(arena.sums(0).text, 11U);
  EXPECT_TRUE(arena.dead(FirstOf(**tree, MyHTML_TAG_SCRIPT)));
}

TEST(PageArena, PassesSignsDownButNotThoseOfTheLayout) {
  const auto tree = HtmlTree::Parse("<body><div class='has-sidebar'>" + Paragraphs(8) +
                                    "<ul class='share'><li>Send it to a friend</li></ul></div>");
  ASSERT_TRUE(tree.ok());
  const PageArena arena(**tree);
  EXPECT_EQ(arena.signs(FirstOf(**tree, MyHTML_TAG_P)) & Bit(Sign::kSidebarName), 0U);
  EXPECT_NE(arena.signs(FirstOf(**tree, MyHTML_TAG_LI)) & Bit(Sign::kShareName), 0U);
}

TEST(PageArena, PrefersWhatIsMarkedAsTheArticle) {
  const auto tree =
      HtmlTree::Parse("<body><main><div itemprop=articleBody>" + Paragraphs(6) + "</div>" + Paragraphs(1) + "</main>");
  ASSERT_TRUE(tree.ok());
  const PageArena arena(**tree);
  EXPECT_EQ(arena.containers().rule, "container.itemprop");
  EXPECT_EQ(arena.containers().chosen, FirstOf(**tree, MyHTML_TAG_DIV));
  EXPECT_TRUE(arena.Inside(FirstOf(**tree, MyHTML_TAG_P), arena.containers().chosen));
}

TEST(PageArena, JoinsABodyThatBoxesPart) {
  const auto tree =
      HtmlTree::Parse("<body><section><div>" + Paragraphs(3) + "</div><div class=x><a href=/a>Box</a></div><div>" +
                      Paragraphs(3) + "</div></section>");
  ASSERT_TRUE(tree.ok());
  const PageArena arena(**tree);
  EXPECT_EQ(arena.containers().chosen, FirstOf(**tree, MyHTML_TAG_SECTION));
}

TEST(PageArena, CountsSiblingsThatAreAlike) {
  const auto tree = HtmlTree::Parse("<ul><li class=a>1<li class=a>2<li class=a>3<li class=b>4</ul>");
  ASSERT_TRUE(tree.ok());
  const PageArena arena(**tree);
  EXPECT_EQ(arena.sums(FirstOf(**tree, MyHTML_TAG_LI)).alike, 3U);
}

TEST(PageArena, ReadsNoscriptOnlyWhereThereIsNoOtherText) {
  const std::string fallback = "<noscript><section>" + Paragraphs(6) + "</section></noscript>";
  const auto drawn = HtmlTree::Parse("<body><div>Loading</div>" + fallback);
  const auto whole = HtmlTree::Parse("<body><div>" + Paragraphs(8) + "</div>" + fallback);
  ASSERT_TRUE(drawn.ok() && whole.ok());
  EXPECT_GT(PageArena(**drawn).sums(0).text, 500U);
  EXPECT_TRUE(PageArena(**whole).dead(FirstOf(**whole, MyHTML_TAG_SECTION)));
}

}  // namespace
}  // namespace dateline::extraction
