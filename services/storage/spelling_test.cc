// Proves how words are told apart by letters in several scripts, and which of several neighbours is chosen.

#include "services/storage/spelling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/storage/store.h"

namespace dateline::storage {
namespace {

size_t Distance(std::string_view a, std::string_view b) {
  return LetterDistance(Letters(a), Letters(b), 3);
}

TEST(LetterDistance, CountsLettersAndNotBytes) {
  EXPECT_EQ(Distance("migration", "migration"), 0u);
  EXPECT_EQ(Distance("migartion", "migration"), 1u);
  EXPECT_EQ(Distance("migraton", "migration"), 1u);
  EXPECT_EQ(Distance("министр", "минестр"), 1u);
  EXPECT_EQ(Distance("وزارة", "وزاره"), 1u);
  EXPECT_EQ(Distance("abc", "xyzabc"), 3u);
  EXPECT_EQ(Distance("abc", "abcdefgh"), 4u) << "more than the most";
}

TEST(SpellingChoice, WeighsLettersAgainstFrequency) {
  SpellingChoice choice("minstry", 0);
  choice.Offer("minister", 5'000);
  choice.Offer("ministry", 900);
  choice.Offer("mastery", 100);
  EXPECT_EQ(choice.best(), "ministry");
}

TEST(SpellingChoice, LeavesAWordAloneThatIsKnownWell) {
  SpellingChoice choice("former", 20'000);
  choice.Offer("farmer", 300);
  EXPECT_EQ(choice.best(), "");
}

TEST(OneLetterAway, HoldsEveryKindOfSlip) {
  const auto words = OneLetterAway("port", U"aeot");
  EXPECT_THAT(words, ::testing::Contains("prot"));
  EXPECT_THAT(words, ::testing::Contains("pot"));
  EXPECT_THAT(words, ::testing::Contains("part"));
  EXPECT_THAT(words, ::testing::Contains("porte"));
}

TEST(CorrectedQuery, KeepsTheRestOfTheQuery) {
  const std::string text = "\"the port\"  minstry -title:x wter";
  const SearchQuery query = *ParseSearchQuery(text);
  EXPECT_EQ(CorrectedQuery(text, query, {{.clause = 1, .word = "ministry"}, {.clause = 3, .word = "water"}}),
            "\"the port\"  ministry -title:x water");
}

}  // namespace
}  // namespace dateline::storage
