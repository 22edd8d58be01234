// Proves the whole way from bytes to a release on documents in the manner of real newsrooms: plain text, text flattened
// from pages, HTML; several languages; and the errors for what is no document. The documents are made up for this test.
#include "services/extraction/extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/extraction/page/site_boilerplate.h"

namespace dateline::extraction {
namespace {

using release::v1::Release;
using release::v1::Section;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Extractor& Shared() {
  static const std::unique_ptr<const Extractor> extractor = *Extractor::Create();
  return *extractor;
}

Release MustExtract(const Input& input) {
  absl::StatusOr<Release> release = Shared().Extract(input);
  EXPECT_TRUE(release.ok()) << release.status();
  return release.ok() ? *release : Release();
}

Release FromText(std::string_view text) {
  return MustExtract({.bytes = text, .content_type = "text/plain"});
}

std::string_view Words(const Release& release, const release::v1::Span& span) {
  return std::string_view(release.text()).substr(span.start(), span.end() - span.start());
}

// The text of all sections of one kind.
std::vector<std::string> Parts(const Release& release, Section::Kind kind) {
  std::vector<std::string> parts;
  for (const Section& section : release.sections()) {
    if (section.kind() == kind) parts.emplace_back(Words(release, section.span()));
  }
  return parts;
}

constexpr std::string_view kSectionLabels = R"(News
Regional

River, Harbour Experts Meet in Mombasa to Discuss Shared Waters

Prof. Ada Quay, a hydrologist, explains the new gauges to delegates in Mombasa, Kenya. Photo: RBO

Mombasa – As trade on the river grows, the countries along it face new questions about who may draw how much water.

This week, RBO, the river basin office, organized a two-day seminar for 33 officials from the six countries. “Water does not stop at a border,” Quay said.

The seminar is part of the Shared Waters Support Project funded by the Basin Fund.

For further information please contact Lee Hart at RBO Kenya. Email: lhart@rbo.example, Tel: +25420123.)";

TEST(Extract, ReadsAReleaseBelowSectionLabels) {
  const Release release = FromText(kSectionLabels);
  EXPECT_EQ(release.title(), "River, Harbour Experts Meet in Mombasa to Discuss Shared Waters");
  EXPECT_EQ(release.dateline().place(), "Mombasa");
  EXPECT_EQ(release.dateline().country_code(), "KE");
  EXPECT_EQ(Words(release, release.dateline().span()), "Mombasa –");
  EXPECT_FALSE(release.has_publish());
  EXPECT_EQ(release.language(), "en");
  ASSERT_EQ(release.images_size(), 1);
  EXPECT_EQ(release.images(0).credit(), "RBO");
  EXPECT_THAT(release.images(0).caption(), HasSubstr("explains the new gauges"));
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "Lee Hart");
  EXPECT_EQ(release.contacts(0).organization(), "RBO Kenya");
  EXPECT_FALSE(release.contacts(0).phones(0).valid());
  ASSERT_EQ(Parts(release, Section::LEAD).size(), 1U);
  EXPECT_THAT(Parts(release, Section::LEAD)[0], HasSubstr("As trade on the river grows"));
  EXPECT_EQ(Parts(release, Section::BODY).size(), 2U);
  EXPECT_EQ(release.extractor().rules(), kRulesVersion);
}

constexpr std::string_view kFlattened = R"(-
Who we are
WHO WE AREThe River Basin Office was founded in 1971 by six countries and now serves 14 of them with gauges and forecasts.
-
Our Work
Our WorkAs the leading office on the river, RBO supports the 2030 Agenda through gauges, forecasts and training for pilots.
What We Do
What We Do
Partners
Partners
Stories
Stories
- Where we work
-
Take Action
Take Action
- 2030 Agenda
Kenya and Uganda Share Experiences in Seminar on River Cities
Kenya - “Rivers don't divide our cities. They join them,” claims RBO's Director, Ada Quay, in the River Report, which was launched this week.
The event is funded by the Basin Fund. It concludes today (11 March) having compared the plans of the two countries.
"Out of about one million people on the banks, half live in cities," noted Quay.
For further information please contact Lee Hart, RBO Nairobbi, Tel: + 254 712345678, Email: lhart@rbo.example)";

