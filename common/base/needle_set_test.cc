// Proves that a needle set finds what a search for each needle finds, and that the masks over eight bytes are exact.
#include "common/base/needle_set.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "common/base/byte_words.h"

namespace dateline {
namespace {

constexpr auto kWords = std::to_array<std::string_view>({"update", "date", "dateline", "aba", "abab", "\u00E9t\u00E9"});
constexpr NeedleSet kSet(kWords);

TEST(NeedleSet, FindsTheFirstPlaceAndThereTheFirstOfTheList) {
  EXPECT_EQ(kSet.Find("the last update").at, 9U);
  EXPECT_EQ(kSet.Find("the last update").needle, "update");
  EXPECT_EQ(kSet.Find("a dateline").needle, "date");
  EXPECT_EQ(kSet.Find("a dateline", 3).at, std::string_view::npos);
  EXPECT_TRUE(kSet.AnyIn("en \u00E9t\u00E9"));
  for (const std::string_view none : {"", "d", "da", "dat", "upd ate"}) EXPECT_FALSE(kSet.AnyIn(none)) << none;
}

TEST(NeedleSet, VisitsAllThatStandAtAPlaceInOrder) {
  std::string seen;
  EXPECT_FALSE(kSet.VisitAt("xababy", 1, [&](std::size_t i) {
    seen += std::string(kWords[i]) + " ";
    return false;
  }));
  EXPECT_EQ(seen, "aba abab ");
  EXPECT_TRUE(kSet.VisitAt("date", 0, [](std::size_t) { return true; }));
  EXPECT_FALSE(kSet.VisitAt("date", 2, [](std::size_t) { return true; }));
}

TEST(NeedleSet, AgreesWithASearchForEach) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t i = 0; i < round % 40U; ++i) text.push_back("abdteup "[random() % 8]);
    std::size_t first = std::string::npos;
    for (const std::string_view word : kWords) first = std::min(first, text.find(word));
    ASSERT_EQ(kSet.Find(text).at, first) << text;
  }
}

TEST(ByteWords, MasksAreExact) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 8; ++i)
      text.push_back(static_cast<char>(round % 3 == 0 ? random() % 256 : " !\x1F\x7F"[random() % 4]));
    const std::uint64_t word = WordAt(text, 0);
    for (std::size_t i = 0; i < 8; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const auto at = [&](std::uint64_t mask) { return (mask >> (8 * i + 7) & 1) != 0; };
      ASSERT_EQ(at(WideBytes(word)), byte >= 0x80);
      ASSERT_EQ(at(BytesBelow(word, ' ')), byte < ' ');
      ASSERT_EQ(at(BytesBelow(word, 0x80)), byte < 0x80);
      ASSERT_EQ(at(BytesEqual(word, ' ')), byte == ' ');
      ASSERT_EQ(at(BytesEqual(word, '\x7F')), byte == 0x7F);
    }
  }
  EXPECT_EQ(FirstByte(BytesEqual(WordAt("abcdefgh", 0), 'f')), 5U);
}

}  // namespace
}  // namespace dateline
