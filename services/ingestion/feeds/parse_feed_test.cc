// Proves that each format of feeds is read into the one form, that broken feeds are mended in the ways that feeds are
// broken in, and that hostile ones cost no more than their size. The feeds are written for these tests.

#include "services/ingestion/feeds/parse_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"

namespace dateline::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Feed Parse(std::string_view bytes, std::string_view url = "https://news.example/feeds/all.xml") {
  auto feed = ParseFeed({.bytes = bytes, .url = url});
  EXPECT_TRUE(feed.ok()) << feed.status();
  return feed.ok() ? *std::move(feed) : Feed();
}

std::string Utc(const Moment& moment) {
  return moment.date ? dates::FormatUtc(moment.date->utc) : "";
}

std::string RssItem(std::string_view inside) {
  return "<rss version=\"2.0\"><channel><item>" + std::string(inside) + "</item></channel></rss>";
}

std::string Reason(std::string_view bytes) {
  const auto feed = ParseFeed({.bytes = bytes});
  return feed.ok() ? "OK" : ErrorReason(feed.status());
}

TEST(ParseFeed, ReadsRss2) {
  const Feed feed = Parse(R"(<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
  <title>Harbour Office</title><link>https://news.example/</link><description>News of the harbour</description>
  <language>en-gb</language><ttl>90</ttl><managingEditor>desk@news.example (Press Desk)</managingEditor>
  <atom:link rel="self" href="https://news.example/feeds/all.xml"/><atom:link rel="hub" href="https://hub.example/"/>
  <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
  <skipHours><hour>2</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
  <image><url>/logo.png</url><title>Not the title</title><link>/nowhere</link></image>
  <lastBuildDate>Fri, 17 May 2024 08:05:09 GMT</lastBuildDate>
  <item>
    <title>Quay &amp; crane opened</title><link>/2024/quay</link><guid isPermaLink="false">q-1</guid>
    <pubDate>Thu, 16 May 2024 10:00:00 +0200</pubDate><dc:creator>Ada Berg</dc:creator><category>Works</category>
    <description>Short</description><content:encoded><![CDATA[<p>The <b>whole</b> text.</p>]]></content:encoded>
    <enclosure url="/quay.pdf" type="application/pdf" length="120"/><comments>/2024/quay#c</comments>
  </item>
</channel></rss>)");
  EXPECT_EQ(feed.format, Format::kRss);
  EXPECT_EQ(feed.version, "2.0");
  EXPECT_TRUE(feed.well_formed);
  EXPECT_EQ(feed.title.Plain(), "Harbour Office");
  EXPECT_EQ(feed.link, "https://news.example/");
  EXPECT_EQ(feed.self_url, "https://news.example/feeds/all.xml");
  EXPECT_THAT(feed.hubs, ElementsAre("https://hub.example/"));
  EXPECT_EQ(feed.language, "en-gb");
  EXPECT_EQ(feed.image_url, "https://news.example/logo.png");
  ASSERT_THAT(feed.authors, SizeIs(1));
  EXPECT_EQ(feed.authors[0].name, "Press Desk");
  EXPECT_EQ(feed.authors[0].email, "desk@news.example");
  EXPECT_EQ(feed.rhythm.ttl, std::chrono::minutes(90));
  EXPECT_EQ(feed.rhythm.update_period, std::chrono::minutes(15));
  EXPECT_EQ(feed.rhythm.skip_hours, 1U << 2 | 1U << 0);
  EXPECT_EQ(feed.rhythm.skip_days, 1U);
  ASSERT_THAT(feed.items, SizeIs(1));
  const Item& item = feed.items[0];
  EXPECT_EQ(item.id, "q-1");
  EXPECT_FALSE(item.id_is_permalink);
  EXPECT_EQ(item.title.Plain(), "Quay & crane opened");
  EXPECT_EQ(item.link, "https://news.example/2024/quay");
  EXPECT_EQ(item.summary.value, "Short");
  EXPECT_EQ(item.content.value, "<p>The <b>whole</b> text.</p>");
  EXPECT_TRUE(item.content.is_html);
  EXPECT_EQ(item.Richest().Plain(), "The whole text.");
  EXPECT_EQ(item.author_text, "Ada Berg");
  EXPECT_THAT(item.categories, ElementsAre("Works"));
  EXPECT_EQ(Utc(item.published), "2024-05-16T08:00:00Z");
  ASSERT_THAT(item.enclosures, SizeIs(1));
  EXPECT_EQ(item.enclosures[0].url, "https://news.example/quay.pdf");
  EXPECT_EQ(item.comments_url, "https://news.example/2024/quay#c");
}

