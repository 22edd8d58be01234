// Proves the sums and signs of a page's nodes, the choice of the element that holds the article, and that text given
// only for readers without scripts is read where the page has no other.
#include "services/extraction/page/page_arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/page/element_signs.h"

namespace dateline::extraction {
namespace {

std::uint32_t FirstOf(const HtmlTree& tree, Tag tag) {
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

TEST(PageArena, CountsRunsOfWhiteSpaceOnceWhereverTheyStand) {
  const auto bytes = [](const std::string& text) {
    const std::string html = "<body><p>" + text + "</p></body>";
    const HtmlTree tree = HtmlTree::Parse(html);
    return PageArena(tree).sums(FirstOf(tree, Tag::kP)).text;
  };
  // Eight bytes are looked at together: the run lies within them, over their border, and behind the last of them.
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string words(before, 'x');
    EXPECT_EQ(bytes(words + " \n\t\r basin"), before == 0 ? 5 : before + 6) << before;
    EXPECT_EQ(bytes("  \n" + words + "\x01 of"), before + 4) << before;
    EXPECT_EQ(bytes(words + "     "), before == 0 ? 0 : before + 1) << before;
  }
}

TEST(SignsOf, ReadsWordsOfClassesInAnySpelling) {
  const HtmlTree tree = HtmlTree::Parse(
      "<div class='relatedPosts'></div><p class='post__share-bar'></p><section id='shareholder'></section>");
  const HtmlTree& t = tree;
  const std::vector<std::uint32_t> signs = SignsOfNames(t);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kDiv)]) & Bit(Sign::kRelatedName), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kP)]) & Bit(Sign::kShareName), 0U);
  EXPECT_EQ(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kSection)]), 0U);
}

TEST(SignsOf, KnowsHiddenElementsAndRoles) {
  const HtmlTree tree =
      HtmlTree::Parse("<div style='display: none'></div><p role=navigation></p><section hidden></section>");
  const HtmlTree& t = tree;
  const std::vector<std::uint32_t> signs = SignsOfNames(t);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kDiv)]) & Bit(Sign::kHidden), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kP)]) & Bit(Sign::kNav), 0U);
  EXPECT_NE(SignsOf(t, signs, t.nodes()[FirstOf(t, Tag::kSection)]) & Bit(Sign::kHidden), 0U);
}

TEST(PageArena, AddsUpTextAndLinksOfSubtrees) {
  const HtmlTree tree = HtmlTree::Parse("<body><div>four <a href=/x>six666</a></div><script>var never;</script>");
  const PageArena arena(tree);
  const std::uint32_t div = FirstOf(tree, Tag::kDiv);
  EXPECT_EQ(arena.sums(div).text, 11U);
  EXPECT_EQ(arena.sums(div).link_text, 6U);
  EXPECT_EQ(arena.sums(0).text, 11U);
  EXPECT_TRUE(arena.dead(FirstOf(tree, Tag::kScript)));
}

TEST(PageArena, PassesSignsDownButNotThoseOfTheLayout) {
  const std::string html =
      "<body><div class='has-sidebar'>" + Paragraphs(8) + "<ul class='share'><li>Send it to a friend</li></ul></div>";
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  EXPECT_EQ(arena.signs(FirstOf(tree, Tag::kP)) & Bit(Sign::kSidebarName), 0U);
  EXPECT_NE(arena.signs(FirstOf(tree, Tag::kLi)) & Bit(Sign::kShareName), 0U);
}

TEST(PageArena, PrefersWhatIsMarkedAsTheArticle) {
  const std::string html =
      "<body><main><div itemprop=articleBody>" + Paragraphs(6) + "</div>" + Paragraphs(1) + "</main>";
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  EXPECT_EQ(arena.containers().rule, "container.itemprop");
  EXPECT_EQ(arena.containers().chosen, FirstOf(tree, Tag::kDiv));
  EXPECT_TRUE(arena.Inside(FirstOf(tree, Tag::kP), arena.containers().chosen));
}

TEST(PageArena, JoinsABodyThatBoxesPart) {
  const std::string html = "<body><section><div>" + Paragraphs(3) + "</div><div class=x><a href=/a>Box</a></div><div>" +
                           Paragraphs(3) + "</div></section>";
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  EXPECT_EQ(arena.containers().chosen, FirstOf(tree, Tag::kSection));
}

TEST(PageArena, CountsSiblingsThatAreAlike) {
  const HtmlTree tree = HtmlTree::Parse("<ul><li class=a>1<li class=a>2<li class=a>3<li class=b>4</ul>");
  const PageArena arena(tree);
  EXPECT_EQ(arena.sums(FirstOf(tree, Tag::kLi)).alike, 3U);
}

TEST(PageArena, ReadsNoscriptOnlyWhereThereIsNoOtherText) {
  const std::string fallback = "<noscript><section>" + Paragraphs(6) + "</section></noscript>";
  const std::string drawn_html = "<body><div>Loading</div>" + fallback;
  const std::string whole_html = "<body><div>" + Paragraphs(8) + "</div>" + fallback;
  const HtmlTree drawn = HtmlTree::Parse(drawn_html);
  const HtmlTree whole = HtmlTree::Parse(whole_html);
  EXPECT_GT(PageArena(drawn).sums(0).text, 500U);
  EXPECT_TRUE(PageArena(whole).dead(FirstOf(whole, Tag::kSection)));
}

}  // namespace
}  // namespace dateline::extraction
