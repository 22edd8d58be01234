// Proves that discovery names the addresses a person would try, in a sensible order, tells what was found there, and
// prefers the source that a person would pick.

#include "services/ingestion/discovery/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/base/error.h"

namespace dateline::discovery {
namespace {

using ::testing::SizeIs;

constexpr std::string_view kHome = R"(<html><head><title>Harbour Office</title>
<link rel="stylesheet" href="/s.css"><link rel="alternate" hreflang="fr" href="/fr">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="alternate" type="application/atom+xml; charset=utf-8" title="Press releases" href="/press.atom">
<link rel="alternate" type="application/json+oembed" href="/oembed"></head>
<body><nav><a href="/about">About us</a><a href="/press/">Press releases</a><a href="https://other.example/news">News</a></nav>
<p><a href="/rss.php">RSS</a> <a href="mailto:x@y.example">News</a></p></body></html>)";
constexpr std::string_view kRobots =
    "User-agent: *\nDisallow: /admin\nSitemap: https://port.example/sitemap.xml\nSitemap: /news-map.xml\n";

const Candidate* Find(const std::vector<Candidate>& all, std::string_view url) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.url == url; });
  return found == all.end() ? nullptr : &*found;
}

TEST(FindCandidates, NamesWhatThePageAndTheRobotsFileOffer) {
  const auto all = FindCandidates(
      {.bytes = kHome, .url = "https://port.example/", .content_type = "text/html", .robots_txt = kRobots});
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().url, "https://port.example/press.atom");
  EXPECT_EQ(all.front().basis, Basis::kLinkElement);
  EXPECT_EQ(all.front().title, "Press releases");
  const Candidate* comments = Find(all, "https://port.example/comments/feed");
  const Candidate* anchor = Find(all, "https://port.example/rss.php");
  const Candidate* news = Find(all, "https://port.example/press/");
  const Candidate* sitemap = Find(all, "https://port.example/sitemap.xml");
  const Candidate* guess = Find(all, "https://port.example/feed");
  ASSERT_TRUE(comments != nullptr && anchor != nullptr && news != nullptr && sitemap != nullptr && guess != nullptr);
  EXPECT_GT(anchor->score, comments->score);
  EXPECT_EQ(news->kind, Kind::kListing);
  EXPECT_EQ(sitemap->basis, Basis::kRobots);
  EXPECT_GT(Find(all, "https://port.example/news-map.xml")->score, sitemap->score);
  EXPECT_GT(sitemap->score, guess->score);
  EXPECT_EQ(Find(all, "https://other.example/news"), nullptr);
  EXPECT_EQ(Find(all, "https://port.example/oembed"), nullptr);
  EXPECT_EQ(Find(all, "https://port.example/fr"), nullptr);
  EXPECT_EQ(Find(all, "https://port.example/"), nullptr);
}

TEST(FindCandidates, UnreadablePagesStillHaveWellKnownPaths) {
  const auto all = FindCandidates({.bytes = "", .url = "https://port.example/en/news"});
  ASSERT_NE(Find(all, "https://port.example/en/news/feed"), nullptr);
  EXPECT_GT(Find(all, "https://port.example/en/news/feed")->score, Find(all, "https://port.example/feed")->score);
  EXPECT_NE(Find(all, "https://port.example/sitemap.xml"), nullptr);
  EXPECT_TRUE(FindCandidates({.bytes = "x", .url = "not a url"}).empty());
}

std::string Listing() {
  std::string page = "<html lang=en><body><ul>";
  for (int i = 1; i <= 6; ++i) {
    page += "<li><a href=\"/press/" + std::to_string(i) + "\">The harbour opens quay number " + std::to_string(i) +
            "</a> <span>1" + std::to_string(i) + " May 2024</span></li>";
  }
  return page + "</ul></body></html>";
}

TEST(Examine, TellsFeedSitemapAndListingApart) {
  const Candidate candidate{.url = "https://port.example/x", .title = {}};
  const auto feed =
      Examine(candidate,
              {.bytes = "<rss><channel><title>Port</title><item><title>Old</title><pubDate>1 May 2024</pubDate></item>"
                        "<item><title>New</title><link>/2</link><pubDate>Fri, 17 May 2024 08:05:09 "
                        "GMT</pubDate></item></channel></rss>",
               .url = "https://port.example/rss"});
  ASSERT_TRUE(feed.ok()) << feed.status();
  EXPECT_EQ(feed->kind, Kind::kFeed);
  EXPECT_EQ(feed->format, "rss");
  EXPECT_EQ(feed->dated_items, 2U);
  EXPECT_EQ(feed->newest, "2024-05-17T08:05:09Z");
  ASSERT_THAT(feed->samples, SizeIs(2));
  EXPECT_EQ(feed->samples[0].title, "New");
  EXPECT_EQ(feed->samples[0].url, "https://port.example/2");
  const auto index =
      Examine(candidate, {.bytes = "<sitemapindex><sitemap><loc>https://port.example/pages.xml</loc></sitemap>"
                                   "<sitemap><loc>https://port.example/news.xml</loc></sitemap></sitemapindex>",
                          .url = "https://port.example/sitemap.xml"});
  EXPECT_TRUE(index->is_index);
  EXPECT_EQ(index->follow.front(), "https://port.example/news.xml");
  const auto listing =
      Examine(candidate, {.bytes = Listing(), .url = "https://port.example/press", .content_type = "text/html"});
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(listing->kind, Kind::kListing);
  EXPECT_EQ(listing->items, 6U);
  EXPECT_EQ(listing->newest, "2024-05-16");
  EXPECT_EQ(ErrorReason(
                Examine(candidate, {.bytes = "<html><body><p>Hello</p></body></html>", .url = "https://port.example/"})
                    .status()),
            "NOT_A_SOURCE");
}

TEST(Rank, PutsTheFeedOfTheNewsroomFirst) {
  const auto finding = [](std::string_view bytes, std::string_view url) {
    const Candidate candidate{.url = std::string(url), .basis = Basis::kAnchor, .title = {}};
    const auto found = Examine(candidate, {.bytes = bytes, .url = url, .content_type = {}});
    return found.ok() ? *found : Finding();
  };
  std::vector<Finding> all = {
      finding("<urlset><url><loc>https://port.example/about</loc></url></urlset>", "https://port.example/sitemap.xml"),
      finding(Listing(), "https://port.example/press"),
      finding("<rss><channel><title>Comments on: Port</title><item><title>a</title><pubDate>1 May "
              "2024</pubDate></item></channel></rss>",
              "https://port.example/comments"),
      finding(
          "<rss><channel><title>Port</title><item><title>a</title><pubDate>1 May 2024</pubDate></item></channel></rss>",
          "https://port.example/rss"),
      finding("<rss><channel><title>Empty</title></channel></rss>", "https://port.example/empty")};
  Rank(all);
  std::vector<std::string> order;
  for (const Finding& one : all) order.push_back(one.url);
  EXPECT_EQ(order.front(), "https://port.example/rss");
  EXPECT_EQ(order[1], "https://port.example/press");
}

}  // namespace
}  // namespace dateline::discovery