TEST(Extract, FindsTheReleaseInAFlattenedPage) {
  const Release release = FromText(kFlattened);
  EXPECT_EQ(release.title(), "Kenya and Uganda Share Experiences in Seminar on River Cities");
  EXPECT_TRUE(release.text().starts_with("Kenya - “Rivers don't divide"));
  EXPECT_THAT(release.text(), Not(HasSubstr("1971")));
  EXPECT_EQ(release.dateline().place(), "Kenya");
  EXPECT_EQ(release.publish().date().month(), 3);
  EXPECT_EQ(release.publish().date().day(), 11);
  EXPECT_EQ(release.publish().date().year(), 0);
  EXPECT_EQ(Words(release, release.publish().candidates(0).span()), "11 March");
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).organization(), "RBO Nairobbi");
  EXPECT_EQ(release.contacts(0).phones(0).e164(), "+254712345678");
  EXPECT_TRUE(release.contacts(0).phones(0).valid());
}

constexpr std::string_view kWholePage = R"(Skip to main content

Change the navigation language

EN - English

FR - français

View other websites

Menu

Homepage

Press room

Agenda

Current page:
Assembly calls for cleaner rivers by 2040

Go back to page: Press room
Press room

Assembly calls for cleaner rivers by 2040

Press Releases

Plenary session

18-07-2019 - 11:37

Share this page:

Facebook

Twitter

More gauges on all tributaries

Fines for those who pollute

Cleaner barges © Ada Quay / Rivers

The Assembly adopted a resolution on Thursday that asks the member countries to clean the river by 2040 and to say each year how far they are.

Gauges

Members want a gauge on every tributary that is longer than 40 kilometres. The resolution was adopted with 455 votes to 85 and 105 abstentions.

Next steps

Countries have until June to answer the Assembly in writing, and the answers will be public.

Contacts:

Zoë KRANĀS

Press Officer

Phone number: (+32) 2 28 32547 (BXL)

E-mail: zoe.kranas@assembly.example

Further information

Adopted text

Video of the debate

Product information

Ref.:
20190712IPR56948

Share this page:

Facebook

Twitter

Open in a new page
Legislative Observatory

Hide menu: News

Sitemap

Legal notice)";

TEST(Extract, TakesTheHeadlineBelowANumberedMasthead) {
  const Release release = FromText(
      "EMBARGOED UNTIL 07:00 GMT, 3 March 2025\n\nNEWS RELEASE No. 12/25\n\n"
      "Ferry crews end strike, but two island routes stay closed\n\n"
      "OSLO, 3 March 2025 (NFA) \u2014 The crews of eleven ferries go back to work on Tuesday, the Northern Ferry "
      "Association said today, after nine days without a ship.\n\n"
      "The two routes to the outer islands stay closed until their piers have been repaired, which takes a month.\n");
  EXPECT_EQ(release.title(), "Ferry crews end strike, but two island routes stay closed");
  EXPECT_EQ(release.subtitle(), "");
  EXPECT_THAT(release.reference_ids(), ElementsAre("12/25"));
}

TEST(Extract, DropsMenusAroundTheRelease) {
  const Release release = FromText(kWholePage);
  EXPECT_EQ(release.title(), "Assembly calls for cleaner rivers by 2040");
  // The line that dates the release stays as evidence, above its main text.
  EXPECT_TRUE(release.text().starts_with("18-07-2019 - 11:37\n\nMore gauges on all tributaries")) << release.text();
  EXPECT_THAT(Parts(release, Section::EMBARGO), ElementsAre("18-07-2019 - 11:37"));
  EXPECT_EQ(release.publish().date().year(), 2019);
  EXPECT_EQ(release.publish().basis(), "text_line");
  EXPECT_THAT(release.reference_ids(), ElementsAre("20190712IPR56948"));
  EXPECT_THAT(Parts(release, Section::HEADING), ElementsAre("Gauges", "Next steps"));
  EXPECT_THAT(Parts(release, Section::CAPTION), ElementsAre("Cleaner barges © Ada Quay / Rivers"));
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "Zoë KRANĀS");
  EXPECT_EQ(Parts(release, Section::RELATED).size(), 1U);
  for (const char* chrome : {"Facebook", "Sitemap", "English", "Plenary session", "Observatory"}) {
    EXPECT_THAT(release.text(), Not(HasSubstr(chrome)));
  }
}

