// Proves what is read of images: the address behind lazy loading, caption and credit where pages set them, decorations
// left out, and the lead image of the metadata joined with the one in the text. Every fixture is made up for its rule.
#include "services/extraction/page/page_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/extraction/extract.h"
#include "services/extraction/page/json_ld.h"

namespace dateline::extraction {
namespace {

PageImage FirstImage(std::string_view html) {
  const HtmlTree tree = HtmlTree::Parse(html);
  for (std::size_t i = 0; i < tree.nodes().size(); ++i) {
    if (tree.nodes()[i].tag == Tag::kImg) return ImageReader(tree).Read(i);
  }
  return {};
}

TEST(ImageReader, ReadsCaptionAndCreditOfAFigure) {
  const PageImage image = FirstImage(
      "<figure><img src=/crane.jpg alt='A crane'><figcaption>The crane on pier four. Photo: Ada Quay"
      "</figcaption></figure>");
  EXPECT_EQ(image.uri, "/crane.jpg");
  EXPECT_EQ(image.alt_text, "A crane");
  EXPECT_EQ(image.caption, "The crane on pier four.");
  EXPECT_EQ(image.credit, "Ada Quay");
}

TEST(ImageReader, ReadsACreditInAnElementOfItsOwn) {
  const PageImage inside = FirstImage(
      "<figure><img src=/c.jpg><figcaption>The crane on pier four. <span class=photo-credit>\u00A9 Harbour Trust"
      "</span></figcaption></figure>");
  EXPECT_EQ(inside.caption, "The crane on pier four.");
  EXPECT_EQ(inside.credit, "Harbour Trust");
  const PageImage beside = FirstImage(
      "<div class=media><img src=/c.jpg><p class=media-caption>The crane</p><p class=copyright>(c) Lee Hart</p></div>");
  EXPECT_EQ(beside.caption, "The crane");
  EXPECT_EQ(beside.credit, "Lee Hart");
}

TEST(ImageReader, ReadsAttributes) {
  const PageImage image = FirstImage(
      "<img src='data:image/gif;base64,AA' data-src=/c.jpg data-caption='The &lt;b&gt;crane"
      "&lt;/b&gt;' data-credit='Foto: Uta Kranz'>");
  EXPECT_EQ(image.uri, "/c.jpg");
  EXPECT_EQ(image.caption, "The crane");
  EXPECT_EQ(image.credit, "Uta Kranz");
}

TEST(ImageReader, TakesThePictureAndNotItsPlaceholder) {
  EXPECT_EQ(FirstImage("<img src='data:image/gif;base64,AA' srcset='/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w'>").uri,
            "/l.jpg");
  EXPECT_EQ(FirstImage("<picture><source srcset='/p.webp 800w'><img alt=x></picture>").uri, "/p.webp");
  EXPECT_EQ(FirstImage("<img src='data:image/gif;base64,AA'>").uri, "");
}

TEST(ImageReader, KnowsDecorations) {
  for (const char* html : {"<img src=/img/logo.png>", "<img src=/a.jpg width=1 height=1>",
                           "<img class=avatar src=/a.jpg>", "<img src=/share.svg>"})
    EXPECT_TRUE(FirstImage(html).decoration) << html;
  EXPECT_FALSE(FirstImage("<img src=/crane.jpg width=800>").decoration);
  EXPECT_FALSE(FirstImage("<img src=/crane.jpg width=100%>").decoration);
}

TEST(ImageReader, GivesNoCaptionFromALongBox) {
  const std::string prose(1200, 'a');
  const PageImage image =
      FirstImage("<div><img src=/c.jpg><p>" + prose + "</p><p class=caption>Of another picture</p></div>");
  EXPECT_EQ(image.caption, "");
}

TEST(SplitCredit, PartsCaptionAndCredit) {
  const auto split = [](std::string_view line) {
    const CaptionParts parts = SplitCredit(line);
    return std::string(parts.caption) + "|" + std::string(parts.credit);
  };
  EXPECT_EQ(split("The crane. Photo: Ada Quay"), "The crane.|Ada Quay");
  EXPECT_EQ(split("The crane \u00A9 Harbour Trust"), "The crane|Harbour Trust");
  EXPECT_EQ(split("The crane (Photo: Ada Quay/Harbour Images)"), "The crane|Ada Quay/Harbour Images");
  EXPECT_EQ(split("The crane (Ada Quay/Reuters)"), "The crane|Ada Quay/Reuters");
  EXPECT_EQ(split("Foto: Uta Kranz. Der Kran am Pier."), "Der Kran am Pier.|Uta Kranz");
  EXPECT_EQ(split("\u8D77\u91CD\u673A \u6444\u5F71\uFF1A\u5468\u654F"), "\u8D77\u91CD\u673A|\u5468\u654F");
  EXPECT_EQ(split("The crane (left) and the pier"), "The crane (left) and the pier|");
  EXPECT_EQ(split(""), "|");
}

TEST(ImageKey, IsTheSameForAllSizes) {
  EXPECT_EQ(ImageKey("https://h.example/a/Crane-1024x683.jpg?w=3"), ImageKey("https://cdn.example/b/crane.webp"));
  EXPECT_EQ(ImageKey("/crane@2x.png"), "crane");
  EXPECT_EQ(ImageKey("/crane-scaled.jpg"), "crane");
  EXPECT_NE(ImageKey("/crane-2.jpg"), ImageKey("/crane-3.jpg"));
}

TEST(JsonLdImages, ReadsObjectsListsAndReferences) {
  JsonLdReader reader;
  reader.Add(
      R"({"@graph":[{"@type":"NewsArticle","headline":"Basin reopens","image":[{"@id":"#i"},"https://h.example/b.jpg"]},
    {"@type":"ImageObject","@id":"#i","contentUrl":"https://h.example/a.jpg","caption":"The crane",
     "creator":{"@type":"Person","name":"Ada Quay"}}]})");
  const JsonLdArticle article = reader.Choose("");
  ASSERT_EQ(article.images.size(), 2U);
  EXPECT_EQ(article.images[0].uri, "https://h.example/a.jpg");
  EXPECT_EQ(article.images[0].caption, "The crane");
  EXPECT_EQ(article.images[0].credit, "Ada Quay");
  EXPECT_EQ(article.images[1].uri, "https://h.example/b.jpg");
}

