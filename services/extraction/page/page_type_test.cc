// Proves how pages are told apart on pages of our own: articles, lists of links with dates, pages that scripts draw,
// and pages with hardly any text; and that the signs are those of what was kept.
#include "services/extraction/page/page_type.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "services/extraction/extract.h"
#include "services/extraction/page/html_content.h"

namespace dateline::extraction {
namespace {

release::v1::PageType TypeOf(const std::string& html, const std::string& uri) {
  static const auto extractor = Extractor::Create();
  const auto release = (*extractor)->Extract({.bytes = html, .uri = uri, .content_type = "text/html"});
  EXPECT_TRUE(release.ok()) << release.status();
  return release.ok() ? release->page_type() : release::v1::PAGE_TYPE_UNSPECIFIED;
}

std::string Article() {
  std::string html =
      "<html><head><title>Basin reopens in June</title><meta property=og:type content=article></head><body><nav><a "
      "href=/a>Ships</a> <a href=/b>Ports</a></nav><article><h1>Basin reopens in June</h1>";
  for (int i = 0; i < 8; ++i)
    html +=
        "<p>Pilots will guide every ship of more than 80 metres, the harbour office said, until the channel has been "
        "dredged again, which takes until June of next year and costs more than was planned.</p>";
  return html + "</article></body></html>";
}

std::string Newsroom() {
  std::string html = "<html><head><title>News</title></head><body><main><h1>News</h1><ul class=news-list>";
  for (int i = 1; i <= 25; ++i)
    html += fmt::format(
        "<li class=\"news-item card\"><h3><a href=/news/{0}/pilots-guide-ships>Pilots guide ships of class {0} into "
        "the basin</a></h3><span class=date>{0} June 2031</span><p>The harbour office said that ships of class {0} "
        "...</p><a href=/news/{0}/pilots-guide-ships>Read more</a></li>",
        i);
  return html + "</ul><a href=?page=2>Next page</a></main></body></html>";
}

TEST(PageType, TellsArticlesFromLists) {
  EXPECT_EQ(TypeOf(Article(), "https://harbour.example/news/2031/06/03/basin-reopens-in-june"), release::v1::ARTICLE);
  EXPECT_EQ(TypeOf(Newsroom(), "https://harbour.example/news/"), release::v1::LISTING);
}

TEST(PageType, TellsPagesWithHardlyAnyText) {
  const std::string script = "<script>" + std::string(3000, 'x') + "</script>";
  EXPECT_EQ(TypeOf("<html><body><div id=root>Loading</div>" + script + "</body></html>", "https://harbour.example/x"),
            release::v1::NEEDS_RENDERING);
  EXPECT_EQ(TypeOf("<html><body><p>Closed today.</p></body></html>", "https://harbour.example/x"), release::v1::OTHER);
}

TEST(PageSigns, AreThoseOfWhatWasKept) {
  const std::string html = Article();
  const HtmlTree tree = HtmlTree::Parse(html);
  const HtmlContent content = ReadContent(tree, "https://harbour.example/news/2031/basin-reopens", {});
  const auto sign = [&](PageSign s) { return content.signs[static_cast<std::size_t>(s)]; };
  EXPECT_EQ(sign(PageSign::kSaysArticle), 1.0F);
  EXPECT_EQ(sign(PageSign::kUrlDate), 1.0F);
  EXPECT_EQ(sign(PageSign::kUrlHome), 0.0F);
  EXPECT_LT(sign(PageSign::kKeptLinks), 0.05F);
  EXPECT_GT(sign(PageSign::kKeptShare), 0.9F);
  EXPECT_GT(sign(PageSign::kLongestRun), 9.0F);
}

TEST(PageSigns, ReadTheAddress) {
  const std::string html = Article();
  const HtmlTree tree = HtmlTree::Parse(html);
  const auto signs = [&](std::string_view uri) {
    const PageHints hints{.title = "Basin reopens in June", .authors = {}, .article_body = {}};
    const HtmlContent content = ReadContent(tree, uri, hints);
    std::string seen;
    for (const PageSign sign : {PageSign::kUrlKind, PageSign::kUrlList, PageSign::kUrlNumber})
      seen += content.signs[static_cast<std::size_t>(sign)] > 0 ? '1' : '0';
    EXPECT_GT(content.signs[static_cast<std::size_t>(PageSign::kTitleWords)], 2.0F);
    return seen;
  };
  EXPECT_EQ(signs("https://harbour.example/Category/ships?page=2"), "100");
  EXPECT_EQ(signs("https://harbour.example/en/press-releases/"), "010");
  EXPECT_EQ(signs("https://harbour.example/news/basin-reopens-18236761"), "001");
  EXPECT_EQ(signs("https://harbour.example/"), "000");
}

TEST(PageSigns, ReadWhatPublishingSystemsSay) {
  const auto signs = [](std::string_view classes, std::string_view pager) {
    const std::string html =
        fmt::format("<body class=\"{}\"><main><p>Ships may enter the basin.</p><ul class=\"{}\"><li>2</li></ul></main>",
                    classes, pager);
    const HtmlTree tree = HtmlTree::Parse(html);
    const HtmlContent content = ReadContent(tree, "https://harbour.example/x", {});
    std::string seen;
    for (const PageSign sign : {PageSign::kBodySingle, PageSign::kBodyList, PageSign::kPager})
      seen += content.signs[static_cast<std::size_t>(sign)] > 0 ? '1' : '0';
    return seen;
  };
  EXPECT_EQ(signs("post-template-default single single-post postid-7", ""), "100");
  EXPECT_EQ(signs("archive category category-ships", "nav pagination"), "011");
  EXPECT_EQ(signs("home wide", "steps"), "000");
}

TEST(PageSigns, HaveDistinctNames) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kPageSignCount; ++i) names.insert(PageSignName(i));
  EXPECT_EQ(names.size(), kPageSignCount);
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace dateline::extraction