TEST(Extract, ReadsAWireRelease) {
  const Release release = FromText(R"(FOR IMMEDIATE RELEASE

Pump Maker Opens Plant in Texas

New lines double the output

AUSTIN, Texas, March 5, 2024 /PRNewswire/ -- Basin Pumps today opened a plant that doubles its output of river pumps.

"This plant brings 200 jobs to the county," said Ada Quay, chief executive.

The plant offers:

- short delivery times
- spare parts for twenty years

###

About Basin Pumps

Basin Pumps has made pumps since 1951 and employs 900 people.

Media Contact:
Lee Hart
Basin Pumps
512-555-0100
press@basinpumps.example)");
  EXPECT_EQ(release.title(), "Pump Maker Opens Plant in Texas");
  EXPECT_EQ(release.subtitle(), "New lines double the output");
  EXPECT_EQ(release.dateline().place(), "AUSTIN, Texas");
  EXPECT_EQ(release.dateline().agency(), "PRNewswire");
  EXPECT_EQ(release.publish().basis(), "dateline");
  EXPECT_EQ(Parts(release, Section::EMBARGO).size(), 1U);
  EXPECT_FALSE(release.has_embargo_time());
  EXPECT_THAT(Parts(release, Section::LIST), ElementsAre("short delivery times\nspare parts for twenty years"));
  ASSERT_EQ(Parts(release, Section::ABOUT).size(), 1U);
  EXPECT_THAT(Parts(release, Section::ABOUT)[0], HasSubstr("since 1951"));
  EXPECT_THAT(release.text(), Not(HasSubstr("###")));
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "Lee Hart");
  EXPECT_EQ(release.contacts(0).phones(0).region(), "US");
}

TEST(Extract, ReadsAnEmbargo) {
  const Release release = FromText(
      "EMBARGOED UNTIL 10:30 CET, 5 March 2024\n\nRiver office publishes its yearly report\n\nThe river office "
      "publishes its report on the year, which shows "
      "that the water has become cleaner.\n\nNotes to editors\n\nThe report covers six countries.");
  EXPECT_EQ(release.embargo_time().seconds(), 1709631000);
  EXPECT_EQ(release.title(), "River office publishes its yearly report");
  EXPECT_EQ(Parts(release, Section::NOTES).size(), 1U);
}

struct LanguageCase {
  const char* text;
  const char* language;
  const char* title;
  const char* place;
  const char* country;
};

TEST(Extract, ReadsSeveralLanguages) {
  const LanguageCase cases[] = {
      {"Communiqué de presse\n\nLe bassin du fleuve accueille une nouvelle station\n\nGenève, le 5 mars 2024 – "
       "L’Office du fleuve a ouvert aujourd’hui une nouvelle station de mesure "
       "sur la rive gauche, afin de mieux prévoir les crues.\n\nLa station a coûté deux millions de francs et servira "
       "les six pays du bassin.\n\nContact presse : Anne Dupont, tél. +41 22 717 91 11",
       "fr", "Le bassin du fleuve accueille une nouvelle station", "Genève", "CH"},
      {"新闻稿\n\n流域办公室在内罗毕启用新的水文监测站\n\n新华社内罗毕3月5日电 "
       "流域办公室今天在内罗毕启用新的水文监测站，以便更好地预报洪水，并向沿岸六个国家提供数据。\n\n该监测站耗资两百万"
       "美元，将为沿岸居民提供预警服务。",
       "zh-Hans", "流域办公室在内罗毕启用新的水文监测站", "内罗毕", "KE"},
      {"بيان صحفي\n\nمكتب النهر يفتتح محطة جديدة لقياس المياه\n\nجنيف – افتتح مكتب النهر اليوم محطة جديدة لقياس المياه "
       "على الضفة اليسرى للنهر من أجل تحسين التنبؤ بالفيضانات في المنطقة.\n\nوقد بلغت تكلفة المحطة مليوني فرنك وستخدم "
       "الدول الست الواقعة على ضفاف النهر.",
       "ar", "مكتب النهر يفتتح محطة جديدة لقياس المياه", "جنيف", "CH"},
      {"Пресс-релиз\n\nУправление бассейна открывает новую станцию\n\nЖенева, 5 марта 2024 г. – Управление бассейна "
       "реки открыло сегодня новую станцию измерений на левом берегу, чтобы лучше предсказывать паводки.\n\nСтанция "
       "обошлась в два миллиона франков и будет служить шести странам.",
       "ru", "Управление бассейна открывает новую станцию", "Женева", "CH"},
  };
  for (const LanguageCase& c : cases) {
    const Release release = FromText(c.text);
    EXPECT_EQ(release.language(), c.language);
    EXPECT_EQ(release.title(), c.title);
    EXPECT_EQ(release.dateline().place(), c.place) << c.title;
    EXPECT_EQ(release.dateline().country_code(), c.country) << c.title;
    EXPECT_EQ(Parts(release, Section::LEAD).size(), 1U) << c.title;
  }
}

