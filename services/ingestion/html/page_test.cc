// Proves that pages give their words, addresses and selections, that hostile nesting is cut, and that selectors which
// the matcher could not survive never reach it.

#include "services/ingestion/html/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"
#include "services/ingestion/html/selector_syntax.h"

namespace dateline::html {
namespace {

using ::testing::SizeIs;

std::unique_ptr<Page> Parse(std::string_view html) {
  auto page = Page::Parse(html, "text/html", "https://a.example/b/c");
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? *std::move(page) : nullptr;
}

TEST(Page, GivesWordsLanguageAndAddresses) {
  const auto page = Parse(
      "<html lang=fr><head><base href='/d/'></head><body><p>Un<b>e</b> "
      "page</p><script>x</script><p>deux</p></body></html>");
  EXPECT_EQ(page->Words(0), "Une page deux");
  EXPECT_EQ(page->Language(), "fr");
  EXPECT_EQ(page->Absolute("e#f"), "https://a.example/d/e");
  EXPECT_EQ(page->Absolute("mailto:x@a.example"), "");
}

TEST(Page, SelectsInsideAScope) {
  const auto page = Parse("<ul class=n><li><a href=1>x</a><li class=m><a href=2>y</a></ul><a href=3>z</a>");
  const auto items = page->Select("ul.n > li", 0);
  ASSERT_TRUE(items.ok());
  ASSERT_THAT(*items, SizeIs(2));
  const auto inside = page->Select("a[href]", (*items)[1]);
  ASSERT_THAT(*inside, SizeIs(1));
  EXPECT_EQ(page->Attribute(inside->front(), "href"), "2");
  EXPECT_THAT(*page->Select("li:nth-child(2) a, li.m", 0), SizeIs(2));
  EXPECT_EQ(ErrorReason(page->Select("]", 0).status()), "BAD_SELECTOR");
}

TEST(Page, CutsNestingThatIsTooDeep) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  EXPECT_LT(Parse("<p>x</p>" + deep)->nodes().size(), 1000U);
}

TEST(Page, IsAPageAlsoWithoutAnythingInIt) {
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("\xef\xbb\xbf"), std::string_view("\xff\xfe"),
        std::string_view("\xff\xfe\0\0", 4), std::string_view("\0", 1)}) {
    const auto page = Page::Parse(bytes, "text/html", "https://a.example/");
    if (!page.ok()) continue;  // Not text at all, and said so.
    EXPECT_LE((*page)->nodes().size(), 6U);
  }
  const auto mark = Page::Parse(std::string_view("\xff\xfe\0\0", 4), "text/html", "https://a.example/");
  ASSERT_TRUE(mark.ok()) << mark.status();
  EXPECT_GE((*mark)->nodes().size(), 1U);
}

TEST(SelectorSyntax, KnowsWhatTheMatcherSurvives) {
  for (const char* const good :
       {"li", "*", "ul.news > li", "#a .b-c", "a[href]", "a[rel=next]", "a[href^=\"/x y/\"]", "div + p ~ span",
        "tr:nth-child(2n+1) td", "li:not(.x)", "a, b , c", "h2:first-child", "[data-x]", "li:nth-child(odd)"}) {
    EXPECT_TRUE(IsSelector(good)) << good;
  }
  for (const char* const bad : {"",
                                " ",
                                "]",
                                "[",
                                "li >>",
                                "li >",
                                "> li",
                                "..",
                                "a b]",
                                "a[",
                                "a[x=",
                                "a[x='y]",
                                "a:hover",
                                "a::before",
                                "a:not(",
                                "a:not(:not(b))",
                                "li:nth-child()",
                                "li:nth-child(n+)",
                                "a,",
                                ",a",
                                "a\nb{}",
                                "\xC3\xBC",
                                "a\\b",
                                "1a",
                                "a{color:red}"}) {
    EXPECT_FALSE(IsSelector(bad)) << bad;
  }
}

}  // namespace
}  // namespace dateline::html
