// Proves what is read of HTML pages: the article and not what is set around it, blocks by the elements' meaning, the
// title without the site's name, metadata as candidates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_metadata.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_title.h"

namespace dateline::extraction {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPage = R"(<!doctype html><html lang="en-GB"><head>
<title>Basin reopens after storm | Harbour Trust</title>
<meta property="og:title" content="Basin reopens after storm - Harbour Trust">
<meta property="og:site_name" content="Harbour Trust">
<meta property="article:published_time" content="2024-03-05T10:30:00+01:00">
<meta name="keywords" content="ports, storms">
<link rel="canonical" href="/news/basin"><link rel="alternate" hreflang="fr" href="/fr/nouvelles/bassin">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","headline":"Basin reopens",
"datePublished":"2024-03-05","author":[{"@type":"Person","name":"Ada Quay"},{"@type":"Organization","name":"Harbour Trust"}]}]}</script>
</head><body><header><a href="/">Harbour Trust</a></header><nav><ul><li><a href="/a">Who we are</a><li><a href="/b">Ships</a></ul></nav>
<main><article><h1>Basin reopens after storm</h1>
<p>MARSEILLE &ndash; The northern basin reopened on Tuesday, the <a href="/trust">Harbour Trust</a> said, a week after the storm had closed it to all ships.</p>
<h2>Pilots</h2><p>Pilots will guide every ship of more than 80 metres until the channel has been dredged again, which takes until June.</p>
<ul><li>Basin A: open</li><li>Basin B: closed</li></ul>
<blockquote><p>We are glad that the crews could work so fast.</p></blockquote>
<figure><img src="/crane.jpg" alt="A crane"><figcaption>The crane on pier four. Photo: Harbour Trust</figcaption></figure>
<table><tr><th>Basin</th><th>Depth</th></tr><tr><td>A</td><td>12 m</td></tr></table>
<div class="share-buttons"><a href="https://x.example/s">Share on X</a></div>
<script>var text = "never";</script><p style="display:none">Hidden words</p></article></main>
<aside><p>Most read: a long teaser about something else entirely, with many words in it.</p></aside>
<footer><p>Copyright Harbour Trust</p></footer></body></html>)";

HtmlContent Content(std::string_view html) {
  const HtmlTree tree = HtmlTree::Parse(html);
  return ReadContent(tree, "https://harbour.example/news/basin", {});
}

HtmlMetadata Metadata(std::string_view html) {
  const HtmlTree tree = HtmlTree::Parse(html);
  return ReadMetadata(tree, "https://harbour.example/news/basin");
}

const Block* Find(const HtmlContent& content, std::string_view text) {
  for (const Block& block : content.blocks) {
    if (block.text.find(text) != std::string::npos) return &block;
  }
  return nullptr;
}

TEST(ReadContent, KeepsTheArticleAndNothingAround) {
  const HtmlContent content = Content(kPage);
  EXPECT_NE(Find(content, "The northern basin reopened"), nullptr);
  for (const char* chrome : {"Who we are", "Most read", "Copyright", "Share on X", "never", "Hidden words"}) {
    EXPECT_EQ(Find(content, chrome), nullptr) << chrome;
  }
}

TEST(ReadContent, GivesBlocksTheirShape) {
  const HtmlContent content = Content(kPage);
  EXPECT_EQ(Find(content, "Pilots")->shape, Shape::kHeading);
  EXPECT_EQ(Find(content, "Basin A: open")->shape, Shape::kListItem);
  EXPECT_EQ(Find(content, "We are glad")->shape, Shape::kQuote);
  EXPECT_EQ(Find(content, "The crane on pier four")->shape, Shape::kCaption);
  EXPECT_EQ(Find(content, "Depth")->shape, Shape::kTable);
  EXPECT_EQ(Find(content, "Depth")->text, "Basin\tDepth\nA\t12 m");
}