TEST(ParseFeed, ReadsRss1AndItsItemsBesideTheChannel) {
  const Feed feed =
      Parse(R"(<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>Office</title><link>https://news.example/</link>
<items><rdf:Seq><rdf:li rdf:resource="https://news.example/1"/></rdf:Seq></items></channel>
<image rdf:about="x"><title>Not the title</title><url>https://news.example/i.gif</url></image>
<item rdf:about="https://news.example/1"><title>First</title><link>https://news.example/1</link>
<dc:date>2024-05-17T08:05:09+02:00</dc:date><dc:subject>Ports</dc:subject></item></rdf:RDF>)");
  EXPECT_EQ(feed.format, Format::kRdf);
  EXPECT_EQ(feed.title.value, "Office");
  EXPECT_EQ(feed.image_url, "https://news.example/i.gif");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].id, "https://news.example/1");
  EXPECT_EQ(Utc(feed.items[0].updated), "2024-05-17T06:05:09Z");
  EXPECT_THAT(feed.items[0].categories, ElementsAre("Ports"));
}

TEST(ParseFeed, ReadsRss091WithoutNamespaces) {
  const Feed feed = Parse(
      "<rss version=\"0.91\"><channel><title>A</title><link>https://a.example/</link>"
      "<item><title>B</title><link>https://a.example/b</link></item></channel></rss>");
  EXPECT_EQ(feed.version, "0.91");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].link, "https://a.example/b");
}

TEST(ParseFeed, ReadsAtom1) {
  const Feed feed = Parse(R"(<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://news.example/a/">
<id>tag:news.example,2024:all</id><title type="html">Le &lt;i&gt;port&lt;/i&gt;</title><updated>2024-05-17T08:05:09Z</updated>
<author><name>Bureau</name><email>b@news.example</email><uri>/bureau</uri></author>
<link rel="self" href="/atom"/><link href="../"/><link rel="next" href="?page=2"/>
<entry><id>tag:news.example,2024:1</id><title>Un &lt;b&gt; deux</title><link href="1"/>
<link rel="enclosure" type="audio/mpeg" href="1.mp3" length="9"/>
<published>2024-05-16T10:00:00+02:00</published><updated>2024-05-17T08:05:09Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Texte <a href="2">lié</a></p></div></content>
<category term="ports" label="Ports"/></entry>
<entry xml:lang="en"><id>2</id><source><id>other</id><title>Other feed</title><link href="https://other.example/"/></source>
<author><name>Someone</name></author><summary>Taken over</summary></entry></feed>)");
  EXPECT_EQ(feed.format, Format::kAtom);
  EXPECT_EQ(feed.id, "tag:news.example,2024:all");
  EXPECT_EQ(feed.title.Plain(), "Le port");
  EXPECT_EQ(feed.language, "fr");
  EXPECT_EQ(feed.link, "https://news.example/");
  EXPECT_EQ(feed.self_url, "https://news.example/atom");
  EXPECT_EQ(feed.next_url, "https://news.example/a/?page=2");
  EXPECT_EQ(feed.authors[0].uri, "https://news.example/bureau");
  ASSERT_THAT(feed.items, SizeIs(2));
  const Item& first = feed.items[0];
  EXPECT_EQ(first.title.Plain(), "Un <b> deux");  // Plain text by the format.
  EXPECT_EQ(first.link, "https://news.example/a/1");
  EXPECT_THAT(first.content.value, HasSubstr("<a href=\"https://news.example/a/2\">lié</a>"));
  EXPECT_EQ(first.content.language, "fr");
  EXPECT_EQ(first.author_text, "Bureau (b@news.example)");  // Inherited.
  EXPECT_EQ(Utc(first.published), "2024-05-16T08:00:00Z");
  EXPECT_EQ(first.enclosures[0].url, "https://news.example/a/1.mp3");
  const Item& second = feed.items[1];
  EXPECT_EQ(second.language, "en");
  ASSERT_TRUE(second.origin);
  EXPECT_EQ(second.origin->title.Plain(), "Other feed");
  EXPECT_EQ(second.origin->link, "https://other.example/");
  EXPECT_EQ(second.author_text, "Someone");
}

