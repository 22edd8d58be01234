// Proves how the page of a release is read by a recipe: fields, lines of the text, what is removed, and what is said of
// selectors that match nothing or cannot be read.

#include "services/ingestion/listing/release_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace dateline::listing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPage[] =
    "<html lang=\"de\"><body><nav>Startseite</nav><div class=\"kopf\"><h1>Hafen <b>er\xC3\xB6"
    "ffnet</b></h1><span class=\"tag\">Rostock, 3. M\xC3\xA4rz 2025</span></div><div class=\"text\"><p>Der Hafen "
    "<a href=\"/x\">\xC3\xB6"
    "ffnet</a> heute.</p>Ohne Absatz<div class=\"teilen\">Teilen <p>auf allen Wegen</p></div>"
    "<ul><li>Eins</li><li>Zwei</li></ul><script>x()</script></div><div "
    "class=\"text\"><p>Kontakt</p></div></body></html>";

absl::StatusOr<ReleasePage> Read(const ReleaseRecipe& recipe) {
  return ReadRelease({.bytes = kPage, .url = "https://hafen.example/1", .content_type = "text/html; charset=utf-8"},
                     recipe);
}

TEST(ReadRelease, ReadsTheFieldsOfTheRecipe) {
  const auto release = Read({.title = "h1", .date = ".tag", .body = "div.text", .remove = {".teilen"}});
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->title,
            "Hafen er\xC3\xB6"
            "ffnet");
  ASSERT_TRUE(release->date);
  EXPECT_EQ(std::chrono::floor<std::chrono::days>(release->date->utc),
            std::chrono::sys_days(std::chrono::year(2025) / 3 / 3));
  EXPECT_EQ(release->text,
            "Der Hafen \xC3\xB6"
            "ffnet heute.\nOhne Absatz\nEins\nZwei\nKontakt\n");
  EXPECT_THAT(release->unmatched, IsEmpty());
}

// The tag is longer than what a string holds in itself, so whoever looks at it after it is gone is found out.
TEST(ReadRelease, ReadsDatesByALongLanguageTag) {
  const auto release =
      ReadRelease({.bytes = "<html lang=\"de-DE-x-amt-fuer-haefen-und-schleusen\"><p>3. Oktober 2025</p>",
                   .url = "https://hafen.example/1",
                   .content_type = "text/html"},
                  {.title = {}, .date = "p", .body = {}, .remove = {}});
  ASSERT_TRUE(release.ok()) << release.status();
  ASSERT_TRUE(release->date) << release->date_text;
  EXPECT_EQ(std::chrono::floor<std::chrono::days>(release->date->utc),
            std::chrono::sys_days(std::chrono::year(2025) / 10 / 3));
}

TEST(ReadRelease, KeepsTheMarkupOfTheBody) {
  const auto release = Read({.title = {}, .date = {}, .body = "div.text", .remove = {".teilen"}});
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->body_html,
            "<div><p>Der Hafen <a href=\"https://hafen.example/x\">\xC3\xB6"
            "ffnet</a> heute.</p>Ohne Absatz<ul><li>Eins</li><li>Zwei</li></ul></div><div><p>Kontakt</p></div>");
}

TEST(ReadRelease, WritesNoTagWithAnOddName) {
  const auto release = ReadRelease({.bytes = "<main><p>The crane <script<b>came</script<b> at night.</p></main>",
                                    .url = "https://hafen.example/1",
                                    .content_type = "text/html"},
                                   {.title = {}, .date = {}, .body = "main", .remove = {}});
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->body_html, "<main><p>The crane came at night.</p></main>");
}

TEST(ReadRelease, CutsMarkupBetweenElementsAndClosesThem) {
  std::string page = "<main><h2 onclick=\"x()\">A &lt;b&gt; &amp; c</h2>";
  for (int i = 0; i < 40'000; ++i) page += "<section><p>Paragraph number " + std::to_string(i) + ".</p></section>";
  const auto release = ReadRelease({.bytes = page, .url = "https://hafen.example/1", .content_type = "text/html"},
                                   {.title = {}, .date = {}, .body = "main", .remove = {}});
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_LE(release->body_html.size(), kReleaseMarkupMax);
  EXPECT_GT(release->body_html.size(), kReleaseMarkupMax - 100);
  EXPECT_TRUE(release->body_html.starts_with("<main><h2>A &lt;b&gt; &amp; c</h2><section><p>Paragraph number 0."));
  EXPECT_TRUE(release->body_html.ends_with("</main>"));
}

TEST(ReadRelease, NamesWhatMatchesNothing) {
  const auto release = Read({.title = "h2", .date = "nav", .body = "article", .remove = {".teilen", "aside"}});
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_THAT(release->unmatched, ElementsAre("title", "remove[1]", "body"));
  EXPECT_EQ(release->date, std::nullopt);
  EXPECT_EQ(release->date_text, "Startseite") << "so that one sees what was taken for the date";
  EXPECT_EQ(release->text, "");
}

TEST(ReadRelease, ReadsNestedMatchesOnce) {
  const auto release = Read({.title = {}, .date = {}, .body = "div, p", .remove = {}});
  ASSERT_TRUE(release.ok());
  EXPECT_EQ(release->text.find("Eins"), release->text.rfind("Eins"));
}

TEST(ReadRelease, RefusesWhatIsNoSelector) {
  const auto refused = Read({.title = "h1", .date = {}, .body = "div[", .remove = {}});
  EXPECT_EQ(ErrorReason(refused.status()), "BAD_RECIPE");
  EXPECT_EQ(ErrorMetadataValue(refused.status(), "field"), "body");
  EXPECT_EQ(ErrorMetadataValue(CheckRecipe(ReleaseRecipe{{}, {}, {}, {"p", "]"}}), "field"), "remove[1]");
}

}  // namespace
}  // namespace dateline::listing
