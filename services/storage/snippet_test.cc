// Proves that a snippet stays within its size, is cut at whole words and characters, shows the passage with most of the
// query's words, and that its highlights are exactly those words.

#include "services/storage/snippet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/storage/limits.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SearchQuery Query(std::string_view text) {
  return *ParseSearchQuery(text);
}

std::vector<std::string> Highlighted(const Snippet& snippet) {
  std::vector<std::string> words;
  for (const auto& [start, end] : snippet.highlights) words.push_back(snippet.text.substr(start, end - start));
  return words;
}

TEST(Snippet, ShowsTheWordsThatWereSearchedFor) {
  const Snippet snippet =
      MakeSnippet("The ministry opened\n\nthe river Crossing on Friday.", Query("crossing \"the RIVER\""));
  EXPECT_EQ(snippet.text, "The ministry opened the river Crossing on Friday.");
  EXPECT_THAT(Highlighted(snippet), ElementsAre("the river", "Crossing"));
}

TEST(Snippet, ChoosesThePassageWithTheMostDifferentWords) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "fund and more of the same filling words here. ";
  text += "Only here the fund meets the glacier. ";
  for (int i = 0; i < 40; ++i) text += "Nothing else stands in this part of it. ";
  const Snippet snippet = MakeSnippet(text, Query("glacier fund"));
  EXPECT_THAT(snippet.text, HasSubstr("fund meets the glacier"));
  EXPECT_LE(snippet.text.size(), kSnippetBytesMax);
  EXPECT_THAT(Highlighted(snippet), ::testing::Contains("glacier"));
}

TEST(Snippet, IsTheBeginningWhenTheWordsStandElsewhere) {
  const Snippet snippet = MakeSnippet("A text about something.", Query("title:glacier"));
  EXPECT_EQ(snippet.text, "A text about something.");
  EXPECT_THAT(snippet.highlights, IsEmpty());
}

TEST(Snippet, CutsWholeWords) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "wonderful ";
  const Snippet snippet = MakeSnippet(text, Query("absent"));
  EXPECT_LE(snippet.text.size(), kSnippetBytesMax);
  EXPECT_TRUE(snippet.text.ends_with("wonderful")) << snippet.text;
}

TEST(Snippet, CutsWholeCharactersWhereNoSpacesAre) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "港口学校";
  text += "开学典礼";
  for (int i = 0; i < 300; ++i) text += "港口学校";
  const Snippet snippet = MakeSnippet(text, Query("开学"));
  EXPECT_LE(snippet.text.size(), kSnippetBytesMax);
  EXPECT_EQ(snippet.text.size() % 3, 0u);
  EXPECT_THAT(Highlighted(snippet), ElementsAre("开学"));
}

TEST(Snippet, IsEmptyForAnEmptyText) {
  EXPECT_EQ(MakeSnippet("", Query("x")).text, "");
}

}  // namespace
}  // namespace dateline::storage