TEST(ReleaseImages, JoinsTheLeadWithThePictureInTheText) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok());
  std::string text;
  for (int i = 0; i < 4; ++i)
    text +=
        "<p>The northern basin reopened on Tuesday, the harbour office said, a week after the storm had closed it.</p>";
  const std::string html =
      "<head><meta property=og:image content=https://h.example/crane-1200x800.jpg></head><body><header><img "
      "src=/logo.png>"
      "</header><main><article><h1>Basin reopens after storm</h1><figure><img src=/map.jpg></figure>" +
      text +
      "<figure><img src=/crane-300x200.jpg alt=Crane><figcaption>The crane on pier four. Photo: Ada "
      "Quay</figcaption></figure>" +
      text + "</article></main><aside><img src=/teaser.jpg></aside></body>";
  const auto release =
      (*extractor)
          ->Extract(
              {.bytes = html, .uri = "https://h.example/news/basin", .content_type = "text/html", .omit_facts = true});
  ASSERT_TRUE(release.ok());
  ASSERT_EQ(release->images_size(), 2);
  EXPECT_EQ(release->images(0).uri(), "https://h.example/crane-300x200.jpg");
  EXPECT_EQ(release->images(0).caption(), "The crane on pier four.");
  EXPECT_EQ(release->images(0).credit(), "Ada Quay");
  EXPECT_EQ(release->images(0).alt_text(), "Crane");
  EXPECT_EQ(release->images(1).uri(), "https://h.example/map.jpg");
}

}  // namespace
}  // namespace dateline::extraction
