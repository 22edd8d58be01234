// Proves what is read out of a page's own statements: JSON-LD as a graph, names of authors out of bylines, the title
// among its candidates, and dates and bylines by their nearness to the headline. Every fixture is made up for its rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "services/extraction/facts/day_choice.h"
#include "services/extraction/facts/day_order.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/headline_area.h"
#include "services/extraction/page/html_metadata.h"
#include "services/extraction/page/json_ld.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/page/page_title.h"

namespace dateline::extraction {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

HtmlMetadata Metadata(std::string_view html) {
  const HtmlTree tree = HtmlTree::Parse(html);
  return ReadMetadata(tree, "https://www.harbourpost.example/news/basin");
}

std::vector<std::string> Authors(std::string_view html) {
  std::vector<std::string> names;
  for (const PageAuthor& author : Metadata(html).authors) names.push_back(author.name);
  return names;
}

std::vector<std::string> Names(std::string_view line, BylineTrust trust = BylineTrust::kLabel) {
  return NamesOfByline(line, trust, {"harbourpost"});
}

TEST(JsonLd, FollowsReferencesThroughTheGraph) {
  JsonLdReader reader;
  reader.Add(R"({"@graph":[{"@type":"WebPage","@id":"#page","datePublished":"2024-03-04"},
    {"@type":["NewsArticle"],"headline":"Basin reopens","datePublished":"2024-03-05","author":{"@id":"#ada"},
     "publisher":{"@id":"#post"}},
    {"@type":"Person","@id":"#ada","name":"Ada Quay"},{"@type":"Organization","@id":"#post","name":"Harbour Post"}]})");
  const JsonLdArticle article = reader.Choose("");
  EXPECT_TRUE(article.found);
  EXPECT_EQ(article.published, "2024-03-05");
  EXPECT_EQ(article.page_published, "2024-03-04");
  EXPECT_EQ(article.site_name, "Harbour Post");
  ASSERT_EQ(article.authors.size(), 1U);
  EXPECT_EQ(article.authors[0].name, "Ada Quay");
  EXPECT_EQ(article.authors[0].kind, JsonLdAuthor::Kind::kPerson);
}

TEST(JsonLd, FindsTheTypeOfAnAuthorBehindANamedReference) {
  JsonLdReader reader;
  reader.Add(R"({"@graph":[{"@type":"Article","headline":"Basin reopens","author":{"name":"Ada","@id":"#ada"}},
    {"@type":"Person","@id":"#ada","name":"Ada","url":"https://harbourpost.example/author/ada"}]})");
  const JsonLdArticle article = reader.Choose("");
  ASSERT_EQ(article.authors.size(), 1U);
  EXPECT_EQ(article.authors[0].kind, JsonLdAuthor::Kind::kPerson);
  EXPECT_EQ(article.authors[0].uri, "https://harbourpost.example/author/ada");
}

TEST(JsonLd, ReadsWhatIsNotQuiteJson) {
  JsonLdReader reader;
  reader.Add("<!-- {\"@type\":\"Article\",\"headline\":\"Basin\nreopens \\u2013 at last &amp; late\",} -->");
  EXPECT_EQ(reader.Choose("").headline, "Basin reopens \u2013 at last & late");
  for (const char* broken :
       {"{", "[[[[", "{\"a\":", "}}}}", "\"", "{\"@type\":\"Article\",\"author\":[{\"@id\":\"x\"}"}) {
    JsonLdReader other;
    other.Add(broken);
    EXPECT_EQ(other.Choose("").published, "") << broken;
  }
}

TEST(JsonLd, TakesTheArticleOfThePageAmongTeasers) {
  JsonLdReader reader;
  reader.Add(R"([{"@type":"Article","headline":"Ferries stay in port","datePublished":"2020-01-01"},
    {"@type":"Article","headline":"Crane falls on pier","datePublished":"2020-01-02"},
    {"@type":"Article","headline":"Basin reopens today","datePublished":"2024-03-05"}])");
  EXPECT_EQ(reader.Choose("basin reopens today - harbour post").published, "2024-03-05");
  EXPECT_FALSE(reader.Choose("another page").found);
}

