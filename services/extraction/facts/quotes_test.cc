// Proves what counts as a quotation and who is found to have said it: every order of speaker and verb, split and
// continued quotations, lead-ins, pronouns, offices, organisations, quotation marks of several languages; and that
// titles, terms and fragments nobody said are left out.
#include "services/extraction/facts/quotes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/facts/fact_fixture.h"

namespace dateline::extraction {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// "speaker: words", with "+" before what continues.
std::vector<std::string> QuotesOf(std::string text, std::string_view language = "en") {
  release::v1::Release release = BodyOf(std::move(text), language);
  AddPerson("Ada Quay", "Quay", &release)->set_role("Minister for Rivers");
  AddPerson("Lee Hart", "Hart", &release);
  release::v1::Organization* office = release.add_organizations();
  office->set_display_name("River Office");
  MarkAll("River Office", release, office);
  Find(FindQuotes, &release);
  std::vector<std::string> out;
  for (const release::v1::Quote& quote : release.quotes()) {
    EXPECT_EQ(release.text().substr(quote.span().start(), quote.span().end() - quote.span().start()), quote.text());
    EXPECT_FALSE(quote.rule().empty());
    out.push_back((quote.continues() ? "+" : "") + quote.speaker() + ": " + quote.text());
  }
  return out;
}

TEST(Quotes, GivesASpokesmanToHisBody) {
  EXPECT_THAT(
      QuotesOf("Ada Quay met Lee Hart in the harbour today.\n\nA River Office spokesman said: \"They spoke of the "
               "flood and of the harvest.\""),
      ElementsAre("River Office: \"They spoke of the flood and of the harvest.\""));
}

TEST(Quotes, EndWhereABlockClosesItsMark) {
  EXPECT_THAT(QuotesOf("Below is an excerpt from Quay's statement:\n\n\"The river has taken more than we could give it "
                       "this year.\n\nWe will rebuild what it took from our towns and fields,\" Quay said."),
              ElementsAre(StartsWith("Ada Quay: \"The river"),
                          "+Ada Quay: We will rebuild what it took from our towns "
                          "and fields,\""));
}

TEST(Quotes, AreNoTitlesOfLaws) {
  EXPECT_THAT(QuotesOf("Ada Quay offered a bill called the Ferry Pension Act, or \"The Lee Hart Act.\" She signed "
                       "\"The Over-the-Counter Medicine Fairness Act of 2005.\""),
              IsEmpty());
}

TEST(Quotes, BelongToWhomTheTitleAnnounces) {
  release::v1::Release release = BodyOf(
      "\"This is a great day for everybody who lives by the river. It was long in "
      "coming.\"\n\nQuay helped to write the law.");
  AddPerson("Ada Quay", "Quay", &release);
  release.set_title("Quay Issues Statement on River Law");
  Find(FindQuotes, &release);
  ASSERT_EQ(release.quotes_size(), 1);
  EXPECT_EQ(release.quotes(0).speaker(), "Ada Quay");
  EXPECT_EQ(release.quotes(0).rule(), "quote.title");
}

TEST(Quotes, AreOfWhomAPronounOwns) {
  EXPECT_THAT(
      QuotesOf("Today Lee Hart spoke in the harbour.\n\nA copy of his speech as prepared is below:\n\n\"Friends, "
               "we have waited for this ferry for twelve years.\""),
      ElementsAre(StartsWith("Lee Hart: \"Friends")));
}

TEST(Quotes, HasNoSubjectBehindAPreposition) {
  EXPECT_THAT(QuotesOf("Ada Quay, a cosponsor of the report, said, \"The water will rise again this year.\""),
              ElementsAre("Ada Quay: \"The water will rise again this year.\""));
}

TEST(Quotes, FindsTheSpeakerInEveryOrder) {
  EXPECT_THAT(QuotesOf("\"The water will rise again,\" said Ada Quay."),
              ElementsAre(StartsWith("Ada Quay: \"The water will rise again,\"")));
  EXPECT_THAT(QuotesOf("“The water will rise again,” Hart said on Friday."),
              ElementsAre(StartsWith("Lee Hart: “The water will rise again,”")));
  EXPECT_THAT(QuotesOf("“The water will rise again.” Hart said."),
              ElementsAre(StartsWith("Lee Hart: “The water will rise again.”")));
  EXPECT_THAT(QuotesOf("Ada Quay, who leads the River Office, said: “The water will rise again.”"),
              ElementsAre(StartsWith("Ada Quay: “The water will rise again.”")));
  EXPECT_THAT(QuotesOf("According to Lee Hart, “the water will rise again by June.”"),
              ElementsAre(StartsWith("Lee Hart: “the water will rise again by J")));
  EXPECT_THAT(QuotesOf("“The water will rise again,” claims the River Office’s head, Lee Hart, in its report."),
              ElementsAre(StartsWith("Lee Hart: “The water will rise again,”")));
  EXPECT_THAT(QuotesOf("“The water will rise again,” the River Office said in a statement."),
              ElementsAre(StartsWith("River Office: “The water will rise again,")));
}

TEST(Quotes, JoinsWhatIsSplit) {
  EXPECT_THAT(
      QuotesOf("“The water will rise,” said Ada Quay. “It always has done so.” Then Hart spoke."),
      ElementsAre(StartsWith("Ada Quay: “The water will rise,”"), StartsWith("+Ada Quay: “It always has done so.”")));
  EXPECT_THAT(QuotesOf("Hart said:\n\n\"The first paragraph goes on.\n\n\"The second one ends.\""),
              ElementsAre(StartsWith("Lee Hart: \"The first paragraph goes on."),
                          StartsWith("+Lee Hart: \"The second one ends.\"")));
}

TEST(Quotes, TakesParagraphsWithoutMarksBehindALeadIn) {
  EXPECT_THAT(QuotesOf("Minister for Rivers Ada Quay said:\n\nThe gates are open and we will keep them open until "
                       "June.\n\nOur work goes on at every lock of the river.\n\nIn March the River Office opened the "
                       "lock for the first time."),
              ElementsAre(StartsWith("Ada Quay: The gates are open and we will kee"),
                          StartsWith("+Ada Quay: Our work goes on at every lock of")));
}

TEST(Quotes, ResolvesPronounsAndOffices) {
  EXPECT_THAT(QuotesOf("Ada Quay opened the lock with Lee Hart. “It took us three long years,” she noted."),
              ElementsAre(StartsWith("Ada Quay: “It took us three long years,”")));
  EXPECT_THAT(QuotesOf("Lee Hart met Ada Quay. “It took us three long years,” the minister added."),
              ElementsAre(StartsWith("Ada Quay: “It took us three long years,”")));
  EXPECT_THAT(QuotesOf("Hart was pleased. “It took us three long years.”"),
              ElementsAre(StartsWith("Lee Hart: “It took us three long years.”")));
}

TEST(Quotes, GivesBothVerbsOfASentenceTheSameSubject) {
  EXPECT_THAT(QuotesOf("Lee Hart testified. He moved the boats of the River Office and says the flood has made it face "
                       "“very hard choices about every boat.”"),
              ElementsAre(StartsWith("Lee Hart: “very hard choices")));
}

// "work: words" of the quotations.
std::vector<std::string> WorksOf(std::string text, std::string_view language = "en") {
  release::v1::Release release = BodyOf(std::move(text), language);
  AddPerson("Ada Quay", "Quay", &release);
  Find(FindQuotes, &release);
  std::vector<std::string> out;
  for (const release::v1::Quote& quote : release.quotes()) out.push_back(quote.source_work() + ": " + quote.text());
  return out;
}

TEST(Quotes, NamesTheWorkThatWordsAreFrom) {
  EXPECT_THAT(WorksOf("The report says: “The water will rise again next year.”"),
              ElementsAre(StartsWith("report: “The water")));
  EXPECT_THAT(WorksOf("“The water will rise again,” claims Ada Quay, in the office’s flagship World Ferry Report."),
              ElementsAre(StartsWith("World Ferry Report: “The water")));
  EXPECT_THAT(WorksOf("The World Ferry Report came out in May. According to the report, “the water will rise again in "
                      "every town of the valley.”"),
              ElementsAre(StartsWith("World Ferry Report: “the water")));
  EXPECT_THAT(WorksOf("In a letter to the mayor, Quay wrote: “The water will rise again. We are not ready.”"),
              ElementsAre(StartsWith("letter: “The water")));
  EXPECT_THAT(WorksOf("“The water will rise again,” the Ferry Act states. “No boat may pass without a light.”"),
              ElementsAre(StartsWith("Ferry Act: “The water"), StartsWith("Ferry Act: “No boat")));
}

TEST(Quotes, NameNoWorkWhereSomebodySpeaks) {
  EXPECT_THAT(WorksOf("“The water will rise again,” said Ada Quay, who wrote the report."),
              ElementsAre(StartsWith(": “The water")));
  EXPECT_THAT(WorksOf("“The water will rise again,” said the report’s author, Ada Quay."),
              ElementsAre(StartsWith(": “The water")));
  // A law says something only as the subject.
  EXPECT_THAT(WorksOf("Quay said there was nothing new in the bill: “The water will rise again.”"),
              ElementsAre(StartsWith(": “The water")));
}

TEST(Quotes, GivesAWorkToNobodyWhoSpokeBefore) {
  EXPECT_THAT(QuotesOf("“We are late,” said Ada Quay. The report says: “The water will rise again next year.”"),
              ElementsAre(StartsWith("Ada Quay: "), StartsWith(": “The water will")));
  EXPECT_THAT(QuotesOf("The River Office’s annual report states: “The water will rise again next year.”"),
              ElementsAre(StartsWith("River Office: “The water will")));
}

TEST(Quotes, KeepsInnerQuotationsInside) {
  EXPECT_THAT(QuotesOf("“We heard ‘no boats’ every single day,” said Quay."),
              ElementsAre(StartsWith("Ada Quay: “We heard ‘no boats’ every single")));
  EXPECT_THAT(QuotesOf("\"We heard \"no boats\" every single day,\" said Quay."),
              ElementsAre(StartsWith("Ada Quay: \"We heard \"no boats\" every sing")));
}

TEST(Quotes, LeavesTitlesTermsAndFragmentsOut) {
  EXPECT_THAT(QuotesOf("The report, entitled “Locks and Boats: New Ways for Old Rivers”, came out."), IsEmpty());
  EXPECT_THAT(QuotesOf("Hart called it a “dead river” and left."), IsEmpty());
  EXPECT_THAT(QuotesOf("The land serves the \"cultural and economic purposes of the nine towns.\" It is dry."),
              IsEmpty());
  EXPECT_THAT(QuotesOf("It was 5' 6\" long and 6' 2\" wide."), IsEmpty());
}

TEST(Quotes, KnowsTheMarksOfOtherLanguages) {
  EXPECT_THAT(QuotesOf("« Le fleuve va monter encore une fois. »", "fr"),
              ElementsAre(StartsWith(": « Le fleuve va monter encore une fois. ")));
  EXPECT_THAT(QuotesOf("„Der Fluss wird noch einmal steigen.“", "de"),
              ElementsAre(StartsWith(": „Der Fluss wird noch einmal steigen.“")));
  EXPECT_THAT(QuotesOf("“水位今年六月还会继续上升。”《河流报告》", "zh"),
              ElementsAre(StartsWith(": “水位今年六月还会继续上升。”")));
}

TEST(Quotes, AttributesInFrenchSpanishAndGerman) {
  EXPECT_THAT(QuotesOf("« Le fleuve va monter encore une fois », a déclaré Ada Quay.", "fr"),
              ElementsAre(StartsWith("Ada Quay: « Le fleuve")));
  EXPECT_THAT(QuotesOf("Selon Lee Hart, « l’eau va monter encore une fois en juin ».", "fr"),
              ElementsAre(StartsWith("Lee Hart: « l’eau")));
  EXPECT_THAT(QuotesOf("«El agua volverá a subir en junio», afirmó Lee Hart.", "es"),
              ElementsAre(StartsWith("Lee Hart: «El agua")));
  EXPECT_THAT(QuotesOf("Ada Quay señaló: “El agua volverá a subir en junio”.", "es"),
              ElementsAre(StartsWith("Ada Quay: “El agua")));
  EXPECT_THAT(QuotesOf("„Das Wasser wird im Juni wieder steigen“, sagte Ada Quay am Freitag.", "de"),
              ElementsAre(StartsWith("Ada Quay: „Das Wasser")));
  EXPECT_THAT(QuotesOf("Lee Hart betonte: „Das Wasser wird im Juni wieder steigen.“", "de"),
              ElementsAre(StartsWith("Lee Hart: „Das Wasser")));
}

}  // namespace
}  // namespace dateline::extraction
