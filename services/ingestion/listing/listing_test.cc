// Proves that the list of releases is found without configuration on pages built in the manner of twelve newsroom
// systems, each inside the menus, sidebars and footers that surround lists, and that pages without a list give none.

#include "services/ingestion/listing/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"

namespace dateline::listing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "https://www.port.example/newsroom";

// What stands around every list: a menu, a slider of links, a sidebar of other titles, a footer with many links.
std::string Site(std::string_view body, std::string_view language = "en", std::string_view head = {}) {
  return "<!DOCTYPE html><html lang=\"" + std::string(language) + "\"><head><title>Newsroom</title>" +
         std::string(head) +
         R"(</head><body><header class="site-header"><a href="/">Port Authority</a>
<nav class="main-nav"><ul><li><a href="/about">About us</a></li><li><a href="/services/cargo">Cargo and freight services</a></li>
<li><a href="/services/ferries">Ferries and passenger services</a></li><li><a href="/newsroom">Newsroom</a></li><li><a href="/contact">Contact</a></li></ul></nav></header>
<main>)" +
         std::string(body) +
         R"(</main><aside class="sidebar"><h3>Related</h3><ul><li><a href="/blog/1">How the old lighthouse keepers lived and worked</a></li>
<li><a href="/blog/2">What the tides tell us about the moon</a></li><li><a href="/blog/3">Ten things to see along the quay</a></li></ul>
<div class="tagcloud"><a href="/tag/a">harbour</a> <a href="/tag/b">fishing</a> <a href="/tag/c">ferries</a> <a href="/tag/d">cargo</a></div></aside>
<footer><ul><li><a href="/privacy">Privacy policy and cookies</a></li><li><a href="/terms">Terms and conditions of use</a></li>
<li><a href="/jobs">Jobs at the port authority</a></li><li><a href="/sitemap">Site map of this website</a></li></ul></footer></body></html>)";
}

constexpr std::string_view kTitles[] = {
    "New crane reaches the northern quay",     "Ferry line to the islands resumes in June",
    "Statement on the storm of Tuesday night", "Harbour master appointed for four years",
    "Dredging of the main channel begins",     "Annual report shows more passengers"};
constexpr std::size_t kCount = std::size(kTitles);

// One item for each title, made by `make(i, url, title)`.
template <typename Make>
std::string Items(Make make) {
  std::string all;
  for (std::size_t i = 0; i < kCount; ++i) {
    all += make(i, "/newsroom/release-" + std::to_string(100 - i), std::string(kTitles[i]));
  }
  return all;
}

std::string Day(std::size_t i) {
  return std::to_string(27 - i);
}

// All items, in order, with the date of each: 27 May 2024 and the days before.
void ExpectAll(const absl::StatusOr<Listing>& listing) {
  ASSERT_TRUE(listing.ok()) << listing.status();
  ASSERT_THAT(listing->items, SizeIs(kCount)) << listing->item_selector;
  for (std::size_t i = 0; i < kCount; ++i) {
    const ListingItem& item = listing->items[i];
    EXPECT_EQ(item.title, kTitles[i]);
    EXPECT_EQ(item.url, "https://www.port.example/newsroom/release-" + std::to_string(100 - i));
    ASSERT_TRUE(item.date) << i << " " << item.title;
    EXPECT_EQ(dates::FormatDay(item.date->utc), "2024-05-" + Day(i));
  }
}

absl::StatusOr<Listing> Find(const std::string& page, std::string_view url = kUrl) {
  return FindListing({.bytes = page, .url = url, .content_type = "text/html; charset=utf-8"});
}

TEST(FindListing, DrupalViews) {
  const auto listing = Find(Site(
      "<div class=\"view view-press\"><div class=\"view-content\">" + Items([](std::size_t i, auto url, auto title) {
        return "<div class=\"views-row views-row-" + std::to_string(i + 1) +
               (i % 2 == 0 ? " views-row-odd" : " views-row-even") +
               "\"><span class=\"views-field-created\"><span class=\"field-content\">May " + Day(i) +
               ", 2024</span></span><div class=\"views-field-title\"><span class=\"field-content\"><a href=\"" + url +
               "\">" + title +
               "</a></span></div><div class=\"views-field-body\"><div class=\"field-content\"><p>The authority said on "
               "the day that work would go on as planned.</p></div></div></div>";
      }) +
      "</div><ul class=\"pager\"><li class=\"pager-current\">1</li><li class=\"pager-item\"><a "
      "href=\"/newsroom?page=1\">2</a></li>"
      "<li class=\"pager-next\"><a href=\"/newsroom?page=1\">next ›</a></li></ul></div>"));
  ExpectAll(listing);
  EXPECT_EQ(listing->next_url, "https://www.port.example/newsroom?page=1");
  EXPECT_THAT(listing->items[0].summary, HasSubstr("work would go on"));
  EXPECT_EQ(listing->item_selector, "div.view-content > div.views-row");
}

