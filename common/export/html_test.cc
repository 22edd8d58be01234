// Proves that the HTML form shows every part as the element it is, and that no text or address of a release can become
// markup or a script. By comparing with what a person would write.

#include "common/export/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/export/test_release.h"

namespace dateline::exporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Html, ShowsEveryPartAsTheElementItIs) {
  const std::string html = Html(SomeRelease());
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("<link rel=\"canonical\" href=\"https://example.org/news/bridges?a=1&amp;b=2\">"));
  EXPECT_THAT(html, HasSubstr("<time datetime=\"2025-03-11T09:30:00Z\">"));
  EXPECT_THAT(html,
              HasSubstr("<h2>What was built</h2>\n<ul>\n<li>North bridge</li>\n<li>South bridge</li>\n</ul>\n<table>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>North | East</td><td>120</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<blockquote>\n<p>We walked across it.</p>\n<footer><cite>Luz Paz</cite></footer>"));
  EXPECT_THAT(html, HasSubstr("<figure>\n<img src=\"https://example.org/dawn.jpg\" alt=\"A &quot;bridge&quot;\">\n"
                              "<figcaption>The bridge at dawn.</figcaption>"));
  EXPECT_THAT(html, HasSubstr("<section class=\"about\">\n<p>The city is old.</p>\n<p>It is high.</p>\n</section>"));
  EXPECT_THAT(html, HasSubstr("<p>Ana Mora<br>\nTel. 1</p>"));
}

TEST(Html, EscapesTextAndAddresses) {
  const std::string html = Html(SomeRelease());
  EXPECT_THAT(html, HasSubstr("<h1>Bridges &quot;of&quot; &lt;Quito&gt; open</h1>"));
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;today&lt;/b&gt;"));
  EXPECT_THAT(html, HasSubstr("<a href=\"https://example.org/mayor?x=%221%22\">the mayor</a> said"));
  EXPECT_THAT(html, Not(HasSubstr("javascript:")));
  EXPECT_THAT(html, HasSubstr("1. is no list &amp; # no heading_here."));
}

TEST(Html, KeepsEverythingWhenSpansAreDamaged) {
  release::v1::Release release;
  release.set_text("Only text.");
  auto* section = release.add_sections();
  section->mutable_span()->set_start(5);
  section->mutable_span()->set_end(500);
  EXPECT_EQ(HtmlBody(release), "<p>Only text.</p>\n");
  EXPECT_EQ(HtmlBody(release::v1::Release()), "");
}

}  // namespace
}  // namespace dateline::exporting
