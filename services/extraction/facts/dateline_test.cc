// Proves which openings of a paragraph are datelines, what is read out of them, and which look alike but are none.
#include "services/extraction/facts/dateline.h"

#include <gtest/gtest.h>

namespace dateline::extraction {
namespace {

class DatelineTest : public testing::Test {
 protected:
  std::optional<DatelineMatch> Find(std::string_view text, bool whole_line = false) {
    return FindDateline(text, calendar_, gazetteer_, whole_line);
  }
  Calendar calendar_;
  Gazetteer gazetteer_;
};

struct Case {
  const char* text;
  const char* words;  // what the span covers
  const char* place;
  const char* country;
  CalendarDate date;
  const char* agency;
};

TEST_F(DatelineTest, MayBeginWithItsDayAndNameSeveralTowns) {
  const auto fao = Find("19 November 2020, Rome/Addis Ababa – Locusts have destroyed pasture in many countries.");
  ASSERT_TRUE(fao.has_value());
  EXPECT_EQ(fao->place, "Rome/Addis Ababa");
  EXPECT_EQ(fao->date.day, 19);
  const auto wire =
      Find("BASEL, Switzerland & CAMBRIDGE, Mass.--(BUSINESS WIRE)--Two firms announced an agreement today.");
  ASSERT_TRUE(wire.has_value());
  EXPECT_EQ(wire->place, "BASEL, Switzerland & CAMBRIDGE, Mass.");
  EXPECT_EQ(wire->country_code, "");
}

TEST_F(DatelineTest, MayBeFollowedByWhoSpeaksAlone) {
  const auto match = Find("Prince Rupert, British Columbia – Fisheries and Oceans Canada");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->place, "Prince Rupert, British Columbia");
  EXPECT_FALSE(Find("China – Overview of rivers").has_value());
}

TEST_F(DatelineTest, MayStandInBrackets) {
  const auto match = Find("(Washington, D.C.) - U.S. Senators announced today that a contract will be awarded.");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->place, "Washington, D.C.");
  EXPECT_EQ(match->country_code, "US");
}

TEST_F(DatelineTest, ReadsTheUsualForms) {
  const Case cases[] = {
      {"Nairobi – The agency opened a new office for the region today.", "Nairobi –", "Nairobi", "KE", {}, ""},
      {"Kenya - “Rivers do not stop at borders,” says the head of the basin office.", "Kenya -", "Kenya", "KE", {}, ""},
      {"GENEVA, 5 March 2024 (UNHCR) — The agency opened a new office today.",
       "GENEVA, 5 March 2024 (UNHCR) —",
       "GENEVA",
       "CH",
       {2024, 3, 5},
       "UNHCR"},
      {"Dover, DE (July 27, 2005) – The senator announced new grants for housing.",
       "Dover, DE (July 27, 2005) –",
       "Dover, DE",
       "US",
       {2005, 7, 27},
       ""},
      {"WASHINGTON, D.C. -- The committee passed the bill after a long debate.",
       "WASHINGTON, D.C. --",
       "WASHINGTON, D.C.",
       "US",
       {},
       ""},
      {"AUSTIN, Texas, March 5, 2024 /PRNewswire/ -- The maker of pumps announced results.",
       "AUSTIN, Texas, March 5, 2024 /PRNewswire/ --",
       "AUSTIN, Texas",
       "US",
       {2024, 3, 5},
       "PRNewswire"},
      {"AUSTIN, Texas--(BUSINESS WIRE)--The maker of pumps announced its results today.",
       "AUSTIN, Texas--(BUSINESS WIRE)--",
       "AUSTIN, Texas",
       "US",
       {},
       "BUSINESS WIRE"},
      {"AUSTIN, Texas--(BUSINESS WIRE)--April 5, 2011--The maker of pumps announced its results today.",
       "AUSTIN, Texas--(BUSINESS WIRE)--April 5, 2011--",
       "AUSTIN, Texas",
       "US",
       {2011, 4, 5},
       "BUSINESS WIRE"},
      {"Madrid, 3 de mayo de 2023.- La oficina del r\u00EDo ha abierto una nueva sede hoy.",
       "Madrid, 3 de mayo de 2023.-",
       "Madrid",
       "ES",
       {2023, 5, 3},
       ""},
      {"Bruxelles, le 5 mars 2024 – La Commission a adopté une proposition importante.",
       "Bruxelles, le 5 mars 2024 –",
       "Bruxelles",
       "BE",
       {2024, 3, 5},
       ""},
      {"Berlin, 5. März 2024 – Die Behörde hat heute einen neuen Bericht vorgelegt.",
       "Berlin, 5. März 2024 –",
       "Berlin",
       "DE",
       {2024, 3, 5},
       ""},
      {"Женева, 5 марта 2024 г. – Агентство открыло сегодня новое бюро в регионе.",
       "Женева, 5 марта 2024 г. –",
       "Женева",
       "CH",
       {2024, 3, 5},
       ""},
      {"جنيف – افتتحت الوكالة اليوم مكتبا جديدا في المنطقة", "جنيف –", "جنيف", "CH", {}, ""},
      {"新华社日内瓦3月5日电 国际移民组织今天表示，新办事处已经开放。",
       "日内瓦3月5日电",
       "日内瓦",
       "CH",
       {0, 3, 5},
       "新华社"},
      {"Geneva/Nairobi – The two offices signed an agreement on data today.",
       "Geneva/Nairobi –",
       "Geneva/Nairobi",
       "",
       {},
       ""},
      {"Cox's Bazar, Bangladesh – Families received new shelters before the rains.",
       "Cox's Bazar, Bangladesh –",
       "Cox's Bazar, Bangladesh",
       "BD",
       {},
       ""},
  };
  for (const Case& c : cases) {
    const auto match = Find(c.text);
    ASSERT_TRUE(match.has_value()) << c.text;
    EXPECT_EQ(std::string_view(c.text).substr(match->begin, match->end - match->begin), c.words);
    EXPECT_EQ(match->place, c.place);
    EXPECT_EQ(match->country_code, c.country) << c.text;
    EXPECT_EQ(match->date, c.date) << c.text;
    EXPECT_EQ(match->agency, c.agency) << c.text;
  }
}