TEST(AuthorNames, TakesLabelsRolesAndDatesOff) {
  EXPECT_THAT(Names("By Ada Quay and Lee Hart, Staff Writers | 5 March 2024"), ElementsAre("Ada Quay", "Lee Hart"));
  EXPECT_THAT(Names("Von Jörg Möller, Hamburg"), ElementsAre("Jörg Möller"));
  EXPECT_THAT(Names("Par Zoé Le Gall et Yann Kerros"), ElementsAre("Zoé Le Gall", "Yann Kerros"));
  EXPECT_THAT(Names("Por Inés Ortega y Luis Vega"), ElementsAre("Inés Ortega", "Luis Vega"));
  EXPECT_THAT(Names("Autorin: Uta Kranz"), ElementsAre("Uta Kranz"));
  EXPECT_THAT(Names("5 March 2024 | Ada Quay"), ElementsAre("Ada Quay"));
  EXPECT_THAT(Names("作者：周敏"), ElementsAre("周敏"));
}

TEST(AuthorNames, RefusesWhatIsNoPerson) {
  for (const char* line :
       {"By Harbour Post", "By our newsroom", "Posted by admin", "Read more news", "Red.", "By Basin of the",
        "By Name \u2013", "Share report", "Updated March report", "By the time the ships came back", "5 March 2024",
        "https://harbour.example/ada", "Full Bio", "by", ""})
    EXPECT_THAT(Names(line), IsEmpty()) << line;
}

TEST(AuthorNames, KeepsTheNameOfADeskThatSigns) {
  EXPECT_THAT(Names("By Harbour Desk | 5 March 2024"), ElementsAre("Harbour Desk"));
  EXPECT_THAT(Names("Von Redaktion"), ElementsAre("Redaktion"));
  EXPECT_THAT(Names("By Staff and news service reports"), ElementsAre("Staff and news service reports"));
  EXPECT_THAT(Names("By The Quay Team, Harbour Post"), ElementsAre("The Quay Team"));
  EXPECT_THAT(Names("By Ada Quay, Harbour News"), ElementsAre("Ada Quay"));
}

TEST(AuthorNames, TakesAccountNamesOnlyWhereTheyAreMarked) {
  EXPECT_THAT(Names("pierfan"), IsEmpty());
  EXPECT_THAT(Names("pierfan", BylineTrust::kTyped), ElementsAre("pierfan"));
  EXPECT_THAT(Names("admin", BylineTrust::kTyped), IsEmpty());
}

TEST(PageAuthors, ReadsTheBylineAtTheHeadline) {
  EXPECT_THAT(Authors("<body><h1>Basin reopens after the storm</h1><p class=byline><span>By</span> "
                      "<a href=/ada>Ada Quay</a><span>Harbour editor</span></p><p>Text of it.</p></body>"),
              ElementsAre("Ada Quay"));
  EXPECT_THAT(Authors("<body><h1>Basin reopens after the storm</h1><div><span><b>Von:</b></span></div><div>Jörg Möller"
                      "</div><p>Text.</p></body>"),
              ElementsAre("Jörg Möller"));
}

TEST(PageAuthors, ReadsDatedLinesAndLinksToProfiles) {
  EXPECT_THAT(
      Authors("<body><main><h1>Basin reopens after the storm</h1><div><a href=/authors/ada-quay>Ada Quay</a></div>"
              "<p>Text of it.</p></main></body>"),
      ElementsAre("Ada Quay"));
  bool dated = false;
  EXPECT_THAT(NamesOfLine("5 March 2024 - Ada Quay", &dated), ElementsAre("Ada Quay"));
  EXPECT_TRUE(dated);
  EXPECT_THAT(NamesOfLine("Ada Quay", &dated), ElementsAre("Ada Quay"));
  EXPECT_FALSE(dated);
  for (const char* line : {"5 March 2024", "5 March 2024 - 3 min read", "Basin reopens", "Read More", "the Basin"})
    EXPECT_THAT(NamesOfLine(line, &dated), IsEmpty()) << line;
}