TEST(ParseFeed, ReadsAtom03WithItsModes) {
  const Feed feed =
      Parse(R"(<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><tagline>Tag</tagline>
<entry><id>1</id><title type="text/html" mode="escaped">A &lt;b&gt;B&lt;/b&gt;</title><issued>2004-05-17T08:05:09Z</issued>
<modified>2004-05-18</modified><content type="text/html" mode="base64">PHA+VGV4dDwvcD4=</content></entry></feed>)");
  EXPECT_EQ(feed.version, "0.3");
  EXPECT_EQ(feed.description.value, "Tag");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].title.Plain(), "A B");
  EXPECT_EQ(feed.items[0].content.Plain(), "Text");
  EXPECT_EQ(Utc(feed.items[0].published), "2004-05-17T08:05:09Z");
  EXPECT_EQ(Utc(feed.items[0].updated), "2004-05-18T00:00:00Z");
}

TEST(ParseFeed, ReadsJsonFeed) {
  const Feed feed = Parse(R"({"version":"https://jsonfeed.org/version/1.1","title":"Office","home_page_url":"/",
"feed_url":"/feed.json","next_url":"/feed.json?p=2","authors":[{"name":"Desk","url":"/desk"}],"expired":true,
"hubs":[{"type":"WebSub","url":"https://hub.example/"}],"language":"de","items":[
{"id":7,"url":"/7","title":"Sieben","content_html":"<p>Ja<script>x()</script></p>","date_published":"2024-05-17T08:05:09Z",
"tags":["Hafen"],"attachments":[{"url":"/7.pdf","mime_type":"application/pdf","size_in_bytes":12}],"image":"/7.png"},
{"id":"https://news.example/8","content_text":"1 < 2","authors":[{"name":"Ada"}]}, 5]})");
  EXPECT_EQ(feed.format, Format::kJsonFeed);
  EXPECT_EQ(feed.link, "https://news.example/");
  EXPECT_EQ(feed.next_url, "https://news.example/feed.json?p=2");
  EXPECT_THAT(feed.hubs, ElementsAre("https://hub.example/"));
  EXPECT_TRUE(feed.expired);
  ASSERT_THAT(feed.items, SizeIs(2));
  EXPECT_EQ(feed.items[0].id, "7");
  EXPECT_EQ(feed.items[0].link, "https://news.example/7");
  EXPECT_EQ(feed.items[0].content.value, "<p>Ja</p>");
  EXPECT_EQ(feed.items[0].author_text, "Desk");
  EXPECT_EQ(feed.items[0].enclosures[0].length, "12");
  EXPECT_EQ(feed.items[1].link, "https://news.example/8");
  EXPECT_EQ(feed.items[1].content.Plain(), "1 < 2");
  EXPECT_EQ(feed.items[1].author_text, "Ada");
}

TEST(ParseFeed, ToleratesCdf) {
  const Feed feed = Parse(
      "<CHANNEL HREF=\"https://a.example/\" LASTMOD=\"2004-05-17\"><TITLE>Old</TITLE>"
      "<ITEM HREF=\"https://a.example/1\"><TITLE>One</TITLE><ABSTRACT>Short</ABSTRACT></ITEM></CHANNEL>");
  EXPECT_EQ(feed.format, Format::kCdf);
  EXPECT_EQ(feed.link, "https://a.example/");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].link, "https://a.example/1");
  EXPECT_EQ(feed.items[0].summary.value, "Short");
}

TEST(ParseFeed, ReadsTheModulesOfPictureAndSound) {
  const Feed feed =
      Parse(R"(<rss xmlns:media="http://search.yahoo.com/mrss" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
xmlns:georss="http://www.georss.org/georss"><channel><item><georss:point>1 2</georss:point>
<media:title>Picture title</media:title><title>Title</title><itunes:author>Ada</itunes:author><itunes:keywords>a, b</itunes:keywords>
<media:group><media:content url="https://a.example/f.mp4" type="video/mp4"/><media:thumbnail url="https://a.example/t.jpg"/></media:group>
</item></channel></rss>)");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].title.value, "Title");
  EXPECT_EQ(feed.items[0].author_text, "Ada");
  EXPECT_EQ(feed.items[0].image_url, "https://a.example/t.jpg");
  EXPECT_THAT(feed.items[0].categories, ElementsAre("a", "b"));
}

