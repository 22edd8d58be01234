// Proves which tokens the facts of a release give: those that stand in the table, each once, and none of what has
// columns of its own. Whether filters find by them what evaluating them finds is proved by the conformance suite.

#include "services/storage/fact_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/proto_time.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

// The second of January 2024.
const WallTime kStored = FromMicros(1'704'153'600'000'000);

std::vector<std::string> TokensOf(const Release& release) {
  std::istringstream in(FactTerms(release, kStored));
  std::vector<std::string> tokens;
  for (std::string token; in >> token;) tokens.push_back(token);
  return tokens;
}

TEST(FactTerms, OfAReleaseWithoutFactsAreItsExistenceAndItsDay) {
  std::vector<std::string> expected = {
      FactToken(FactKind::kAll, {}, {}),
      // A plain field is always there.
      FactToken(FactKind::kValue, "page_type", "0"),
  };
  for (const char* unit : {"2", "20", "202", "2024", "2024-01", "2024-01-02"})
    expected.push_back(FactToken(FactKind::kDate, "create_time", unit));
  EXPECT_THAT(TokensOf({}), UnorderedElementsAreArray(expected));
}

TEST(FactTerms, OfATextAreItsValueWordsAndBeginnings) {
  Release release;
  release.add_people()->set_display_name("Zo\u00EB  D'ARC");
  EXPECT_THAT(TokensOf(release), IsSupersetOf({
                                     FactToken(FactKind::kPresent, "people", {}),
                                     FactToken(FactKind::kValue, "people.display_name", "zo\u00EB d'arc"),
                                     FactToken(FactKind::kWord, "people.display_name", "zoe"),
                                     FactToken(FactKind::kPrefix, "people.display_name", "zoe"),
                                     FactToken(FactKind::kWord, "people.display_name", "d"),
                                     FactToken(FactKind::kWord, "people.display_name", "arc"),
                                 }));
}

TEST(FactTerms, OfAScriptWithoutSpacesArePairsOfCharacters) {
  Release release;
  release.add_places()->set_display_name("\u5317\u4EAC");
  const auto tokens = TokensOf(release);
  EXPECT_THAT(tokens, Contains(FactToken(FactKind::kWord, "places.display_name", "\u5317\u4EAC")));
  EXPECT_THAT(tokens, Contains(FactToken(FactKind::kWord, "places.display_name", "\u4EAC")));
}

TEST(FactTerms, StandOnceHoweverOftenAValueComes) {
  Release release;
  for (int i = 0; i < 2'000; ++i) release.add_figures()->set_unit("percent");
  const auto tokens = TokensOf(release);
  EXPECT_EQ(std::count(tokens.begin(), tokens.end(), FactToken(FactKind::kValue, "figures.unit", "percent")), 1);
}

TEST(FactTerms, KeepApartThousandsOfValues) {
  Release release;
  constexpr int kValues = 3'000;
  for (int i = 0; i < kValues; ++i) release.add_topics("t" + std::to_string(i));
  const auto tokens = TokensOf(release);
  for (int i = 0; i < kValues; ++i)
    ASSERT_THAT(tokens, Contains(FactToken(FactKind::kValue, "topics", "t" + std::to_string(i)))) << i;
}

TEST(FactTerms, OfNumbersAndDatesAreTheirMagnitudesAndUnits) {
  Release release;
  release.add_figures()->set_value(12);
  release.add_figures()->set_value(-3);
  auto* date = release.mutable_publish()->mutable_date();
  date->set_year(2018);
  date->set_month(3);
  EXPECT_THAT(TokensOf(release), IsSupersetOf({
                                     FactToken(FactKind::kNumber, "figures.value", "e3"),
                                     FactToken(FactKind::kNumber, "figures.value", "g2"),
                                     FactToken(FactKind::kNumber, "figures.value", "-"),
                                     FactToken(FactKind::kDate, "publish.date", "2018"),
                                     FactToken(FactKind::kDate, "publish.date", "2018-03"),
                                 }));
}

TEST(FactTerms, LeaveOutWhatHasColumnsOfItsOwn) {
  Release release;
  release.set_text("words of the text");
  release.set_title("Some Title");
  auto* link = release.add_links();
  link->set_uri("https://a.example/");
  release.add_figures()->set_rule("of-rules");
  const auto tokens = TokensOf(release);
  EXPECT_THAT(tokens, Contains(FactToken(FactKind::kValue, "title", "some title")));
  EXPECT_THAT(tokens, Contains(FactToken(FactKind::kPresent, "links", {}))) << "that there are some is asked for";
  EXPECT_THAT(tokens, Not(Contains(FactToken(FactKind::kWord, "text", "words"))));
  EXPECT_THAT(tokens, Not(Contains(FactToken(FactKind::kWord, "title", "some"))));
  EXPECT_THAT(tokens, Not(Contains(FactToken(FactKind::kValue, "links.uri", "https://a.example/"))));
  EXPECT_THAT(tokens, Not(Contains(FactToken(FactKind::kValue, "figures.rule", "of-rules"))));
}

}  // namespace
}  // namespace dateline::storage
