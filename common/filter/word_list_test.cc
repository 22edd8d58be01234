#include "common/filter/word_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/filter/words.h"

namespace dateline::filter {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint32_t> PlacesOf(const WordList& list, std::string_view word) {
  const auto places = list.Places(word);
  return {places.begin(), places.end()};
}

TEST(WordListTest, TellsWhereAWordStands) {
  const WordList list("the river rose\nthe town by the river slept");
  EXPECT_THAT(PlacesOf(list, "the"), ElementsAre(0, 3, 6));
  EXPECT_THAT(PlacesOf(list, "river"), ElementsAre(1, 7));
  EXPECT_THAT(PlacesOf(list, "slept"), ElementsAre(8));
  EXPECT_THAT(PlacesOf(list, "rive"), IsEmpty());
  EXPECT_THAT(PlacesOf(list, ""), IsEmpty());
}

TEST(WordListTest, CountsCharactersOfScriptsWithoutSpaces) {
  const std::string words = FoldWords("IOM 移民 says 移民 IOM");
  const WordList list(words);
  EXPECT_THAT(PlacesOf(list, "iom"), ElementsAre(0, 6));
  EXPECT_THAT(PlacesOf(list, "says"), ElementsAre(3));
  EXPECT_THAT(PlacesOf(list, "移"), IsEmpty()) << "no word of a script with spaces";
}

TEST(WordListTest, FindsBeginningsOfAnyLength) {
  const WordList list("migration migrants resettlement a");
  EXPECT_TRUE(list.HasPrefix("m"));
  EXPECT_TRUE(list.HasPrefix("migrant"));
  EXPECT_TRUE(list.HasPrefix("migrants"));
  EXPECT_TRUE(list.HasPrefix("resettle"));
  EXPECT_TRUE(list.HasPrefix("resettlement"));
  EXPECT_FALSE(list.HasPrefix("resettlements"));
  EXPECT_FALSE(list.HasPrefix("resettlex"));
  EXPECT_FALSE(list.HasPrefix("ab"));
  EXPECT_FALSE(list.HasPrefix("igration"));
}

TEST(WordListTest, AnEmptyTextHasNoWords) {
  const WordList list("");
  EXPECT_FALSE(list.HasPrefix("a"));
  EXPECT_THAT(PlacesOf(list, "a"), IsEmpty());
}

}  // namespace
}  // namespace dateline::filter