TEST(PageAuthors, ReadsTheFootOfAnArticle) {
  EXPECT_THAT(Authors("<body><article><h1>Basin reopens after the storm</h1><p>Text of it.</p><div class=post-footer>"
                      "<span class=author>Written by <a href=/ada>Ada Quay</a></span></div></article></body>"),
              ElementsAre("Ada Quay"));
}

TEST(PageAuthors, ReadsAccountsBehindALabelThatNamesThem) {
  EXPECT_THAT(Authors("<body><div class=post><h3>Basin reopens after the storm</h3><p>Text of it.</p>"
                      "<div class=post-footer><span class=post-author>Eingestellt von <span itemprop=author>"
                      "hafenmaus</span></span></div></div></body>"),
              ElementsAre("hafenmaus"));
}

TEST(PageAuthors, TakesNoFirmThatOnlyMachinesAreTold) {
  const HtmlMetadata metadata =
      Metadata(R"(<meta property="og:site_name" content="Harbour Post"><meta name="author" content="Harbour Post">
    <script type="application/ld+json">{"@type":"Article","headline":"Basin reopens",
    "author":{"@type":"Organization","name":"Harbour Post"}}</script><h1>Basin reopens</h1><p>Text of it.</p>)");
  EXPECT_THAT(metadata.authors, IsEmpty());
  ASSERT_EQ(metadata.author_candidates.size(), 1U);
  EXPECT_THAT(metadata.author_candidates[0].sources, ElementsAre(AuthorSource::kJsonOrganization, AuthorSource::kMeta));
}

TEST(PageAuthors, LeavesReviewersCommentsAndTeasersOut) {
  EXPECT_THAT(Authors("<body><h1>Basin reopens after the storm</h1><span>Reviewed by</span> <span class=author>Lee Hart"
                      "</span><div class=comments><a rel=author>Max Pier</a></div></body>"),
              IsEmpty());
  EXPECT_THAT(
      Authors("<body><p>Two stories.</p><a rel=author>Max Pier</a><p>More.</p><a rel=author>Ada Quay</a></body>"),
      IsEmpty());
}

TEST(PageAuthors, BelievesMachinesOnlyWhereThePageShowsTheName) {
  const std::string head = R"(<script type="application/ld+json">{"@type":"Article","headline":"Basin reopens",
    "author":{"@type":"Person","name":"Ada Kranz"}}</script>)";
  EXPECT_THAT(Authors(head + "<body><h1>Basin reopens</h1><p>ADA KRANZ reports.</p></body>"), ElementsAre("Ada Kranz"));
  EXPECT_THAT(Authors(head + "<body><h1>Basin reopens</h1><p>Nobody is named.</p></body>"), IsEmpty());
}

TEST(PageAuthors, CompletesTheFirstOfSeveral) {
  EXPECT_THAT(Authors(R"(<script type="application/ld+json">{"@type":"Article","headline":"Basin reopens",
    "author":{"@type":"Person","name":"Ada Quay"}}</script><body><h1>Basin reopens</h1>
    <p class="byline">By Ada Quay and Lee Hart</p></body>)"),
              ElementsAre("Ada Quay", "Lee Hart"));
}

TEST(PageTitle, PrefersTheHeadingThatTheTitleConfirms) {
  TitleSigns signs;
  signs.og_title = "Basin reopens after storm - Harbour Post";
  signs.site_name = "Harbour Post";
  signs.headlines = {{"Harbour Post", 3, 1, false}, {"Basin reopens after storm", 9, 1, false}};
  const TitleChoice choice = ChooseTitle(signs);
  EXPECT_EQ(choice.title, "Basin reopens after storm");
  EXPECT_EQ(choice.node, 9U);
}

