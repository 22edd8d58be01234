// Proves that a block is found in the text that JSON-LD gives of an article, whatever marks and markup stand between
// its words, and that such a text becomes the article only where the page shows none.
#include "services/extraction/page/body_anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/extraction/extract.h"
#include "services/extraction/page/body_text.h"

namespace dateline::extraction {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kBody =
    "The lock at Ostrava closes on Monday. Barges of more than 40 metres wait above the weir, "
    "the river office said, until divers have looked at the gates.";

TEST(BodyAnchor, GivesTheShareOfWordsThatStandThere) {
  const BodyAnchor anchor(kBody);
  ASSERT_FALSE(anchor.empty());
  EXPECT_FLOAT_EQ(anchor.Share("Barges of MORE than 40 metres, wait above the \u201Cweir\u201D"), 1.0F);
  EXPECT_FLOAT_EQ(anchor.Share("Subscribe to the letter of our harbour desk"), 0.0F);
  const float half = anchor.Share("Barges of more than nine hundred tonnes");
  EXPECT_GT(half, 0.2F);
  EXPECT_LT(half, 0.8F);
  EXPECT_FLOAT_EQ(anchor.Share("Barges"), 0.5F);
  EXPECT_FLOAT_EQ(anchor.Share("* * *"), 0.0F);
}

TEST(BodyAnchor, LooksThroughMarkup) {
  const BodyAnchor anchor("<p>The lock at <b>Ostrava</b> closes on Monday</p><p>" + std::string(kBody) + "</p>");
  EXPECT_FLOAT_EQ(anchor.Share("lock at Ostrava closes on Monday"), 1.0F);
}

TEST(BodyAnchor, TakesCharactersOfScriptsWithoutSpacesForWords) {
  std::string body;
  for (int i = 0; i < 8; ++i) body += "船闸将于周一关闭";
  const BodyAnchor anchor(body);
  EXPECT_FLOAT_EQ(anchor.Share("周一关闭"), 1.0F);
  EXPECT_FLOAT_EQ(anchor.Share("订阅新闻信"), 0.0F);
}

TEST(BodyAnchor, IsEmptyForATeaser) {
  EXPECT_TRUE(BodyAnchor("Lock closes").empty());
  EXPECT_FLOAT_EQ(BodyAnchor("").Share("Lock closes"), 0.0F);
}

TEST(BlocksOfArticleBody, PartsParagraphsOfTextAndOfMarkup) {
  const std::string long_text(kBody);
  EXPECT_EQ(BlocksOfArticleBody(long_text + "\n\n" + long_text + "\n" + long_text + "\n" + long_text).size(), 4U);
  const auto blocks = BlocksOfArticleBody("<p>" + long_text + long_text + "</p><ul><li>Gates &amp; walls</li></ul><p>" +
                                          long_text + long_text + "</p>");
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[1].text, "Gates & walls");
  EXPECT_THAT(BlocksOfArticleBody(kBody), IsEmpty());
}

std::string Page(const std::string& shown) {
  std::string body;
  for (int i = 0; i < 5; ++i) body += std::string(kBody) + "\\n";
  return "<html><head><title>Lock closes</title><script type=\"application/ld+json\">{\"@type\":\"NewsArticle\","
         "\"headline\":\"Lock closes\",\"articleBody\":\"" +
         body + "\"}</script></head><body><div id=root>" + shown + "</div></body></html>";
}

TEST(ArticleBody, IsTheTextOfAPageThatShowsNone) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok());
  const auto drawn = (*extractor)->Extract({.bytes = Page("Please wait"), .content_type = "text/html"});
  ASSERT_TRUE(drawn.ok());
  EXPECT_EQ(drawn->page_type(), release::v1::ARTICLE);
  EXPECT_THAT(drawn->text(), HasSubstr("until divers have looked at the gates."));

  std::string own = "<article><h1>Lock closes</h1>";
  for (int i = 0; i < 6; ++i)
    own +=
        "<p>Shipping on the upper river stops for two weeks while the old gates of the lock are mended, the office "
        "announced today.</p>";
  const auto shown = (*extractor)->Extract({.bytes = Page(own + "</article>"), .content_type = "text/html"});
  ASSERT_TRUE(shown.ok());
  EXPECT_THAT(shown->text(), HasSubstr("Shipping on the upper river"));
  EXPECT_THAT(shown->text(), Not(HasSubstr("divers")));
}

}  // namespace
}  // namespace dateline::extraction
