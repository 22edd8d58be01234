// Proves that the embedded packs load, that a bad pack is refused with file and line, and how phrases match: leftmost
// and longest in each lexicon, over the full stops of abbreviations, by letter case where an entry asks for it.
#include "services/extraction/language/language_pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace dateline::extraction {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Matches(std::span<const PackFile> files, std::string_view text) {
  const auto pack = LanguagePack::Parse("xx", files);
  EXPECT_TRUE(pack.ok()) << pack.status();
  TokenList tokens = Tokenize(text, (*pack)->word_rules());
  (*pack)->MarkWords(&tokens);
  std::vector<std::string> out;
  for (const LexiconHit& hit : (*pack)->Match(tokens)) {
    const std::size_t begin = tokens.tokens[hit.begin].begin;
    out.push_back(std::string(text.substr(begin, tokens.tokens[hit.end - 1].end - begin)) + "/" +
                  (*pack)->entry(hit).phrase);
  }
  return out;
}

TEST(LanguagePacks, LoadsWhatIsEmbedded) {
  const auto packs = LanguagePacks::Create();
  ASSERT_TRUE(packs.ok()) << packs.status();
  EXPECT_EQ((*packs)->For("en-US").language(), "en");
  EXPECT_EQ((*packs)->For("xx").language(), "und");
  for (const std::string_view language : (*packs)->languages()) {
    const LanguagePack& pack = (*packs)->For(language);
    EXPECT_GE(pack.entries(Lexicon::kMonths).size(), 12u) << language;
    EXPECT_GE(pack.entries(Lexicon::kSpeechVerbs).size(), 5u) << language;
    EXPECT_FALSE(pack.entries(Lexicon::kQuoteMarks).empty()) << language;
  }
}

TEST(LanguagePacks, RefusesBadFilesWithTheirLine) {
  struct Case {
    PackFile file;
    std::string_view problem;
  };
  for (const Case& c :
       {Case{{"xx/months.tsv", "# months\nmay\t-\tfive\n"}, "packs/xx/months.tsv:2: the value \"five\""},
        Case{{"xx/months.tsv", "may\n"}, "packs/xx/months.tsv:1: the value is missing"},
        Case{{"xx/months.tsv", "may\tMAY\t5\n"}, "this lexicon has no codes"},
        Case{{"xx/comparators.tsv", "\nover\n"}, "packs/xx/comparators.tsv:2: the code is missing"},
        Case{{"xx/pronouns.tsv", "he\t-\t-\tmale,green\n"}, "the flag \"green\" is unknown"},
        Case{{"xx/planets.tsv", "mars\n"}, "there is no lexicon of this name"},
        Case{{"xx/months.tsv", "may\t-\t5\t-\tx\n"}, "more than four columns"},
        Case{{"xx/word_rules.tsv", "l'\n"}, "either an elision or a possessive"},
        Case{{"xx/roles.tsv", "a\n\xFF\n"}, "packs/xx/roles.tsv:2: this is not UTF-8"}}) {
    const auto packs = LanguagePacks::Create({&c.file, 1});
    ASSERT_FALSE(packs.ok()) << c.file.content;
    EXPECT_THAT(std::string(packs.status().message()), HasSubstr(std::string(c.problem)));
  }
}

TEST(LanguagePack, TakesTheLeftmostAndLongestOfEachLexicon) {
  constexpr std::array<PackFile, 2> kFiles = {
      {{"xx/roles.tsv", "head\nhead of office\noffice manager\n"}, {"xx/prepositions.tsv", "of\n"}}};
  EXPECT_THAT(Matches(kFiles, "the head of office manager"), ElementsAre("head of office/head of office", "of/of"));
}

TEST(LanguagePack, PassesOverTheStopsOfAbbreviations) {
  constexpr std::array<PackFile, 2> kFiles = {
      {{"xx/abbreviations.tsv", "lt\ngen\n"}, {"xx/honorifics.tsv", "lt gen\n"}}};
  EXPECT_THAT(Matches(kFiles, "Lt. Gen. Quay"), testing::Contains("Lt. Gen./lt gen"));
  EXPECT_THAT(Matches(kFiles, "Lt Gen Quay"), testing::Contains("Lt Gen/lt gen"));
}

TEST(LanguagePack, AsksForCapitalsWhereAnEntryDoes) {
  constexpr std::array<PackFile, 1> kFiles = {{{"xx/months.tsv", "may\t-\t5\tcapital\n"}}};
  EXPECT_THAT(Matches(kFiles, "it may in May"), ElementsAre("May/may"));
}

TEST(LanguagePack, PrefersItsOwnEntriesToThoseOfAllLanguages) {
  constexpr std::array<PackFile, 2> kFiles = {{{"und/units.tsv", "m\tmetres\n"}, {"xx/units.tsv", "m\tmiles\n"}}};
  const auto pack = LanguagePack::Parse("xx", kFiles);
  ASSERT_TRUE(pack.ok());
  TokenList tokens = Tokenize("5 m", (*pack)->word_rules());
  (*pack)->MarkWords(&tokens);
  const auto hits = (*pack)->Match(tokens);
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ((*pack)->entry(hits[0]).code, "miles");
}

}  // namespace
}  // namespace dateline::extraction
