// Proves which words are read as quantities, with which value, unit and comparator, and which numbers are none: names,
// references, telephone numbers, times, dates and list numbers. Texts are made up after the manners of many
// institutions.
#include "services/extraction/facts/figures.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/facts/dates.h"
#include "services/extraction/facts/fact_fixture.h"

namespace dateline::extraction {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

release::v1::Release Read(std::string text, std::string language = "en") {
  release::v1::Release release = BodyOf(std::move(text), std::move(language));
  Find(
      [](const FactContext& context, release::v1::Release* r) {
        FindDates(context, r);
        FindFigures(context, r);
      },
      &release);
  for (const release::v1::Figure& figure : release.figures()) {
    EXPECT_EQ(release.text().substr(figure.span().start(), figure.span().end() - figure.span().start()), figure.text());
    EXPECT_NE(figure.confidence(), release::v1::CONFIDENCE_UNSPECIFIED);
    EXPECT_TRUE(figure.rule().starts_with("figure."));
  }
  return release;
}

// "text | comparator value unit" of each figure.
Strings Figures(std::string text, std::string language = "en") {
  Strings out;
  const release::v1::Release release = Read(std::move(text), std::move(language));
  for (const release::v1::Figure& f : release.figures())
    out.push_back(fmt::format("{} | {} {} {}", f.text(), f.comparator(), f.value(), f.unit()));
  return out;
}

TEST(Figures, AreNoNumbersOfNames) {
  EXPECT_THAT(Figures("The 527 Reform Act moved to 206 Federal Building in phase 2 trials (PL 107)."), IsEmpty());
}

TEST(Figures, ShareWhatIsCountedBetween) {
  EXPECT_THAT(Figures("It found that one household in three has sold animals."),
              ElementsAre("one household in three | = 0.3333 household"));
}

TEST(Figures, CountWhatTheyStandBefore) {
  EXPECT_THAT(Figures("The workshop brought 41 teachers together with nine mayors."),
              ElementsAre("41 teachers | = 41 teachers", "nine mayors | = 9 mayors"));
  EXPECT_THAT(
      Figures("It employs over 3,000 northern ferry builders and two large river boat yards."),
      ElementsAre("over 3,000 northern ferry builders | > 3000 builders", "two large river boat yards | = 2 yards"));
  EXPECT_THAT(Figures("Four of the region's oldest mills closed; three of these bridges remain."),
              ElementsAre("Four of the region's oldest mills | = 4 mills", "three of these bridges | = 3 bridges"));
  EXPECT_THAT(Figures("A 500-bed hospital opened after a three-day exercise."),
              ElementsAre("500-bed | = 500 bed", "three-day | = 3 days"));
}

TEST(Figures, CountNounsBehindWhatDescribesThem) {
  EXPECT_THAT(Figures("Of 74 confirmed cases, six health and care workers and 14 other patients recovered."),
              ElementsAre("74 confirmed cases | = 74 cases", "six health and care workers | = 6 workers",
                          "14 other patients | = 14 patients"));
  EXPECT_THAT(
      Figures("A total of 2627 laboratory-confirmed cases and 20 anti-aircraft gun systems were counted."),
      ElementsAre("2627 laboratory-confirmed cases | = 2627 cases", "20 anti-aircraft gun systems | = 20 systems"));
  EXPECT_THAT(Figures("They regained about 300 square miles of the 586-square-mile site."),
              ElementsAre("about 300 square miles | ~ 300 square miles", "586-square-mile | = 586 square miles"));
  EXPECT_THAT(Figures("Three in four are men."), ElementsAre("Three in four | = 0.75 "));
}

TEST(Figures, CountOneThingAndNoSlogans) {
  EXPECT_THAT(Figures("Infection with one serotype provides immunity; there is zero tolerance for lateness."),
              ElementsAre("one serotype | = 1 serotype"));
}

TEST(Figures, KeepTheCurrencyBehindAnArticle) {
  EXPECT_THAT(Figures("It won a $14.2 million contract, A$ 30 and US$ 1.2 million."),
              ElementsAre("$14.2 million | = 14200000 USD", "A$ 30 | = 30 AUD", "US$ 1.2 million | = 1200000 USD"));
}

TEST(Figures, LeaveOutNumbersThatBelongToALabel) {
  EXPECT_THAT(Figures("See Articles 3, 4 and 5 on interstates 89 and 91."), IsEmpty());
  EXPECT_THAT(Figures("Dial (877) 555-0784 or +1 (201) 555-8560, passcode: 13592347."), IsEmpty());
  EXPECT_THAT(Figures("The rate is 4 per 1000 population, for children aged 12 and older."), ElementsAre("4 | = 4 "));
}

TEST(Figures, AreBoundedByWords) {
  EXPECT_THAT(Figures("At least 40 boats, nearly 7 million trees, fewer than 12 wells, up to 90 per cent of homes, "
                      "an estimated 1.2 million children and more than 300 or so sheds."),
              ElementsAre("At least 40 boats | >= 40 boats", "nearly 7 million trees | ~ 7000000 trees",
                          "fewer than 12 wells | < 12 wells", "up to 90 per cent | <= 90 percent",
                          "an estimated 1.2 million children | ~ 1200000 children", "more than 300 | > 300 "));
  EXPECT_THAT(Figures("The share will exceed 85 percent; 60 or more boats are needed."),
              ElementsAre("exceed 85 percent | > 85 percent", "60 or more | >= 60 "));
}

TEST(Figures, ReadMoney) {
  EXPECT_THAT(Figures("The fund of $10.8 million, \u00A315bn, US$ 3.2 billion, EUR 450 million, \u20AC7, 5 million "
                      "euros and $5,491,325."),
              ElementsAre("$10.8 million | = 10800000 USD", "\u00A315bn | = 15000000000 GBP",
                          "US$ 3.2 billion | = 3200000000 USD", "EUR 450 million | = 450000000 EUR",
                          "\u20AC7 | = 7 EUR", "5 million euros | = 5000000 EUR", "$5,491,325 | = 5491325 USD"));
}

TEST(Figures, ReadNumberWordsAndFractions) {
  EXPECT_THAT(
      Figures("Twenty-one ships, two hundred and fifty thousand people, half a million homes, two-thirds of the "
              "wells, a third of pupils and about half live there."),
      ElementsAre("Twenty-one ships | = 21 ships", "two hundred and fifty thousand people | = 250000 people",
                  "half a million homes | = 500000 homes", "two-thirds of the wells | = 0.6667 wells",
                  "a third | = 0.3333 ", "about half | ~ 0.5 "));
  EXPECT_THAT(Figures("Two out of three miners agree, and 1 in 4 farms is idle."),
              ElementsAre("Two out of three miners | = 0.6667 miners", "1 in 4 farms | = 0.25 farms"));
}

TEST(Figures, ReadRangesAsTwo) {
  const release::v1::Release release =
      Read("It needs 35 to 40 litres, $2 to 3 million, 10-15% and between 14 and 60 days.");
  Strings out;
  for (const release::v1::Figure& f : release.figures())
    out.push_back(fmt::format("{}|{}|{}|{}", f.text(), f.value(), f.unit(), f.has_value_to() ? f.value_to() : 0));
  EXPECT_THAT(out,
              ElementsAre("35|35|litres|40", "40 litres|40|litres|0", "$2|2000000|USD|3000000", "3 million|3000000||0",
                          "10|10|percent|15", "15%|15|percent|0", "14|14|days|60", "60 days|60|days|0"));
}

TEST(Figures, LeaveNamesAndReferencesAlone) {
  for (const char* text : {
           "Section 12 of Regulation (EU) 2019/1234 applies.",
           "Call +32 2 283 31 31 or 202/555-0143 at 9:30 am or 4pm.",
           "The bill (S. 403) amends Title 5 along I-40 and the 401(k) rules.",
           "COVID-19 and H5N1 spread in Room 2010 on 12th Street, 1600 Harbour Avenue.",
           "The Boeing 737 flew past the Fortune Global 500 list.",
           "Virus type 1 was found in the third quarter and the first half.",
           "One of our experts wrote one way or another that no one came.",
           "The Four Corners office and the 1990s.",
           "In 2005, on 11 March 2016 and by 2030.",
           "Write to desk12@river.example or https://river.example/2024/55.",
       }) {
    EXPECT_THAT(Figures(text), IsEmpty()) << text;
  }
  EXPECT_THAT(Figures("1. Boats\n2) Wells"), IsEmpty());
}

TEST(Figures, SayWhoAssertsThemAndForWhen) {
  const release::v1::Release release = Read(
      "According to a survey by the river office, 40 percent of wells are dry. The town grew to over 3 million in "
      "1995.");
  ASSERT_EQ(release.figures_size(), 2);
  EXPECT_EQ(release.figures(0).asserter(), "a survey by the river office");
  EXPECT_EQ(release.figures(1).asserter(), "");
  EXPECT_EQ(release.figures(1).as_of().year(), 1995);
}

TEST(Figures, ReadOtherLanguagesByTheirPacks) {
  EXPECT_THAT(
      Figures("Plus de 1 200 bateaux, 2,5 millions d'euros, 40 % des puits, vingt et un maires, 5 millions de "
              "personnes et 12 milliards de dollars.",
              "fr"),
      ElementsAre("Plus de 1 200 bateaux | > 1200 bateaux", "2,5 millions d'euros | = 2500000 EUR",
                  "40 % | = 40 percent", "vingt et un maires | = 21 maires",
                  "5 millions de personnes | = 5000000 personnes", "12 milliards de dollars | = 12000000000 USD"));
  EXPECT_THAT(Figures("Al menos 1.500 barcos, 3,2 millones de euros, el 15 por ciento y treinta y dos alcaldes.", "es"),
              ElementsAre("Al menos 1.500 barcos | >= 1500 barcos", "3,2 millones de euros | = 3200000 EUR",
                          "15 por ciento | = 15 percent", "treinta y dos alcaldes | = 32 alcaldes"));
  EXPECT_THAT(
      Figures("Rund 1.500 Boote, 2,5 Mio. Euro, mindestens 40 Prozent und zweiundzwanzig neue H\u00E4fen; im 3. "
              "Quartal sank der Pegel.",
              "de"),
      ElementsAre("Rund 1.500 Boote | ~ 1500 boote", "2,5 Mio. Euro | = 2500000 EUR",
                  "mindestens 40 Prozent | >= 40 percent", "zweiundzwanzig neue H\u00E4fen | = 22 h\u00E4fen"));
}

TEST(Figures, ReadOtherScriptsByTheirPacks) {
  EXPECT_THAT(
      Figures("\u0411\u043E\u043B\u0435\u0435 300 \u0447\u0435\u043B\u043E\u0432\u0435\u043A, 1,5 "
              "\u043C\u043B\u043D \u0440\u0443\u0431\u043B\u0435\u0439 \u0438 40 %.",
              "ru"),
      ElementsAre("\u0411\u043E\u043B\u0435\u0435 300 \u0447\u0435\u043B\u043E\u0432\u0435\u043A | > 300 people",
                  "1,5 \u043C\u043B\u043D \u0440\u0443\u0431\u043B\u0435\u0439 | = 1500000 RUB",
                  "40 % | = 40 percent"));
  // Full-width digits, scales of ten thousand and of a hundred million.
  EXPECT_THAT(Figures("\u8D85\u8FC71.5\u4E07\u4EBA\uFF0C3\u4EBF\u5143\uFF0C\uFF14\uFF10\uFF05\u3002\u7B2C5\u5C4A\u3002",
                      "zh-Hans"),
              ElementsAre("\u8D85\u8FC71.5\u4E07\u4EBA | > 15000 people", "3\u4EBF\u5143 | = 300000000 CNY",
                          "\uFF14\uFF10\uFF05 | = 40 percent"));
  // Arabic-Indic digits.
  EXPECT_THAT(
      Figures("\u0623\u0643\u062B\u0631 \u0645\u0646 \u0663\u0660\u0660 \u0634\u062E\u0635", "ar"),
      ElementsAre("\u0623\u0643\u062B\u0631 \u0645\u0646 \u0663\u0660\u0660 \u0634\u062E\u0635 | > 300 people"));
}

TEST(Figures, NeitherOverflowNorThrow) {
  EXPECT_THAT(Figures("It has " + std::string(5000, '9') + " parts and 1,2,3 wells."), IsEmpty());
  std::string hostile;
  for (int i = 0; i < 3000; ++i) hostile += "two hundred and 5,000 - $ of half a million million ";
  Read(hostile);
  Read(std::string(4000, '-') + "5" + std::string(4000, '%'));
}

}  // namespace
}  // namespace dateline::extraction