TEST(ParseFeed, ForeignElementsOfTheSameNameDoNotCount) {
  const Feed feed =
      Parse(R"(<r:rss xmlns:r="http://backend.userland.com/rss2" xmlns:x="https://x.example/ns"><r:channel><r:item>
<x:title>wrong</x:title><r:title>right</r:title><x:link>https://wrong.example/</x:link><r:link>https://a.example/1</r:link>
</r:item></r:channel></r:rss>)");
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].title.value, "right");
  EXPECT_EQ(feed.items[0].link, "https://a.example/1");
}

TEST(ParseFeed, TakesThePermalinkWhereThereIsNoLink) {
  EXPECT_EQ(Parse(RssItem("<guid>https://a.example/1</guid>")).items[0].link, "https://a.example/1");
  EXPECT_TRUE(Parse(RssItem("<guid>https://a.example/1</guid>")).items[0].id_is_permalink);
  EXPECT_EQ(Parse(RssItem("<guid isPermaLink=\"false\">https://a.example/1</guid>")).items[0].link, "");
}

TEST(ParseFeed, HeadersGiveBaseAndLanguage) {
  const auto feed = ParseFeed({.bytes = RssItem("<link>/1</link>"),
                               .url = "https://a.example/x/feed",
                               .content_location = "https://b.example/y/",
                               .content_language = "el"});
  ASSERT_TRUE(feed.ok());
  EXPECT_EQ(feed->items[0].link, "https://b.example/1");
  EXPECT_EQ(feed->language, "el");
  const auto unsafe = ParseFeed({.bytes = RssItem("<link>/1</link>"),
                                 .url = "https://a.example/x/feed",
                                 .content_location = "javascript:alert(1)"});
  EXPECT_EQ(unsafe->items[0].link, "https://a.example/1");
}

// Ways in which feeds are broken.

TEST(MendedFeed, ReferencesThatNobodyDeclared) {
  const Feed feed =
      Parse(RssItem("<title>Caf&eacute; &hellip; Q&A &nosuch; &#8217; &#146; AT&amp;T</title>"
                    "<link>https://a.example/?a=1&b=2</link>"));
  EXPECT_EQ(feed.items[0].title.Plain(), "Café … Q&A &nosuch; ’ ’ AT&T");
  EXPECT_EQ(feed.items[0].link, "https://a.example/?a=1&b=2");
}

TEST(MendedFeed, ElementsThatWereNotClosed) {
  const Feed feed = Parse(
      "<rss><channel><title>T</title><item><title>One</title><description>a<br>b</description>"
      "<item><title>Two</title></item><item><title>Three");
  ASSERT_THAT(feed.items, SizeIs(3));
  EXPECT_EQ(feed.items[0].title.value, "One");
  EXPECT_EQ(feed.items[0].summary.Plain(), "a b");
  EXPECT_EQ(feed.items[2].title.value, "Three");
  EXPECT_FALSE(feed.well_formed);
  EXPECT_THAT(feed.repairs, Not(IsEmpty()));
}

TEST(MendedFeed, JunkBeforeTheBeginning) {
  const Feed feed = Parse("<br />\n<b>Warning</b>: something in line 3<br>\n<?xml version=\"1.0\"?>\n" +
                          RssItem("<title>One</title>"));
  ASSERT_THAT(feed.items, SizeIs(1));
  EXPECT_EQ(feed.items[0].title.value, "One");
  EXPECT_FALSE(feed.well_formed);
}

TEST(MendedFeed, ControlCharactersAndBareAngles) {
  const Feed feed = Parse(RssItem("<title>a\x01\x0b <3 b < c</title><link>https://a.example/1</link>"));
  EXPECT_EQ(feed.items[0].title.Plain(), "a <3 b < c");
  EXPECT_EQ(feed.items[0].link, "https://a.example/1");
}

TEST(MendedFeed, MarkupThatWasNeverEscaped) {
  const Feed feed = Parse(RssItem("<description><p class=x>Bold: <b>b</b></p></description><title>T</title>"));
  EXPECT_EQ(feed.items[0].summary.value, "<p class=\"x\">Bold: <b>b</b></p>");
  EXPECT_EQ(feed.items[0].title.value, "T");
}

