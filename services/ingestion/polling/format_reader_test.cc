// Proves that the reader hands the formats to their parsers and keeps what the crawler needs of each. What the parsers
// themselves do is proved beside them.

#include "services/ingestion/polling/format_reader.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace dateline::ingestion {
namespace {

absl::StatusOr<SourceContent> Read(std::string_view body, v1::Source::Kind kind = v1::Source::KIND_UNSPECIFIED) {
  v1::Source source;
  source.set_kind(kind);
  return FormatReader().Read({.body = body,
                              .content_type = "",
                              .url = "https://e.example/news/",
                              .source = &source,
                              .now = WallTime(std::chrono::seconds(1'700'000'000))});
}

TEST(FormatReader, ReadsAFeedWithItsRhythmAndHub) {
  const auto content = Read(
      "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>News of E</title>"
      "<link>https://e.example/</link><ttl>90</ttl><atom:link rel=\"hub\" href=\"https://hub.example/\"/>"
      "<atom:link rel=\"self\" href=\"https://e.example/feed\"/>"
      "<item><title>One &amp; only</title><link>/news/1</link><guid isPermaLink=\"false\">x1</guid>"
      "<pubDate>Mon, 03 Mar 2025 10:00:00 GMT</pubDate><description>Short.</description></item></channel></rss>");
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->kind, v1::Source::KIND_FEED);
  EXPECT_EQ(content->title, "News of E");
  EXPECT_EQ(content->interval, std::chrono::minutes(90));
  EXPECT_EQ(content->hub, "https://hub.example/");
  EXPECT_EQ(content->topic, "https://e.example/feed");
  ASSERT_EQ(content->items.size(), 1U);
  EXPECT_EQ(content->items[0].title, "One & only");
  EXPECT_EQ(content->items[0].link, "https://e.example/news/1");
  EXPECT_EQ(content->items[0].guid, "x1");
  EXPECT_EQ(content->items[0].publish_time, WallTime(std::chrono::seconds(1'740'996'000)));
}

TEST(FormatReader, ReadsASitemapNewestFirstAndAnIndexAsChildren) {
  const auto pages = Read(
      "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
      "<url><loc>https://e.example/old</loc><lastmod>2024-01-01</lastmod></url>"
      "<url><loc>https://e.example/new</loc><lastmod>2025-01-01</lastmod></url></urlset>",
      v1::Source::KIND_SITEMAP);
  ASSERT_TRUE(pages.ok()) << pages.status();
  ASSERT_EQ(pages->items.size(), 2U);
  EXPECT_EQ(pages->items[0].link, "https://e.example/new");
  EXPECT_TRUE(pages->items[0].update_time);
  const auto index = Read(
      "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
      "<sitemap><loc>https://e.example/s1.xml</loc></sitemap></sitemapindex>");
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_TRUE(index->items.empty());
  EXPECT_EQ(index->children, std::vector<std::string>{"https://e.example/s1.xml"});
}

TEST(FormatReader, TellsAPageThatNeedsScriptsFromAnEmptyOne) {
  const auto scripted = Read("<html><body><div id=\"root\"></div><script src=\"/app.js\"></script></body></html>",
                             v1::Source::KIND_LISTING);
  ASSERT_TRUE(scripted.ok()) << scripted.status();
  EXPECT_TRUE(scripted->scripted);
  EXPECT_TRUE(scripted->items.empty());
  const auto empty =
      Read("<html><body><p>No news today, come back tomorrow.</p></body></html>", v1::Source::KIND_LISTING);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_FALSE(empty->scripted);
}

TEST(FormatReader, DoesNotTakeAPageForAFeed) {
  const auto content = Read("<html><body><p>Please enable cookies.</p></body></html>", v1::Source::KIND_FEED);
  EXPECT_EQ(ErrorReason(content.status()), "UNREADABLE_SOURCE");
}

storage::v1::Document PageOfRelease() {
  storage::v1::Document document;
  document.set_given_uri("https://e.example/news/1");
  document.set_content_type("text/html");
  document.set_content(
      "<html><body><h1>E Authority</h1><h2 class=\"head\">Ferry sails</h2><i class=\"day\">12 March 2026</i>"
      "<div class=\"body\"><p>It sails.</p><aside>Share</aside></div></body></html>");
  return document;
}

TEST(FormatReader, ReadsAPageByTheLatestRecipeThatHolds) {
  const WallTime now(std::chrono::seconds(1'700'000'000));
  v1::Source source;
  EXPECT_FALSE(FormatReader().ReadPage(source, PageOfRelease(), now)) << "no recipe";
  // For lists alone: its title is that of an item.
  v1::Recipe& list = *source.add_recipes();
  list.set_version(9);
  list.set_item_selector("li");
  list.set_title_selector("h1");
  EXPECT_FALSE(FormatReader().ReadPage(source, PageOfRelease(), now));
  v1::Recipe& old = *source.add_recipes();
  old.set_version(1);
  old.set_title_selector("h1");
  v1::Recipe& latest = *source.add_recipes();
  latest.set_version(2);
  latest.set_title_selector("h2.head");
  latest.set_date_selector(".day");
  latest.set_body_selector(".body");
  latest.add_remove_selectors("aside");
  latest.add_remove_selectors("form");
  const auto page = FormatReader().ReadPage(source, PageOfRelease(), now);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->reading.version(), 2U);
  EXPECT_EQ(page->reading.title(), "Ferry sails");
  EXPECT_EQ(page->reading.date(), "12 March 2026");
  EXPECT_EQ(page->reading.body_html(), "<div><p>It sails.</p></div>");
  EXPECT_EQ(page->unmatched, std::vector<std::string>{"remove[1]"});
  // A recipe that has ended gives way to the one before.
  latest.mutable_end_time()->set_seconds(1'600'000'000);
  EXPECT_EQ(FormatReader().ReadPage(source, PageOfRelease(), now)->reading.title(), "E Authority");
}

// The days of a recipe: an old one that ended, one that holds, and a draft for a layout that is to come.
TEST(FormatReader, ARecipeHoldsFromItsBeginningUntilItsEnd) {
  const auto day = [](int number) { return WallTime(std::chrono::hours(24 * number)); };
  v1::Source source;
  const auto add = [&](uint32_t version, const char* title) {
    source.add_recipes()->set_version(version);
    source.mutable_recipes()->rbegin()->set_title_selector(title);
    return source.mutable_recipes()->rbegin();
  };
  add(1, "h1")->mutable_end_time()->set_seconds(100 * 86'400);
  add(2, "h2")->mutable_start_time()->set_seconds(100 * 86'400);
  add(3, "i")->mutable_start_time()->set_seconds(200 * 86'400);
  const auto title = [&](int number) {
    return FormatReader().ReadPage(source, PageOfRelease(), day(number))->reading.title();
  };
  EXPECT_EQ(title(99), "E Authority");
  EXPECT_EQ(title(100), "Ferry sails");
  EXPECT_EQ(title(200), "12 March 2026");
  const FormatReader reader;
  EXPECT_EQ(reader.RecipesOf(source, day(100)).page, reader.RecipesOf(source, day(150)).page);
  EXPECT_NE(reader.RecipesOf(source, day(99)).page, reader.RecipesOf(source, day(100)).page);
  EXPECT_EQ(reader.RecipesOf(source, day(100)).list, "");
  source.mutable_recipes()->DeleteSubrange(1, 2);
  EXPECT_EQ(reader.RecipesOf(source, day(150)).page, "") << "none holds";
}

}  // namespace
}  // namespace dateline::ingestion