TEST(Extract, ReadsAPage) {
  const std::string page =
      R"(<!doctype html><html lang="en"><head><title>Basin office opens station | RBO</title><meta property="og:site_name" content="RBO">
<meta property="article:published_time" content="2024-03-05T10:30:00+01:00"></head><body><nav><a href="/">Home</a></nav><main><article>
<h1>Basin office opens station</h1><p class="meta">5 March 2024</p>
<p>Nairobi – The river basin office opened a new station on the left bank on Tuesday, so that floods can be forecast earlier than before.</p>
<p>The station cost two million francs and serves the six countries, the <a href="/about">office</a> said.</p>
<h2>About the River Basin Office</h2><p>The office was founded in 1971.</p>
<h2>Media contact</h2><p>Lee Hart<br>lhart@rbo.example<br>+254 712 345678</p></article></main><footer>RBO 2024</footer></body></html>)";
  const Release release = MustExtract({.bytes = page,
                                       .uri = "https://rbo.example/news/station",
                                       .content_type = "text/html; charset=utf-8",
                                       .source = "sources/rbo"});
  EXPECT_EQ(release.title(), "Basin office opens station");
  EXPECT_EQ(release.page_type(), release::v1::ARTICLE);
  EXPECT_EQ(release.source(), "sources/rbo");
  EXPECT_EQ(release.dateline().place(), "Nairobi");
  EXPECT_EQ(release.publish().time().seconds(), 1709631000);
  EXPECT_EQ(release.publish().confidence(), release::v1::HIGH);
  ASSERT_EQ(release.links_size(), 1);
  EXPECT_EQ(release.links(0).uri(), "https://rbo.example/about");
  EXPECT_EQ(Words(release, release.links(0).span()), "office");
  EXPECT_EQ(Parts(release, Section::ABOUT).size(), 1U);
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).email(), "lhart@rbo.example");
  EXPECT_TRUE(release.text().starts_with("Nairobi – The river basin"));
}

TEST(Extract, SaysWhenAPageHasToBeRendered) {
  const std::string page = "<html><head><title>App</title></head><body><div id=root></div><script>" +
                           std::string(5000, 'x') + "</script></body></html>";
  EXPECT_EQ(MustExtract({.bytes = page, .content_type = "text/html"}).page_type(), release::v1::NEEDS_RENDERING);
}

TEST(Extract, ExplainsWhoElseIsNamedAsAuthor) {
  const std::string page =
      "<html><head><title>Basin reopens</title><meta name=author content='Web Desk'>"
      "<link rel=canonical href=https://h.example/basin></head><body><article><h1>Basin reopens after the storm</h1>"
      "<p class=byline>By Ada Quay</p><p>The northern basin reopened on Tuesday, the Harbour Trust said, a week after "
      "the storm had closed it to all ships that draw more than four metres.</p></article></body></html>";
  Explanation explanation;
  ASSERT_TRUE(
      Shared().Extract({.bytes = page, .uri = "https://h.example/b", .content_type = "text/html"}, &explanation).ok());
  std::vector<std::string> fields;
  for (const FieldExplanation& field : explanation.fields)
    fields.push_back(field.field + " " + field.value + (field.chosen ? " +" : " -"));
  EXPECT_THAT(fields,
              testing::IsSupersetOf({"title Basin reopens after the storm +", "canonical https://h.example/basin -",
                                     "author Ada Quay +", "author Web Desk -"}));
}

TEST(Extract, BelievesADeclaredPlainText) {
  EXPECT_THAT(FromText("Tags in text\n\nThe office explained that <p> and </p> mark a paragraph in its pages.").text(),
              HasSubstr("<p> and </p>"));
}

