// Proves that documents which announce several things are parted into their items, with titles, texts and fragments of
// their own, and, as much, that an article with headings inside is not.
#include "services/extraction/bulletin.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/extract.h"
#include "services/extraction/invariants.h"

namespace dateline::extraction {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::string> kHeads = {"Basin reopens to large ships", "Ferry to the islands sails again",
                                         "New pilots take their oath today"};

std::string Text(const std::string& what) {
  return fmt::format(
      "The harbour office said on Tuesday that {0} had been planned for two years, and that ships of more than "
      "80 metres would still need a pilot. The office thanked all who had waited for {0} so patiently.",
      what);
}

// A page of items below headings of the second rank.
std::string Page(const std::string& title, bool anchors, const std::string& opening = {}) {
  std::string html = fmt::format("<html><head><title>{0}</title></head><body><main><article><h1>{0}</h1>", title);
  for (std::size_t i = 0; i < kHeads.size(); ++i) {
    html += anchors ? fmt::format("<h2 id=\"part{}\">", i) : "<h2>";
    html += kHeads[i] + "</h2><p>" + opening + Text("item " + std::to_string(i)) + "</p><p>" +
            Text("the rest of it " + std::to_string(i)) + "</p>";
  }
  return html + "</article></main></body></html>";
}

Extraction MustExtract(const std::string& bytes, const std::string& type = "text/html") {
  static const auto extractor = Extractor::Create();
  EXPECT_TRUE(extractor.ok());
  const Input input{.bytes = bytes, .uri = "https://harbour.example/d/7", .content_type = type};
  auto extraction = (*extractor)->ExtractAll(input);
  EXPECT_TRUE(extraction.ok()) << extraction.status();
  if (!extraction.ok()) return {};
  const auto whole = (*extractor)->Extract(input);
  EXPECT_EQ(whole->SerializeAsString(), extraction->release.SerializeAsString());
  for (const auto& item : extraction->items) EXPECT_EQ(FindBrokenInvariant(item), "");
  return *std::move(extraction);
}

std::vector<std::string> Titles(const Extraction& extraction) {
  std::vector<std::string> titles;
  for (const auto& item : extraction.items) titles.push_back(item.title());
  return titles;
}

TEST(Bulletin, IsPartedAtItsHeadings) {
  const Extraction extraction = MustExtract(Page("Daily News of 3 June 2031", true));
  EXPECT_THAT(Titles(extraction), ElementsAre(kHeads[0], kHeads[1], kHeads[2]));
  ASSERT_EQ(extraction.items.size(), 3U);
  EXPECT_EQ(extraction.items[1].uri(), "https://harbour.example/d/7#part1");
  EXPECT_THAT(extraction.items[1].text(), HasSubstr("item 1 had been planned"));
  EXPECT_THAT(extraction.items[1].text(), HasSubstr("the rest of it 1"));
  EXPECT_THAT(extraction.items[1].text(), Not(HasSubstr("item 2")));
  EXPECT_THAT(extraction.release.text(), HasSubstr("the rest of it 2"));
  for (const auto& item : extraction.items) EXPECT_EQ(item.page_type(), release::v1::ARTICLE);
}

TEST(Bulletin, NumbersItemsWithoutAnchors) {
  const Extraction extraction = MustExtract(Page("Noon briefing", false));
  ASSERT_EQ(extraction.items.size(), 3U);
  EXPECT_EQ(extraction.items[0].uri(), "https://harbour.example/d/7#item-1");
  EXPECT_EQ(extraction.items[2].uri(), "https://harbour.example/d/7#item-3");
}

TEST(Bulletin, IsRecognisedByTheDatelinesOfItsItems) {
  const Extraction extraction = MustExtract(Page("From the harbours", true, "ROTTERDAM, 3 June 2031 \u2013 "));
  EXPECT_THAT(Titles(extraction), ElementsAre(kHeads[0], kHeads[1], kHeads[2]));
  ASSERT_EQ(extraction.items.size(), 3U);
  EXPECT_EQ(extraction.items[0].dateline().place(), "ROTTERDAM");
}

TEST(Bulletin, IsNoArticleAboutBulletins) {
  EXPECT_THAT(MustExtract(Page("Best daily news website for harbours", true)).items, IsEmpty());
  EXPECT_EQ(MustExtract(Page("Harbour Trust Daily News 03/06/2031", true)).items.size(), 3U);
  EXPECT_EQ(MustExtract(Page("Highlights of the noon briefing by the harbour office", true)).items.size(), 3U);
}

TEST(Bulletin, IsNoArticleWithHeadings) {
  EXPECT_THAT(MustExtract(Page("Basin reopens after two years", true)).items, IsEmpty());
  // One dateline at the head of all is that of a single release.
  std::string html = Page("Basin reopens after two years", true);
  html.replace(html.find("<p>"), 3, "<p>ROTTERDAM, 3 June 2031 \u2013 ");
  EXPECT_THAT(MustExtract(html).items, IsEmpty());
}

TEST(Bulletin, IsNoPageWithMoreTextOutsideItsItems) {
  std::string html = Page("Daily News", true);
  std::string before;
  for (int i = 0; i < 12; ++i) before += "<p>" + Text("chapter " + std::to_string(i)) + "</p>";
  html.insert(html.find("<h2"), before);
  EXPECT_THAT(MustExtract(html).items, IsEmpty());
}

TEST(Bulletin, KeepsTheTextAboveItsFirstItem) {
  std::string html = Page("Daily News of 3 June 2031", true);
  html.insert(html.find("<h2"), "<p>" + Text("the summary") + "</p><p>In this edition</p>");
  const Extraction extraction = MustExtract(html);
  ASSERT_EQ(extraction.items.size(), 4U);
  EXPECT_EQ(extraction.items[0].title(), "Daily News of 3 June 2031");
  EXPECT_EQ(extraction.items[0].uri(), "https://harbour.example/d/7") << "the address of the whole";
  EXPECT_THAT(extraction.items[0].text(), HasSubstr("the summary had been planned"));
  EXPECT_THAT(extraction.items[0].text(), Not(HasSubstr("item 0")));
  EXPECT_EQ(extraction.items[1].uri(), "https://harbour.example/d/7#part0");
}

TEST(Bulletin, MayBePlainText) {
  std::string text = "DAILY NEWS\n\n";
  for (const std::string& head : kHeads) text += head + "\n\n" + Text(head) + "\n\n" + Text("the rest of it") + "\n\n";
  const Extraction extraction = MustExtract(text, "text/plain");
  EXPECT_THAT(Titles(extraction), ElementsAre(kHeads[0], kHeads[1], kHeads[2]));
  text.erase(0, text.find('\n') + 2);
  EXPECT_THAT(MustExtract(text, "text/plain").items, IsEmpty());
}

}  // namespace
}  // namespace dateline::extraction