TEST(ReadContent, KeepsLinksWithTheirWords) {
  const HtmlContent content = Content(kPage);
  const Block& block = *Find(content, "The northern basin");
  ASSERT_EQ(block.links.size(), 1U);
  EXPECT_EQ(block.text.substr(block.links[0].begin, block.links[0].end - block.links[0].begin), "Harbour Trust");
  EXPECT_EQ(block.links[0].uri, "https://harbour.example/trust");
}

TEST(ReadContent, ReadsImagesAbsolute) {
  const HtmlContent content = Content(kPage);
  ASSERT_EQ(content.images.size(), 1U);
  EXPECT_EQ(content.images[0].uri, "https://harbour.example/crane.jpg");
  EXPECT_EQ(content.images[0].alt_text, "A crane");
  EXPECT_EQ(Find(content, "The crane on pier four")->image, 0);
}

TEST(ReadContent, FindsTextWithoutAnyMarkupOfMeaning) {
  std::string html = "<body><div><a href=/1>One</a> <a href=/2>Two</a></div><div id=text>";
  for (int i = 0; i < 6; ++i)
    html += "<p>The harbour office published its figures for the year, and they show more ships than ever before.</p>";
  html += "</div><div><a href=/3>Three</a></div>";
  const HtmlContent content = Content(html);
  EXPECT_EQ(content.blocks.size(), 6U);
  EXPECT_EQ(content.rule, "container.score");
}

TEST(ReadContent, PartsParagraphsAtDoubleBreaks) {
  const HtmlContent content =
      Content("<body><div>First paragraph of the notice.<br><br>Second one,<br>same paragraph.</div>");
  ASSERT_EQ(content.blocks.size(), 2U);
  EXPECT_EQ(content.blocks[1].text, "Second one, same paragraph.");
}

TEST(ReadMetadata, ChoosesTheHeadlineWithoutTheSite) {
  const HtmlMetadata metadata = Metadata(kPage);
  EXPECT_EQ(metadata.title, "Basin reopens after storm");
  EXPECT_EQ(metadata.title_rule, "title.h1");
  EXPECT_EQ(metadata.site_name, "Harbour Trust");
  EXPECT_EQ(Metadata("<title>Basin reopens | Harbour Trust</title>").title, "Basin reopens");
}

TEST(ReadMetadata, CollectsEveryCandidate) {
  const HtmlMetadata metadata = Metadata(kPage);
  EXPECT_EQ(metadata.language, "en-GB");
  EXPECT_EQ(metadata.canonical, "https://harbour.example/news/basin");
  // JSON-LD names an author whom the page does not show.
  EXPECT_THAT(metadata.authors, testing::IsEmpty());
  EXPECT_THAT(metadata.topics, ElementsAre("ports", "storms"));
  EXPECT_THAT(metadata.translations, ElementsAre(testing::Pair("fr", "https://harbour.example/fr/nouvelles/bassin")));
  EXPECT_THAT(metadata.dates, Contains(testing::Field(&DateSign::basis, "meta")));
  EXPECT_THAT(metadata.dates, Contains(testing::Field(&DateSign::basis, "json_ld")));
}

TEST(ReadMetadata, PassesOverBrokenJsonLd) {
  EXPECT_TRUE(Metadata("<script type='application/ld+json'>{\"@type\": \"Article\", </script><h1>Words here</h1>")
                  .dates.empty());
}

TEST(WithoutSiteName, CutsOnlyTheSite) {
  EXPECT_EQ(WithoutSiteName("Basin reopens - Harbour Trust", "Harbour Trust"), "Basin reopens");
  EXPECT_EQ(WithoutSiteName("Basin reopens - but not for all", "Harbour Trust"), "Basin reopens - but not for all");
  EXPECT_EQ(WithoutSiteName("Oil - gas - wind", ""), "Oil - gas - wind");
  EXPECT_EQ(WithoutSiteName("Plain", "Harbour Trust"), "Plain");
}

}  // namespace
}  // namespace dateline::extraction