TEST(PageTitle, LeavesOutTheLineAboveAHeadingThatThePageLeavesOut) {
  const auto title = [](const std::string& stated, const std::string& heading) {
    return Metadata("<head><title>" + stated + "</title></head><body><h1>" + heading + "</h1></body>");
  };
  const std::string heading = "<span>Harbours in winter</span> <span>Basin <em>reopens</em> after storm</span>";
  const HtmlMetadata parted = title("Basin reopens after storm - Post", heading);
  EXPECT_EQ(parted.title, "Basin reopens after storm");
  EXPECT_EQ(parted.title_rule, "title.h1_part");
  EXPECT_EQ(parted.heading, "Harbours in winter Basin reopens after storm");
  EXPECT_EQ(title("Harbours in winter: Basin reopens after storm", heading).title,
            "Harbours in winter Basin reopens after storm");
  EXPECT_EQ(title("Basin reopens after storm - Post", "Basin <em>reopens</em> after storm").title,
            "Basin reopens after storm");
  EXPECT_EQ(Metadata("<meta property=og:title content=\"Basin reopens after storm\"><body><h1>Basin reopens after "
                     "storm<small>What captains should know now</small></h1></body>")
                .title,
            "Basin reopens after storm");
}

TEST(PageTitle, CompletesATitleThatWasCut) {
  TitleSigns signs;
  signs.og_title = "Minister calls the new harbour ...";
  signs.headlines = {{"Minister calls the new harbour \"a leap in the dark\"", 4, 1, false}};
  EXPECT_EQ(ChooseTitle(signs).title, "Minister calls the new harbour \"a leap in the dark\"");
}

TEST(PageTitle, KnowsTheSiteByItsHost) {
  EXPECT_EQ(WithoutSiteName("Pour le port, la nuit est longue | HP media", "", "hp.example"),
            "Pour le port, la nuit est longue");
  EXPECT_EQ(WithoutSiteName("Basin reopens - News - The Harbour Post", "", "www.harbourpost.example"),
            "Basin reopens - News");
}

TEST(PageDates, FindsTheDateAtTheHeadlineAndNotTheChange) {
  const HtmlMetadata metadata = Metadata(
      "<body><h1>Basin reopens after the storm</h1><p>Updated: 7 March 2024</p><p>5 March 2024, 10:30</p>"
      "<footer><p>1 January 2001</p></footer></body>");
  EXPECT_THAT(metadata.dates, Contains(testing::Field(&DateSign::raw, "5 March 2024, 10:30")));
  EXPECT_THAT(metadata.dates, Not(Contains(testing::Field(&DateSign::raw, "1 January 2001"))));
  const Calendar calendar;
  std::vector<int> days;
  for (const DateSign& sign : metadata.dates) {
    if (const auto time = ParseSign(sign, calendar, DayOrder::kUnknown); time.has_value())
      if (!IsChangeBasis(time->basis)) days.push_back(time->time.date.day);
  }
  EXPECT_THAT(days, ElementsAre(5));
}

TEST(PageDates, KeepsModifiedTimesApart) {
  const HtmlMetadata metadata = Metadata(
      "<body><h1>Basin reopens after the storm</h1><time class=updated datetime=2024-03-07>7 March</time>"
      "<time itemprop=datePublished datetime=2024-03-05>5 March</time></body>");
  EXPECT_EQ(metadata.modified, "2024-03-07");
  EXPECT_THAT(metadata.dates, Contains(testing::AllOf(testing::Field(&DateSign::basis, "microdata"),
                                                      testing::Field(&DateSign::raw, "2024-03-05"))));
}

TEST(PageDates, KeepsTheTextOfAModifiedTimeApart) {
  const HtmlMetadata metadata = Metadata(
      "<body><h1>Basin reopens after the storm</h1><p><time class=updated datetime=2024-03-07>7 March 2024"
      "</time> <time class=published datetime=2024-03-05>5 March 2024</time></p></body>");
  EXPECT_EQ(metadata.modified, "2024-03-07");
  for (const DateSign& sign : metadata.dates) {
    EXPECT_EQ(sign.changed, sign.raw == "7 March 2024") << sign.basis << " " << sign.raw;
  }
}