TEST(FindListing, WordPressArchive) {
  const auto listing =
      Find(Site(Items([](std::size_t i, auto url, auto title) {
                  return "<article id=\"post-" + std::to_string(i) +
                         "\" class=\"post type-post category-news\"><header class=\"entry-header\"><h2 "
                         "class=\"entry-title\"><a href=\"" +
                         url + "\" rel=\"bookmark\">" + title +
                         "</a></h2><div class=\"entry-meta\"><time class=\"published\" datetime=\"2024-05-" + Day(i) +
                         "T09:30:00+02:00\">2 weeks ago</time> by <a href=\"/author/ada\">Ada</a></div></header><div "
                         "class=\"entry-summary\"><p>Short text of the post that goes on for a while […]</p>"
                         "<a class=\"more-link\" href=\"" +
                         url + "\">Continue reading</a></div></article>";
                }) +
                "<nav class=\"navigation\"><div class=\"nav-previous\"><a href=\"/newsroom/page/2\">Older "
                "posts</a></div></nav>"));
  ExpectAll(listing);
  EXPECT_EQ(listing->next_url, "https://www.port.example/newsroom/page/2");
}

TEST(FindListing, SharePointTable) {
  ExpectAll(Find(Site("<table class=\"ms-listviewtable\"><tr><th>Title</th><th>Published</th><th>File</th></tr>" +
                          Items([](std::size_t i, auto url, auto title) {
                            return "<tr class=\"" + std::string(i % 2 == 0 ? "ms-itmhover" : "ms-alternating") +
                                   "\"><td class=\"ms-vb2\"><a href=\"" + url + "\">" + title +
                                   "</a></td><td class=\"ms-vb2\"><nobr>5/" + Day(i) +
                                   "/2024</nobr></td><td><a href=\"/files/" + std::to_string(i) +
                                   ".pdf\">PDF</a></td></tr>";
                          }) +
                          "</table>",
                      "en-US")));
}

TEST(FindListing, AemCards) {
  ExpectAll(
      Find(Site("<div class=\"aem-Grid\"><ul class=\"cmp-list\">" + Items([](std::size_t i, auto url, auto title) {
                  return "<li class=\"cmp-list__item\"><article><a class=\"cmp-list__item-link\" href=\"" + url +
                         "\"><img src=\"/i.jpg\" alt=\"\"><span class=\"cmp-list__item-title\">" + title +
                         "</span><span class=\"cmp-list__item-date\"></span></a><p class=\"cmp-teaser__date\">" +
                         Day(i) + " May 2024</p></article></li>";
                }) +
                "</ul></div>")));
}

TEST(FindListing, PlainParagraphsWithTheDateInFront) {
  ExpectAll(Find(Site("<h1>Press releases</h1>" + Items([](std::size_t i, auto url, auto title) {
                        return "<p>" + Day(i) + ".05.2024 – <a href=\"" + url + "\">" + title + "</a></p>\n";
                      }))));
}

TEST(FindListing, DefinitionList) {
  ExpectAll(Find(Site("<dl class=\"news\">" + Items([](std::size_t i, auto url, auto title) {
                        return "<dt>" + Day(i) + " May 2024</dt><dd><a href=\"" + url + "\">" + title + "</a></dd>";
                      }) +
                      "</dl>")));
}

TEST(FindListing, CardsWhoseWholeAreaIsALink) {
  ExpectAll(Find(
      Site("<div class=\"grid\">" + Items([](std::size_t i, auto url, auto title) {
             return "<a class=\"card\" href=\"" + url +
                    "\"><div class=\"card-body\"><div class=\"badge\">Press release</div><h3>" + title +
                    "</h3><p>A longer text about what happened in the harbour on this day.</p><div class=\"date\"><b>" +
                    Day(i) + "</b> <i>May</i> <i>2024</i></div></div></a>";
           }) +
           "</div>")));
}

TEST(FindListing, NewsDividedByMonths) {
  std::string body;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i % 2 == 0)
      body += std::string(i > 0 ? "</ul>" : "") + "<h2>Week " + std::to_string(22 - i) + "</h2><ul class=\"month\">";
    body += "<li><a href=\"/newsroom/release-" + std::to_string(100 - i) + "\">" + std::string(kTitles[i]) + "</a> (" +
            Day(i) + " May 2024)</li>";
  }
  ExpectAll(Find(Site("<div class=\"archive\">" + body + "</ul></div>")));
}