TEST(Extract, RefusesWhatIsNoDocument) {
  const auto reason = [](const Input& input) { return ErrorReason(Shared().Extract(input).status()); };
  EXPECT_EQ(reason({.bytes = " \n"}), "EMPTY_DOCUMENT");
  EXPECT_EQ(reason({.bytes = "%PDF-1.4 ..."}), "BINARY_CONTENT");
  EXPECT_EQ(reason({.bytes = "caf\xE9 au lait"}), "INVALID_UTF8");
  EXPECT_EQ(reason({.bytes = "words", .charset = "klingon"}), "UNKNOWN_CHARSET");
  EXPECT_EQ(reason({.bytes = "--- *** ---"}), "NO_TEXT");
  EXPECT_EQ(reason({.bytes = "<html><body></body></html>"}), "NO_TEXT");
}

TEST(Extract, CutsWhatIsTooLongBetweenParagraphs) {
  std::string text = "River office publishes everything\n\n";
  while (text.size() < kMaxTextBytes + 100'000)
    text += "The river office published another paragraph about its gauges today.\n\n";
  const Release release = FromText(text);
  EXPECT_LE(release.text().size(), kMaxTextBytes);
  EXPECT_GT(release.text().size(), kMaxTextBytes - 200);
  EXPECT_TRUE(release.text().ends_with("today."));
  ASSERT_EQ(release.notices_size(), 1);
  EXPECT_EQ(release.notices(0).reason(), "TRUNCATED");
}

TEST(Extract, GivesANoticeForADateInTheFuture) {
  const std::string text =
      "River office opens a station\n\n5 March 2034\n\nThe river office opened a new station on the left bank of the "
      "river today.";
  const std::chrono::sys_seconds now{std::chrono::seconds(1'709'631'000)};
  const Release release = MustExtract({.bytes = text, .content_type = "text/plain", .observe_time = now});
  ASSERT_EQ(release.notices_size(), 1);
  EXPECT_EQ(release.notices(0).reason(), "PUBLISH_DATE_IN_FUTURE");
}

TEST(Extract, UsesWhatTheFeedSaysOnlyWhereTheDocumentIsSilent) {
  const std::string body =
      "<p>The river office opened a new station on the left bank of the river, as it had announced in spring.</p>";
  const std::chrono::sys_seconds day = std::chrono::sys_days(std::chrono::year(2026) / 3 / 12) + std::chrono::hours(7);
  const Release silent = MustExtract({.bytes = body,
                                      .content_type = "text/html",
                                      .publish_hint = day,
                                      .author_hints = {"Ana Ruiz", " ", "Harbour Desk"}});
  EXPECT_EQ(silent.publish().date().year(), 2026);
  EXPECT_EQ(silent.publish().date().day(), 12);
  EXPECT_EQ(silent.publish().basis(), "feed");
  EXPECT_EQ(silent.publish().time().seconds(), day.time_since_epoch().count());
  ASSERT_EQ(silent.authors_size(), 2);
  EXPECT_EQ(silent.authors(0).display_name(), "Ana Ruiz");
  EXPECT_EQ(silent.authors(0).rule(), "author.feed");
  const std::string dated = "<meta property=\"article:published_time\" content=\"2026-02-01T10:00:00Z\">" + body;
  const Release says = MustExtract({.bytes = dated, .content_type = "text/html", .publish_hint = day});
  EXPECT_EQ(says.publish().date().month(), 2);
  EXPECT_NE(says.publish().basis(), "feed");
}

// The end of a page dates it where nothing else does, as long as it names one day.
TEST(Extract, TakesADayFarFromTheHeadlineOnlyWhereItIsAlone) {
  std::string story;
  for (int i = 0; i < 40; ++i) story += "<p>Ships may enter the basin again since its gate was repaired last week.</p>";
  const auto days = [&](const std::string& head, const std::string& end) {
    const std::string page = "<html><head>" + head + "</head><body><script></script><article>" +
                             "<h1>Basin reopens after the storm</h1>" + story + end + "</article></body></html>";
    std::vector<int> found;
    const Release release = MustExtract({.bytes = page, .content_type = "text/html"});
    for (const auto& candidate : release.publish().candidates()) {
      if (candidate.basis() == "far_date") found.push_back(candidate.date().day());
    }
    return found;
  };
  EXPECT_EQ(days("", "<p>Ada Quay</p><p>5 March 2024</p><p>At 10:30 today</p>"), std::vector<int>{5});
  EXPECT_EQ(days("", "<p>5 March 2024</p><p>6 March 2024</p>"), std::vector<int>{});
  const std::string stated = "<meta property=\"article:published_time\" content=\"2024-03-01\">";
  EXPECT_EQ(days(stated, "<p>5 March 2024</p>"), std::vector<int>{});
}

TEST(Extract, BelievesTheRecipe) {
  const std::string page =
      "<html><head><title>Harbour</title><meta property=\"article:published_time\" content=\"2026-02-01T10:00:00Z\">"
      "</head><body><div>Menu</div><p>Subscribe to our letters, which bring all the news of the coast to your door.</p>"
      "</body></html>";
  const Release release = MustExtract(
      {.bytes = page,
       .uri = "https://harbour.example/news/1",
       .content_type = "text/html",
       .recipe_title = " Ferry  Sails Again ",
       .recipe_date = "Puerto Claro, 12 March 2026",
       .recipe_body = "<div><p>The ferry sails <a href=\"https://harbour.example/t\">again</a>, said Ana Ruiz, "
                      "director of the port.</p><ul><li>Tickets: 5 dollars</li></ul></div>"});
  EXPECT_EQ(release.title(), "Ferry Sails Again");
  EXPECT_EQ(release.text(), "The ferry sails again, said Ana Ruiz, director of the port.\n\nTickets: 5 dollars");
  EXPECT_EQ(release.page_type(), release::v1::ARTICLE);
  EXPECT_EQ(release.publish().basis(), "recipe");
  EXPECT_EQ(release.publish().date().month(), 3);
  EXPECT_EQ(release.publish().confidence(), release::v1::HIGH);
  ASSERT_EQ(release.links_size(), 1);
  EXPECT_EQ(release.links(0).uri(), "https://harbour.example/t");
  EXPECT_EQ(release.people_size(), 1);
}

TEST(Extract, UsesTheHintOnlyWhereTheDocumentHasNoTitle) {
  const std::string body =
      "The river office opened a new station on the left bank of the river, as it had announced in May.";
  EXPECT_EQ(MustExtract({.bytes = body, .content_type = "text/plain", .title_hint = "From the feed"}).title(),
            "From the feed");
  const std::string titled = "River office opens a station\n\n" + body;
  EXPECT_EQ(MustExtract({.bytes = titled, .content_type = "text/plain", .title_hint = "From the feed"}).title(),
            "River office opens a station");
}

TEST(Extract, LeavesOutTheLinesOfTheSite) {
  const std::string prose =
      "Pilots will guide every ship of more than 80 metres, the harbour office said, until the channel has been "
      "dredged.";
  const std::string motto = "Harbour Trust keeps the waters of the north open for everybody since 1951.";
  const std::string text = "Basin reopens in June\n\n" + prose + "\n\n" + motto + "\n\n" + prose + "\n";
  const std::string html = "<html><body><article><h1>Basin reopens in June</h1><p>" + prose + "</p><p>" + motto +
                           "</p><p>" + prose + "</p></article></body></html>";
  const std::vector<std::uint64_t> lines = {
      LineHash("HARBOUR TRUST keeps the waters of the north open for everybody since 1951.")};
  for (const auto& [bytes, type] : {std::pair(text, "text/plain"), std::pair(html, "text/html")}) {
    EXPECT_THAT(MustExtract({.bytes = bytes, .content_type = type}).text(), HasSubstr("Harbour Trust")) << type;
    const Release release = MustExtract({.bytes = bytes, .content_type = type, .site_boilerplate = lines});
    EXPECT_THAT(release.text(), Not(HasSubstr("Harbour Trust"))) << type;
    EXPECT_THAT(release.text(), HasSubstr("until the channel has been dredged.")) << type;
    EXPECT_EQ(release.title(), "Basin reopens in June") << type;
  }
}

TEST(Extractor, WithoutFactsGivesTheSameTextAndNoNames) {
  const std::unique_ptr<const Extractor> plain = *Extractor::Create({.facts = false});
  EXPECT_TRUE(plain->Languages().empty());
  const Input input{.bytes = kSectionLabels, .content_type = "text/plain"};
  const absl::StatusOr<Release> release = plain->Extract(input);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->text(), MustExtract(input).text());
  EXPECT_EQ(release->people_size(), 0);
  EXPECT_GT(MustExtract(input).people_size(), 0);
}

}  // namespace
}  // namespace dateline::extraction