TEST(MendedFeed, CDataThatIsNotClosed) {
  const Feed feed =
      Parse("<rss><channel><item><title><![CDATA[Open</title><link>https://a.example/1</link></item></channel></rss>");
  EXPECT_EQ(feed.items[0].title.value, "Open");
  EXPECT_EQ(feed.items[0].link, "https://a.example/1");
}

TEST(MendedFeed, PrefixesThatNobodyDeclared) {
  const Feed feed =
      Parse(RssItem("<dc:creator>Ada</dc:creator><content:encoded>&lt;p&gt;Text&lt;/p&gt;</content:encoded>"));
  EXPECT_EQ(feed.items[0].author_text, "Ada");
  EXPECT_EQ(feed.items[0].content.Plain(), "Text");
}

// Hostile ones.

TEST(HostileFeed, EntitiesOfItsOwnAreBounded) {
  EXPECT_EQ(Parse("<!DOCTYPE rss [<!ENTITY office \"Harbour &amp; Port\">]>" + RssItem("<title>&office;!</title>"))
                .items[0]
                .title.Plain(),
            "Harbour & Port!");
  std::string bomb = "<!DOCTYPE rss [<!ENTITY a0 \"" + std::string(1000, 'x') + "\">";
  for (int i = 1; i < 10; ++i) {
    bomb += "<!ENTITY a" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) bomb += "&a" + std::to_string(i - 1) + ";";
    bomb += "\">";
  }
  bomb += "]>" + RssItem("<title>&a9;</title>");
  const Feed feed = Parse(bomb);
  EXPECT_TRUE(feed.truncated);
  EXPECT_LT(feed.items[0].title.value.size(), 2 * kEntityBytesMax);
  EXPECT_EQ(Parse("<!DOCTYPE rss [<!ENTITY f SYSTEM \"file:///etc/hostname\">]>" + RssItem("<title>&f;</title>"))
                .items[0]
                .title.Plain(),
            "&f;");
}

TEST(HostileFeed, DepthAndNumberAreBounded) {
  std::string deep = "<rss><channel>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_TRUE(Parse(deep + "<item><title>x</title></item>").truncated);
  std::string many = "<rss><channel>";
  for (std::size_t i = 0; i < kItemsMax + 5; ++i) many += "<item/>";
  const Feed feed = Parse(many + "</channel></rss>");
  EXPECT_THAT(feed.items, SizeIs(kItemsMax));
  EXPECT_TRUE(feed.truncated);
}

TEST(HostileFeed, NothingThatRunsStays) {
  const Feed feed = Parse(
      RssItem("<link>javascript:alert(1)</link><title>&lt;img src=x onerror=alert(1)&gt;T</title>"
              "<description>&lt;a href=\"java&amp;#10;script:x\" "
              "onclick=x&gt;a&lt;/a&gt;&lt;script&gt;y()&lt;/script&gt;z&lt;style&gt;p{}&lt;/style&gt;</description>"));
  EXPECT_EQ(feed.items[0].link, "");
  EXPECT_THAT(feed.items[0].title.value, Not(HasSubstr("onerror")));
  EXPECT_EQ(feed.items[0].title.Plain(), "T");
  EXPECT_EQ(feed.items[0].summary.value, "<a>a</a>z");
}

// What is no feed says what it is.

TEST(NoFeed, SaysWhatItIsInstead) {
  EXPECT_EQ(Reason(""), "EMPTY_DOCUMENT");
  EXPECT_EQ(Reason(" \n"), "EMPTY_DOCUMENT");
  EXPECT_EQ(Reason("<!DOCTYPE html><html><body><p>x</p></body></html>"), "IS_HTML");
  EXPECT_EQ(Reason("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"></urlset>"), "IS_SITEMAP");
  EXPECT_EQ(Reason("<opml version=\"2.0\"></opml>"), "IS_OPML");
  EXPECT_EQ(Reason("{\"a\": 1}"), "NOT_A_FEED");
  EXPECT_EQ(Reason("just words"), "NOT_A_FEED");
  EXPECT_EQ(Reason("<catalog><book/></catalog>"), "NOT_A_FEED");
  EXPECT_EQ(Reason(std::string(kFeedBytesMax + 1, ' ')), "DOCUMENT_TOO_LARGE");
}

}  // namespace
}  // namespace dateline::feeds
