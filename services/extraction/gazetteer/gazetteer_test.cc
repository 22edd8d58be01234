// Proves that the embedded tables are whole and answer by folded name: keys that ignore case, accents and marks, all
// senses of a name with country, kind, size and coordinates, abbreviations apart, and the traits of words.

#include "services/extraction/gazetteer/gazetteer.h"

#include <gtest/gtest.h>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/gazetteer/word_table.h"

namespace dateline::extraction {
namespace {

TEST(NameKey, IgnoresCaseAccentsAndMarks) {
  EXPECT_EQ(NameKeyOf("São Paulo"), NameKeyOf("SAO-PAULO"));
  EXPECT_EQ(NameKeyOf("Cox’s Bazar"), NameKeyOf("coxs  bazar "));
  EXPECT_EQ(NameKeyOf("Łódź"), NameKeyOf("lodz"));
  EXPECT_NE(NameKeyOf("Sao Paulo"), NameKeyOf("SaoPaulo"));
  EXPECT_NE(NameKeyOf("日内瓦"), NameKeyOf("日内"));
  NameKey pieces;
  pieces.Append("New");
  pieces.Break();
  pieces.Append("York");
  EXPECT_EQ(pieces.value(), NameKeyOf("new york"));
  EXPECT_TRUE(NameKey().empty());
}

TEST(Gazetteer, GivesEverySenseTheLargestFirst) {
  const Gazetteer gazetteer;
  const PlaceSenses senses = gazetteer.Senses(NameKeyOf("Guadalajara"));
  ASSERT_GE(senses.size(), 2U);
  const PlaceRecord first = gazetteer.Record(senses[0].record);
  EXPECT_EQ(first.country, "MX");
  EXPECT_EQ(first.kind, PlaceKind::kCity);
  EXPECT_EQ(first.geonames_id, 4005539U);
  EXPECT_NEAR(first.latitude, 20.667, 0.001);
  EXPECT_NEAR(first.longitude, -103.392, 0.001);
  EXPECT_EQ(first.magnitude, 20);
  bool spain = false;
  for (std::size_t i = 0; i < senses.size(); ++i) spain |= gazetteer.Record(senses[i].record).country == "ES";
  EXPECT_TRUE(spain);
}

TEST(Gazetteer, KnowsStatesCountiesAndRegions) {
  const Gazetteer gazetteer;
  const PlaceSenses georgia = gazetteer.Senses(NameKeyOf("Georgia"));
  bool country = false;
  bool state = false;
  for (std::size_t i = 0; i < georgia.size(); ++i) {
    const PlaceRecord record = gazetteer.Record(georgia[i].record);
    country |= record.kind == PlaceKind::kCountry && record.country == "GE";
    state |= record.kind == PlaceKind::kState && record.country == "US";
  }
  EXPECT_TRUE(country && state);
  const PlaceRecord europe = gazetteer.Record(gazetteer.Senses(NameKeyOf("Europe"))[0].record);
  EXPECT_TRUE(europe.kind == PlaceKind::kRegion && europe.country.empty());
  EXPECT_TRUE(gazetteer.Senses(NameKeyOf("Md."))[0].abbreviation);
  EXPECT_FALSE(gazetteer.Find("Md.").has_value()) << "an abbreviation alone names no place";
  EXPECT_TRUE(gazetteer.Senses(NameKeyOf("Nowhere Town")).empty());
}

TEST(WordTable, TellsNamesFromWords) {
  EXPECT_TRUE((WordTable::Find("Robert") & kMaleName) != 0);
  EXPECT_TRUE((WordTable::Find("MARIA") & kFemaleName) != 0);
  EXPECT_TRUE((WordTable::Find("García") & kLastName) != 0);
  EXPECT_TRUE((WordTable::Find("Committee") & kOrdinaryWord) != 0);
  EXPECT_EQ(WordTable::Find("Robert") & kOrdinaryWord, 0);
  EXPECT_EQ(WordTable::Find("Zzyzxq"), 0);
  EXPECT_GT(WordTable::size(), 100000U);
}

}  // namespace
}  // namespace dateline::extraction