TEST(FindListing, EndlessScrollWithNextInTheHead) {
  const auto listing = Find(
      Site("<div id=\"feed\" data-infinite>" + Items([](std::size_t i, auto url, auto title) {
             return "<div class=\"tile\"><figure><a href=\"" + url +
                    "\"><img src=\"/x.jpg\" alt=\"Picture of the harbour\"></a></figure><time datetime=\"2024-05-" +
                    Day(i) + "\">" + Day(i) + "/05</time><div class=\"headline\"><a href=\"" + url + "\">" + title +
                    "</a></div></div>";
           }) + "</div>",
           "en", "<link rel=\"next\" href=\"/newsroom?offset=6\">"));
  ExpectAll(listing);
  EXPECT_EQ(listing->next_url, "https://www.port.example/newsroom?offset=6");
}

TEST(FindListing, Typo3NewsWithReadMoreLinks) {
  const auto listing = Find(
      Site("<div class=\"news\"><div class=\"news-list-view\">" + Items([](std::size_t i, auto url, auto title) {
             return "<div class=\"article articletype-0\"><h3><span itemprop=\"headline\">" + title +
                    "</span></h3><p class=\"news-list-date\">" + Day(i) +
                    ". Mai 2024</p><div class=\"teaser-text\"><p>Der Hafen teilt mit, dass die Arbeiten wie geplant "
                    "weitergehen werden.</p></div><a class=\"more\" href=\"" +
                    url + "\">Weiterlesen</a></div>";
           }) +
               "</div><div class=\"page-navigation\"><ul><li class=\"current\">1</li><li><a "
               "href=\"/newsroom/seite-2\">2</a></li><li><a href=\"/newsroom/seite-3\">3</a></li></ul></div></div>",
           "de"));
  ExpectAll(listing);
  EXPECT_EQ(listing->next_url, "https://www.port.example/newsroom/seite-2");
}

TEST(FindListing, GovernmentTableWithDateColumn) {
  ExpectAll(Find(Site("<table><tbody>" + Items([](std::size_t i, auto url, auto title) {
                        return "<tr><td>" + Day(i) + "/05/2024</td><td><a href=\"" + url + "\">" + title +
                               "</a></td><td><a href=\"/ministry\">Ministry</a></td></tr>";
                      }) +
                      "</tbody></table>")));
}

TEST(FindListing, ChineseMinistry) {
  const auto listing = Find(Site("<ul class=\"list_01\">" + Items([](std::size_t i, auto url, auto) {
                                   return "<li><a href=\"" + url + "\" title=\"港口管理局发布关于航道疏浚工程的公告第" +
                                          std::to_string(i) +
                                          "号\">港口管理局发布关于航道疏浚工程的公告…</a><span>2024-05-" + Day(i) +
                                          "</span></li>";
                                 }) + "</ul><a href=\"/newsroom/index_1.html\">下一页</a>",
                                 "zh"));
  ASSERT_TRUE(listing.ok()) << listing.status();
  ASSERT_THAT(listing->items, SizeIs(kCount));
  EXPECT_EQ(listing->items[0].title, "港口管理局发布关于航道疏浚工程的公告第0号");
  EXPECT_EQ(dates::FormatDay(listing->items[5].date->utc), "2024-05-22");
  EXPECT_EQ(listing->next_url, "https://www.port.example/newsroom/index_1.html");
  EXPECT_EQ(listing->language, "zh");
}

TEST(FindListing, FlatHeadingsWithDatesBeforeThem) {
  ExpectAll(Find(Site("<div class=\"content\">" + Items([](std::size_t i, auto url, auto title) {
                        return "<p class=\"when\">" + Day(i) + " May 2024</p><h3><a href=\"" + url + "\">" + title +
                               "</a></h3><p>One sentence about it.</p>";
                      }) +
                      "</div>")));
}

TEST(FindListing, HeadingsAndTheAddressSayWhatTheItemsLeaveOut) {
  std::string by_day;
  for (std::size_t i = 0; i < kCount; ++i) {
    by_day += "<h2>Monday, May " + Day(i) + ", 2024</h2><ul><li><a href=\"/newsroom/release-" +
              std::to_string(100 - i) + "\"><img src=x>" + std::string(kTitles[i]) + "</a></li></ul>";
  }
  ExpectAll(Find(Site("<div>" + by_day + "</div>")));
  const auto without_year = [](std::size_t i, auto url, auto title) {
    return "<li><a href=\"" + url + "\">" + title + "</a> <i>" + Day(i) + " May</i></li>";
  };
  ExpectAll(Find(Site("<h2>Releases of 2024</h2><ul>" + Items(without_year) + "</ul>")));
  ExpectAll(Find(Site("<ul>" + Items(without_year) + "</ul>"), "https://www.port.example/newsroom?year=2024"));
  EXPECT_FALSE(Find(Site("<ul>" + Items(without_year) + "</ul>"))->items[0].date);
}