TEST(PageDates, ReadsABoxThatHoldsMostOfTheText) {
  const auto dates = [](const std::string& in_box, const std::string& behind) {
    return Metadata("<body><h1>Basin reopens after the storm</h1><div class=lay-sidebar><span>5 March 2024</span><p>" +
                    in_box + "</p></div>" + behind + "</body>")
        .dates;
  };
  std::string story;
  for (int i = 0; i < 10; ++i) story += "Ships may enter the basin again since the gate was repaired. ";
  std::string menu;
  for (int i = 0; i < 40; ++i) menu += "<ul><li><a href=/a>Pier</a></li></ul>";
  EXPECT_THAT(dates(story, menu), Not(IsEmpty()));
  EXPECT_THAT(dates(story, menu + "<p>" + story + "</p><p>" + story + "</p>"), IsEmpty());
}

TEST(PageDates, ReadsTheFootWhereNothingElseTells) {
  const auto dates = [](const std::string& body, const std::string& foot) {
    return Metadata("<body><h1>Basin reopens after the storm</h1><p>Ships may enter again.</p>" + body + "<footer>" +
                    foot + "</footer></body>")
        .dates;
  };
  const auto only = [](const char* raw) { return ElementsAre(testing::Field(&DateSign::raw, raw)); };
  const std::string published = "<time itemprop=datePublished datetime=2024-03-05>5 March</time>";
  EXPECT_THAT(dates("", published + "<p>&copy; 2031</p>"), only("2024-03-05"));
  EXPECT_THAT(dates("", "<p>Published on: 05.03.2024</p>"), only("Published on: 05.03.2024"));
  EXPECT_THAT(dates("", "<h4>Published</h4><div>5 March 2024</div><p>Since 1950</p>"), only("5 March 2024"));
  EXPECT_THAT(dates("", "<p>This page was last edited on 7 March 2024.</p>"),
              only("This page was last edited on 7 March 2024."));
  // Several are those of teasers; where the article tells its day, nobody looks further down.
  EXPECT_THAT(dates("", published + "<time itemprop=datePublished datetime=2024-03-06>6 March</time>"), IsEmpty());
  EXPECT_THAT(dates("<time datetime=2024-01-01>1 January 2024</time>", published),
              Not(Contains(testing::Field(&DateSign::raw, "2024-03-05"))));
}

TEST(PageDates, ReadsASmallBoxRightBehindTheHeadline) {
  const auto dates = [](const std::string& between) {
    return Metadata(
               "<title>Basin reopens after the storm - Post</title><body><div><h3>Basin reopens after the storm</h3>" +
               between + "<div class=footer><span>05.03.2024</span></div><p>Text.</p></div></body>")
        .dates;
  };
  EXPECT_THAT(dates(""), Contains(testing::Field(&DateSign::raw, "05.03.2024")));
  EXPECT_THAT(dates("<p>" + std::string(600, 'x') + "</p>"),
              Not(Contains(testing::Field(&DateSign::raw, "05.03.2024"))));
}

TEST(PageDates, KnowsALabelThatALinkPartsFromItsDate) {
  const HtmlMetadata metadata =
      Metadata("<body><h1>Basin reopens after the storm</h1><p>" + std::string(2000, 'x') +
               "</p><div>Posted by <a href=/ada>Ada Quay</a> on 5 March 2024 at noon</div></body>");
  EXPECT_THAT(metadata.dates, Contains(testing::AllOf(testing::Field(&DateSign::basis, "labelled"),
                                                      testing::Field(&DateSign::raw, "on 5 March 2024 at noon"))));
}

// What the page above a headline and a first paragraph says of dates, as "basis raw".
std::vector<std::string> SignsOf(const std::string& body) {
  std::vector<std::string> signs;
  for (const DateSign& sign : Metadata("<body><h1>Basin reopens after the storm</h1>" + body + "</body>").dates)
    signs.push_back(sign.basis + " " + sign.raw);
  return signs;
}

TEST(PageDates, ReadsTheContentOfAMetaElementOutOfItsValue) {
  const auto dates = [](const std::string& meta) { return Metadata("<head>" + meta + "</head>").dates; };
  EXPECT_THAT(dates("<meta name=article:published_time value=2024-03-05>"),
              ElementsAre(testing::Field(&DateSign::raw, "2024-03-05")));
  EXPECT_THAT(dates("<meta name=article:published_time content=2024-03-05 value=2031-01-01>"),
              ElementsAre(testing::Field(&DateSign::raw, "2024-03-05")));
}

