// Proves that a sanitized fragment keeps words and structure and loses all that runs, loads or hides, and that plain
// text, images and the guess whether text is HTML come out of it right.

#include "services/ingestion/feeds/sanitize_html.h"

#include <gtest/gtest.h>

#include <string>

#include "common/url/url.h"
#include "services/ingestion/feeds/absolute_url.h"

namespace dateline::feeds {
namespace {

TEST(SanitizeHtml, KeepsStructureAndMakesAddressesAbsolute) {
  EXPECT_EQ(SanitizeHtml("<p>A <a href=\"/b\" target=_blank>b</a><img src=c.png width=1></p>", "https://x.example/d/"),
            "<p>A <a href=\"https://x.example/b\">b</a><img src=\"https://x.example/d/c.png\" width=\"1\"></p>");
  EXPECT_EQ(SanitizeHtml("<a href='/b'>b</a>", ""), "<a href=\"/b\">b</a>");
  EXPECT_EQ(SanitizeHtml("<TABLE><TR><TD colspan=2>x</TD></TR></TABLE>", ""),
            "<table><tr><td colspan=\"2\">x</td></tr></table>");
}

// Simple references are put together without the parser; the result must be that of the parser all the same.
TEST(AbsoluteUrl, IsWhatTheParserOfUrlsGives) {
  for (const std::string_view base :
       {"https://a.example/b/c?d#e", "http://a.example:8080", "https://a.example?x", "ftp://a.example/x/"}) {
    for (const std::string_view reference :
         {"/", "/x", "/x/y.html?z=1&w=2", "/x//y", "/x/../y", "/./y", "//h.example/z", "/%2e%2e/x", "/x y", "/ü", "x",
          "?q", "../x", "/a.b..c/", "/x/.", "/\\y"}) {
      const auto parsed = url::Resolve(base, reference);
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(AbsoluteUrl(reference, base), *parsed) << base << " " << reference;
    }
  }
  EXPECT_EQ(AbsoluteUrl("HTTP://A.example/x", "https://b.example/"), "HTTP://A.example/x");
  EXPECT_EQ(AbsoluteUrl(" java\nscript:x", "https://b.example/"), "");
}

TEST(SanitizeHtml, LosesWhatRuns) {
  const char* const kHarmful[] = {"<script>x</script>",
                                  "<SCRIPT src=x>y</SCRIPT >",
                                  "<style>p{}</style>",
                                  "<iframe src=x></iframe>",
                                  "<a onclick=\"x\"></a>",
                                  "<object data=x></object>",
                                  "<embed src=x>",
                                  "<a style=\"x:y\"></a>",
                                  "<a href=\"javascript:x\"></a>",
                                  "<a href=\"JAVA\nSCRIPT:x\"></a>",
                                  "<img src=\"data:text/html,x\">",
                                  "<form action=x><input></form>",
                                  "<!-- x --><a></a>",
                                  "<link rel=stylesheet href=x>",
                                  "<meta http-equiv=refresh>"};
  for (const char* const harmful : kHarmful) {
    const std::string clean = SanitizeHtml(harmful, "https://a.example/");
    for (const char* const bad :
         {"script", "style", "onclick", "x:y", "data", "frame", "object", "embed", "form", "--", "meta", "link"}) {
      EXPECT_EQ(clean.find(bad), std::string::npos) << harmful << " gave " << clean;
    }
  }
}

TEST(SanitizeHtml, WhatIsNoTagIsText) {
  EXPECT_EQ(SanitizeHtml("1 < 2 <3 <! x", ""), "1 &lt; 2 &lt;3 &lt;! x");
  EXPECT_EQ(SanitizeHtml("a<!-- open >b", ""), "ab");
  EXPECT_EQ(SanitizeHtml("a<script>lost", ""), "a");
}

TEST(LooksLikeHtml, KnowsTagsAndReferences) {
  EXPECT_TRUE(LooksLikeHtml("a <b>b</b>"));
  EXPECT_TRUE(LooksLikeHtml("a<br>b"));
  EXPECT_TRUE(LooksLikeHtml("AT&amp;T"));
  EXPECT_FALSE(LooksLikeHtml("a < b & c > d"));
  EXPECT_FALSE(LooksLikeHtml("write to <ada@a.example>"));
  EXPECT_FALSE(LooksLikeHtml("vector<int> x"));
}

TEST(PlainText, PartsBlocksAndResolvesReferences) {
  EXPECT_EQ(PlainText("<p>One</p><p>two&nbsp;<b>th</b>ree<br>four</p><script>x</script>"), "One two three four");
  EXPECT_EQ(PlainText("a &lt; b &amp; c"), "a < b & c");
}

TEST(FirstImage, IsFoundAmongOtherTags) {
  EXPECT_EQ(FirstImage("<p><a href=x><img alt='' src=\"/a.png?b=1&amp;c=2\"></a><img src=z>"), "/a.png?b=1&c=2");
  EXPECT_EQ(FirstImage("<p>none"), "");
}

}  // namespace
}  // namespace dateline::feeds