TEST(FindListing, WithoutDatesTitlesMustDo) {
  const auto listing = Find(Site("<div class=\"list\">" + Items([](std::size_t, auto url, auto title) {
                                   return "<div class=\"row\"><a href=\"" + url + "\">" + title + "</a></div>";
                                 }) +
                                 "</div>"));
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_THAT(listing->items, SizeIs(kCount));
  EXPECT_FALSE(listing->items[0].date);
}

TEST(FindListing, DatesOfAddressesAreTheLastResort) {
  const auto listing =
      Find(Site("<ul>" + Items([](std::size_t i, auto, auto title) {
                  return "<li><a href=\"/2024/05/" + Day(i) + "/x" + std::to_string(i) + "\">" + title + "</a></li>";
                }) +
                "</ul>"));
  ASSERT_TRUE(listing.ok());
  EXPECT_EQ(dates::FormatDay(listing->items[0].date->utc), "2024-05-27");
}

std::string Reason(const std::string& page) {
  const auto listing = Find(page, "https://www.port.example/about");
  return listing.ok() ? "found " + listing->item_selector : ErrorReason(listing.status());
}

TEST(NoListing, MenusTagCloudsAndFootersAreNone) {
  EXPECT_EQ(Reason("<html><body><nav><ul><li><a href=/a>About</a><li><a href=/b>Our work</a><li><a href=/c>Where we "
                   "are</a><li><a href=/d>Contact</a></ul></nav></body></html>"),
            "NO_LISTING");
  EXPECT_EQ(Reason("<html><body><div class=tag-cloud><a href=/t/1>ports</a> <a href=/t/2>ships</a> <a "
                   "href=/t/3>cranes</a> <a href=/t/4>tides</a></div></body></html>"),
            "NO_LISTING");
  EXPECT_EQ(Reason("<html><body><p>Nothing here but words.</p></body></html>"), "NO_LISTING");
  EXPECT_EQ(Reason("<html><body><ul class=social><li><a href=https://a.example/x>Follow us on A</a><li><a "
                   "href=https://b.example/x>Follow us on B</a><li><a href=https://c.example/x>Follow us on "
                   "C</a></ul></body></html>"),
            "NO_LISTING");
}

TEST(NoListing, RelatedLinksOfAnArticleAreNone) {
  EXPECT_EQ(Reason("<html><body><article><h1>New crane reaches the quay</h1><p>27 May 2024</p><p>Text of the release "
                   "with <a href=/x>a link</a>.</p></article>"
                   "<div class=related><h3>Related</h3><ul><li><a href=/1>Cargo</a><li><a href=/2>Quay "
                   "history</a><li><a href=/3>Crane types</a></ul></div></body></html>"),
            "NO_LISTING");
}

TEST(Recipe, ReadsWhatItsSelectorsName) {
  const std::string page = Site("<div class=x>" + Items([](std::size_t i, auto url, auto title) {
                                  return "<div class=i><a class=cat href=/cat>Category of news</a><b class=t>" + title +
                                         "</b><a class=go href=\"" + url + "\">x</a><u>" + Day(i) +
                                         " May 2024</u></div>";
                                }) +
                                "</div><a id=n href=/p2>p</a>");
  Recipe recipe;
  recipe.item = "div.x > div.i";
  recipe.link = "a.go";
  recipe.title = ".t";
  recipe.date = "u";
  recipe.next = "#n";
  const auto listing = ReadListing({.bytes = page, .url = kUrl}, recipe);
  ExpectAll(listing);
  EXPECT_EQ(listing->next_url, "https://www.port.example/p2");
}

TEST(Recipe, SaysWhichSelectorFoundNothing) {
  Recipe recipe;
  recipe.item = "ul.gone > li";
  const auto listing = ReadListing({.bytes = Site("<p>x</p>"), .url = kUrl}, recipe);
  EXPECT_EQ(ErrorReason(listing.status()), "RECIPE_FOUND_NOTHING");
  EXPECT_EQ(ErrorMetadataValue(listing.status(), "selector"), "ul.gone > li");
}

TEST(Recipe, IsCheckedBeforeItIsUsed) {
  const auto field = [](const Recipe& recipe) {
    return ErrorMetadataValue(CheckRecipe(recipe), "field").value_or("ok");
  };
  EXPECT_EQ(field({}), "item");
  Recipe recipe;
  recipe.item = "li >>";
  EXPECT_EQ(field(recipe), "item");
  recipe.item = "li";
  EXPECT_EQ(field(recipe), "ok");
  recipe.date = "..";
  EXPECT_EQ(field(recipe), "date");
}

}  // namespace
}  // namespace dateline::listing
