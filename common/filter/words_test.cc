// Proves how text is folded and how words, phrases and wildcards find their place in it, across scripts.

#include "common/filter/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/text/utf8.h"

namespace dateline::filter {
namespace {

Pattern MakePattern(std::string_view text) {
  Pattern pattern;
  for (const char c : text) {
    if (c == '*')
      pattern.pieces.emplace_back();
    else
      pattern.pieces.back() += c;
  }
  return pattern;
}

bool Found(std::string_view pattern, std::string_view text) {
  return WordPattern(MakePattern(pattern)).FoundIn(FoldWords(text));
}

TEST(Words, AreFoldedToLowerCaseWithoutAccentsAndPunctuation) {
  EXPECT_EQ(FoldWords("  Médecins Sans-Frontières, “MSF”! "), "medecins sans frontieres msf");
  EXPECT_EQ(FoldWords("STRASSE Straße"), "strasse strasse");
  EXPECT_EQ(FoldWords("e\xCC\x81t\xC3\xA9"), "ete");
  EXPECT_EQ(FoldWords("ＩＯＭ　２０１８"), "iom 2018");
  EXPECT_EQ(FoldWords("..."), "");
}

// Characters of Latin, Greek, Cyrillic and punctuation are folded by a table; beside an Arabic letter the whole run is
// folded by ICU, which has to give the same.
TEST(Words, ATableFoldsWhatIcuFolds) {
  const std::string alef = "\u0627";
  std::vector<std::string> characters = {"\u4E2D"};
  for (char32_t c = 0x80; c < 0x530; ++c) text::AppendUtf8(c, characters.emplace_back());
  for (char32_t c = 0x2000; c < 0x2150; ++c) text::AppendUtf8(c, characters.emplace_back());
  for (size_t i = 0; i < characters.size(); ++i) {
    const std::string run = characters[i] + characters[(i * 7 + 3) % characters.size()] + "\u00E9";
    EXPECT_EQ(FoldWords("a" + run + alef), FoldWords("a" + run) + alef) << run;
  }
}

TEST(Words, BeginAndEndAtWordEdges) {
  EXPECT_TRUE(Found("migration", "On Migration."));
  EXPECT_FALSE(Found("migration", "immigration"));
  EXPECT_FALSE(Found("migration", "migrations"));
  EXPECT_TRUE(Found("Ban Ki-moon", "Secretary-General BAN Ki Moon said"));
  EXPECT_FALSE(Found("climate change", "climate\n\nand change"));
  EXPECT_FALSE(Found("é", "résumé"));
}

TEST(Words, AreFoundAnywhereInUnspacedScripts) {
  EXPECT_TRUE(Found("移民", "国际移民组织在中国"));
  EXPECT_TRUE(Found("IOM", "国际移民组织IOM在中国"));
  EXPECT_TRUE(Found("서울", "서울에서"));
  EXPECT_FALSE(Found("가", "각"));
  EXPECT_FALSE(Found("民国", "国际移民组织在中国"));
}

TEST(Words, TakeWildcards) {
  EXPECT_TRUE(Found("migra*", "the Migrants"));
  EXPECT_FALSE(Found("migra*", "immigrants"));
  EXPECT_TRUE(Found("*gration", "immigration policy"));
  EXPECT_FALSE(Found("*gration", "immigrations"));
  EXPECT_TRUE(Found("m*t*n", "mitigation"));
  EXPECT_FALSE(Found("m*n", "met non"));
  EXPECT_TRUE(Found("climate * now", "climate action now"));
  EXPECT_TRUE(Found("new y*", "in New York"));
  EXPECT_FALSE(Found("a*b", "a" + std::string(kWildcardBytesMax + 1, 'x') + "b"));
}

TEST(Words, EndInBoundedTimeOnHostileText) {
  const std::string hostile(200'000, 'a');
  EXPECT_FALSE(Found("a*a*a*a*a*a*b", hostile));
}

TEST(Exact, ComparesTheWholeIgnoringCase) {
  EXPECT_TRUE(ExactPattern(MakePattern("EN")).Matches("en"));
  EXPECT_FALSE(ExactPattern(MakePattern("en")).Matches("en-GB"));
  EXPECT_TRUE(ExactPattern(MakePattern("en*")).Matches("en-GB"));
  EXPECT_TRUE(ExactPattern(MakePattern("*iom.int*")).Matches("https://www.iom.int/news"));
  EXPECT_FALSE(ExactPattern(MakePattern("ab*ba")).Matches("aba"));
  EXPECT_TRUE(ExactPattern(MakePattern("a * b")).Matches("A plus B"));
  EXPECT_LT(ExactPattern(MakePattern("b")).Compare("A"), 0);
  EXPECT_GT(ExactPattern(MakePattern("b")).Compare("C"), 0);
}

}  // namespace
}  // namespace dateline::filter