TEST(PageDates, TellsTheDatesOfReplies) {
  const HtmlMetadata metadata = Metadata(
      "<body><h1>Which rope for a ferry?</h1><div itemscope itemtype=https://schema.org/Question>"
      "<time itemprop=dateCreated datetime=2024-03-05></time></div><div itemscope itemtype=https://schema.org/Answer>"
      "<time itemprop=dateCreated datetime=2024-03-07>7 March 2024</time>"
      "<time itemprop=dateModified datetime=2024-03-09></time></div><p>6 March 2024</p></body>");
  for (const DateSign& sign : metadata.dates) {
    EXPECT_EQ(sign.of_reply, sign.raw == "2024-03-07" || sign.raw == "7 March 2024") << sign.basis << " " << sign.raw;
  }
  EXPECT_THAT(metadata.dates, Contains(testing::Field(&DateSign::raw, "6 March 2024")));
  EXPECT_EQ(metadata.modified, "");
}

TEST(PageDates, KnowsWhoReplied) {
  const auto changed = [](const std::string& line) {
    const HtmlMetadata metadata = Metadata("<body><h1>Which rope for a ferry?</h1>" + line + "</body>");
    return std::any_of(metadata.dates.begin(), metadata.dates.end(), [](const DateSign& sign) { return sign.changed; });
  };
  const std::string by_ada = " by <a href=/ada>Ada</a> <time datetime=2024-03-07>7 March 2024</time></p>";
  EXPECT_TRUE(changed("<p><b>14 replies</b> Last post" + by_ada));
  EXPECT_FALSE(changed("<p><b>14 replies</b> Posted" + by_ada));
  EXPECT_FALSE(changed("<p>Published 5 March 2024, updated 6 March 2024, posted" + by_ada));
}

TEST(PageDates, TakesTheDayThatATimeElementIsWrittenWith) {
  EXPECT_THAT(
      SignsOf("<p><time datetime=2024-03-05T21:50:00-0500>6 March 2024</time></p>"),
      testing::UnorderedElementsAre("time_element 2024-03-05T21:50:00-0500", "near_title 2024-03-05T21:50:00-0500"));
  EXPECT_THAT(SignsOf("<p><time datetime=2024-03-05T23:50:00Z>6 March 2024</time></p>"),
              testing::UnorderedElementsAre("time_element 2024-03-05T23:50:00Z", "near_title 6 March 2024"));
}

TEST(PageDates, ReadsWhatIsWrittenLikeATimeElement) {
  EXPECT_THAT(SignsOf("<p><relative-time datetime=2024-03-05T10:00:00Z>two days ago</relative-time></p>"),
              ElementsAre("time_element 2024-03-05T10:00:00Z"));
  EXPECT_THAT(SignsOf("<p><span title=2024-03-05T10:00:00>two days ago</span></p>"),
              ElementsAre("time_element 2024-03-05T10:00:00"));
  EXPECT_THAT(SignsOf("<p><abbr class=published title=2024-03-05T10:00:00>yesterday</abbr></p>"),
              ElementsAre("time_element 2024-03-05T10:00:00"));
  EXPECT_THAT(SignsOf("<p>The gate is <del datetime=2024-03-05T10:00:00Z>shut</del> open.</p>"), IsEmpty());
  EXPECT_THAT(SignsOf("<p>See <span title=\"2024-03 a report\">the report</span>.</p>"), IsEmpty());
}

TEST(PageDates, LeavesTheDayThatAHeadlineTellsOf) {
  EXPECT_THAT(
      Metadata("<body><h1>Minutes of the harbour board of 10 October 2023</h1><p>5 March 2024</p></body>").dates,
      ElementsAre(testing::Field(&DateSign::raw, "5 March 2024")));
  EXPECT_THAT(Metadata("<body><h1>Basin reopens after the storm <small>5 March 2024</small></h1></body>").dates,
              ElementsAre(testing::Field(&DateSign::raw, "5 March 2024")));
}

