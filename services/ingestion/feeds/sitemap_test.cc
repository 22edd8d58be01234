// Proves that sitemaps of every form are read, and that lists of subscriptions come back from OPML as they went in.

#include "services/ingestion/feeds/sitemap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "common/base/error.h"
#include "services/ingestion/feeds/gunzip.h"
#include "services/ingestion/feeds/opml.h"

namespace dateline::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "https://news.example/sitemap.xml";

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string kUrlSet =
    R"(<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
<url><loc> https://news.example/1?a=1&amp;b=2 </loc><lastmod>2024-05-17</lastmod><changefreq>Daily</changefreq><priority>0.8</priority>
<image:image><image:loc>https://news.example/1.png</image:loc></image:image>
<xhtml:link rel="alternate" hreflang="fr" href="https://news.example/fr/1"/></url>
<url><loc>/2</loc><news:news><news:publication><news:name>Harbour</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2024-05-17T08:05:09Z</news:publication_date><news:title>Quay &amp; crane</news:title><news:keywords>quay, crane</news:keywords></news:news></url>
<url><loc>ftp://news.example/3</loc></url></urlset>)";

TEST(Sitemap, ReadsPagesWithNewsAndTranslations) {
  const auto sitemap = ParseSitemap(kUrlSet, kUrl);
  ASSERT_TRUE(sitemap.ok()) << sitemap.status();
  EXPECT_FALSE(sitemap->is_index);
  ASSERT_THAT(sitemap->entries, SizeIs(2));
  const SitemapEntry& first = sitemap->entries[0];
  EXPECT_EQ(first.url, "https://news.example/1?a=1&b=2");
  EXPECT_EQ(dates::FormatDay(first.modified.date->utc), "2024-05-17");
  EXPECT_EQ(first.change_frequency, "daily");
  EXPECT_EQ(first.priority, 0.8);
  ASSERT_THAT(first.alternates, SizeIs(1));
  EXPECT_EQ(first.alternates[0].hreflang, "fr");
  const SitemapEntry& second = sitemap->entries[1];
  EXPECT_EQ(second.url, "https://news.example/2");
  ASSERT_TRUE(second.news);
  EXPECT_EQ(second.news->title, "Quay & crane");
  EXPECT_EQ(second.news->publication, "Harbour");
  EXPECT_EQ(second.news->language, "en");
  EXPECT_EQ(dates::FormatUtc(second.news->published.date->utc), "2024-05-17T08:05:09Z");
  EXPECT_THAT(second.news->keywords, ElementsAre("quay", "crane"));
}

TEST(Sitemap, ReadsAnIndex) {
  const auto sitemap = ParseSitemap(
      "<sitemapindex><sitemap><loc>https://news.example/a.xml.gz</loc><lastmod>2024-05-17T08:05:09+02:00</lastmod></"
      "sitemap>"
      "<sitemap><loc>https://news.example/b.xml</loc></sitemapindex>",
      kUrl);
  ASSERT_TRUE(sitemap.ok());
  EXPECT_TRUE(sitemap->is_index);
  EXPECT_FALSE(sitemap->well_formed);
  ASSERT_THAT(sitemap->entries, SizeIs(2));
  EXPECT_EQ(sitemap->entries[1].url, "https://news.example/b.xml");
}

TEST(Sitemap, ReadsGzipAlsoInPiecesAndCutOff) {
  const std::string packed = Gzip(kUrlSet);
  EXPECT_THAT(ParseSitemap(packed, kUrl)->entries, SizeIs(2));
  EXPECT_EQ(*Gunzip(Gzip("one ") + Gzip("two"), 100), "one two");
  EXPECT_TRUE(ParseSitemap(packed.substr(0, packed.size() - 12), kUrl).ok());
  EXPECT_EQ(ErrorReason(ParseSitemap("\x1F\x8B\x08 no gzip", kUrl).status()), "BAD_GZIP");
  EXPECT_EQ(ErrorReason(Gunzip(Gzip(std::string(200'000, 'x')), 100'000).status()), "DOCUMENT_TOO_LARGE");
}

TEST(Sitemap, ReadsPlainLists) {
  const auto sitemap = ParseSitemap("\xEF\xBB\xBFhttps://news.example/1\r\n\r\nhttps://news.example/2\n", kUrl);
  ASSERT_TRUE(sitemap.ok());
  EXPECT_THAT(sitemap->entries, SizeIs(2));
  EXPECT_EQ(ErrorReason(ParseSitemap("https://news.example/1\nand words\n", kUrl).status()), "NOT_A_SITEMAP");
}

TEST(Sitemap, SaysWhatIsNone) {
  EXPECT_EQ(ErrorReason(ParseSitemap("", kUrl).status()), "EMPTY_DOCUMENT");
  EXPECT_EQ(ErrorReason(ParseSitemap("<html><body>x</body></html>", kUrl).status()), "NOT_A_SITEMAP");
  EXPECT_EQ(ErrorReason(ParseSitemap("<rss><channel/></rss>", kUrl).status()), "NOT_A_SITEMAP");
  EXPECT_TRUE(ParseSitemap("<urlset></urlset>", kUrl)->entries.empty());  // News sitemaps may be.
}

TEST(Opml, ReadsFoldersCategoriesAndMistakes) {
  const auto list = ParseOpml(R"(<?xml version="1.0"?><opml version="1.0"><head><title>Ports & more</title></head><body>
<outline text="Harbours"><outline text="A" type="rss" xmlUrl="https://a.example/f" htmlUrl="https://a.example/" category="/Sea/North,Big"/>
<outline text="A again" xmlUrl="https://a.example/f"/><outline text="Deep"><outline title="B" xmlurl="https://b.example/f" language="de"/></outline></outline>
<outline text="no feed" xmlUrl="feed.xml"/></body></opml>)");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->title, "Ports & more");
  ASSERT_THAT(list->outlines, SizeIs(2));
  EXPECT_EQ(list->outlines[0].title, "A");
  EXPECT_THAT(list->outlines[0].folders, ElementsAre("Harbours", "Sea", "North", "Big"));
  EXPECT_EQ(list->outlines[1].language, "de");
  EXPECT_THAT(list->outlines[1].folders, ElementsAre("Harbours", "Deep"));
  EXPECT_EQ(ErrorReason(ParseOpml("<rss/>").status()), "NOT_OPML");
}

TEST(Opml, WhatIsWrittenIsReadBack) {
  OutlineList list;
  list.title = "Ours \"quoted\" <x>";
  Outline plain;
  plain.title = "A & B";
  plain.feed_url = "https://a.example/?x=1&y=2";
  plain.page_url = "https://a.example/";
  Outline listing;
  listing.title = "C";
  listing.feed_url = "https://c.example/press";
  listing.type = "listing";
  listing.language = "el";
  listing.folders = {"Ministries", "Greek"};
  list.outlines = {plain, listing};
  const std::string text = WriteOpml(list);
  EXPECT_THAT(text, HasSubstr("A &amp; B"));
  const auto back = ParseOpml(text);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->title, list.title);
  EXPECT_EQ(back->outlines, list.outlines);
}

}  // namespace
}  // namespace dateline::feeds