TEST_F(DatelineTest, LeavesTheCountryOfAnUnknownPlaceOpen) {
  const auto match = Find("Port Example, 5 March 2024 – The harbour office opened its new quay today.");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->country_code, "");
  EXPECT_EQ(match->confidence, release::v1::MEDIUM);
}

TEST_F(DatelineTest, RefusesWhatOnlyLooksAlike) {
  for (const char* text : {
           "Note – The office is closed on Monday and on Tuesday.",
           "Background: The programme began in 2012 with five countries.",
           "Today, the Senator - who chairs the committee - announced new grants for all.",
           "The EU-China dialogue began five years ago in a small town.",
           "China - which had long refused to join the talks - now takes part.",
           "“Water is life” – The minister opened the conference with these words.",
           "Nairobi – short",
           "There have been 300-400 cases in the district since the year began.",
       }) {
    EXPECT_FALSE(Find(text).has_value()) << text;
  }
}

TEST_F(DatelineTest, ReadsALineOfItsOwnOnlyWithPlaceAndDate) {
  const auto match = Find("Brussels, 5 March 2024", true);
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->country_code, "BE");
  EXPECT_FALSE(Find("Brussels", true).has_value());
  EXPECT_FALSE(Find("Budget talks, 5 March 2024", true).has_value());
}

TEST(Gazetteer, KnowsPlacesInManyLanguagesAndLeavesDoubtsOpen) {
  const Gazetteer gazetteer;
  EXPECT_EQ(gazetteer.Find("Deutschland")->country, "DE");
  EXPECT_EQ(gazetteer.Find("Кения")->country, "KE");
  EXPECT_EQ(gazetteer.Find("肯尼亚")->country, "KE");
  EXPECT_TRUE(gazetteer.Find("كينيا")->is_country);
  EXPECT_EQ(gazetteer.Find("são paulo")->country, "BR");
  EXPECT_EQ(gazetteer.Find("San José")->country, "");
  EXPECT_EQ(gazetteer.Find("Wilmington")->country, "US");
  EXPECT_FALSE(gazetteer.Find("Nowhere Town").has_value());
  EXPECT_TRUE(gazetteer.IsRegion("CN"));
  EXPECT_FALSE(gazetteer.IsRegion("EU"));
}

}  // namespace
}  // namespace dateline::extraction