// So that they do not crowd out the dates, of which the nearest to the headline are taken.
TEST(PageDates, PassesOverTextsOfTooFewDigits) {
  EXPECT_THAT(SignsOf("<p>14 replies</p><p>12 min read</p><p>10:30</p><p>Room 305</p><p>5/3/24 at noon</p>"),
              ElementsAre("near_title 5/3/24 at noon"));
}

TEST(PageDates, KeepsALineAtTheEndForWhereNothingElseTells) {
  const HtmlMetadata metadata = Metadata("<body><h1>Basin reopens after the storm</h1><p>" + std::string(2000, 'x') +
                                         "</p><p>5 March 2024</p><p>The gate of 1950 was repaired by the board</p>");
  EXPECT_THAT(metadata.dates, ElementsAre(testing::AllOf(testing::Field(&DateSign::basis, "far_line"),
                                                         testing::Field(&DateSign::foot, true))));
}

TEST(PageDates, KnowsACopyThatHasLostItsScripts) {
  EXPECT_TRUE(Metadata("<body><p>Updated: 7 March 2024</p></body>").copy);
  EXPECT_FALSE(Metadata("<body><script src=a.js></script><p>Updated: 7 March 2024</p></body>").copy);
}

TEST(DayOrder, FollowsLanguageAndHost) {
  const Calendar calendar;
  const auto read = [&](std::string_view text, DayOrder order) {
    const auto match = FindPageDate(text, calendar, order);
    return match.has_value() ? match->value : CalendarDate{};
  };
  EXPECT_EQ(OrderOf("en-GB", ""), DayOrder::kDayFirst);
  EXPECT_EQ(OrderOf("en-US", ""), DayOrder::kMonthFirst);
  EXPECT_EQ(OrderOf("en", "https://post.co.uk/x"), DayOrder::kDayFirst);
  EXPECT_EQ(OrderOf("fr", ""), DayOrder::kDayFirst);
  EXPECT_EQ(OrderOf("", ""), DayOrder::kUnknown);
  EXPECT_EQ(OrderOf("en", "https://post.example/en-gb/news"), DayOrder::kDayFirst);
  EXPECT_EQ(OrderOf("en", "https://post.example/en-us/news"), DayOrder::kMonthFirst);
  EXPECT_EQ(read("03/04/2024", DayOrder::kMonthFirst), (CalendarDate{2024, 3, 4}));
  EXPECT_EQ(read("03/04/2024", DayOrder::kDayFirst), (CalendarDate{2024, 4, 3}));
  EXPECT_EQ(read("03/04/2024", DayOrder::kUnknown), CalendarDate{});
  EXPECT_EQ(read("25/04/2024", DayOrder::kMonthFirst), (CalendarDate{2024, 4, 25}));
  EXPECT_EQ(read("5.3.2024", DayOrder::kMonthFirst), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(read("05.03.24", DayOrder::kDayFirst), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(read("11.03.17 in", DayOrder::kMonthFirst), (CalendarDate{2017, 3, 11}));
  EXPECT_EQ(read("11.03.17 in", DayOrder::kMonthFirstDots), (CalendarDate{2017, 11, 3}));
  EXPECT_EQ(read("25.03.17", DayOrder::kMonthFirstDots), (CalendarDate{2017, 3, 25}));
  EXPECT_EQ(read("1.2.3.4", DayOrder::kDayFirst), CalendarDate{});
  EXPECT_EQ(read("Posted March 5, 2024", DayOrder::kUnknown), (CalendarDate{2024, 3, 5}));
}

TEST(MarkupLine, ResolvesWhatWasEscapedTwice) {
  EXPECT_EQ(MarkupLine("Lindsay O&#039;Hara &amp; <b>Sons</b>"), "Lindsay O'Hara & Sons");
  EXPECT_EQ(MarkupLine("3 < 4 & so on"), "3 < 4 & so on");
}

}  // namespace
}  // namespace dateline::extraction
