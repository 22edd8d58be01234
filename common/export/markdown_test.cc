// Proves that the Markdown form reads as the release does: front matter that is valid YAML, parts as Markdown has them,
// and text that never turns into markup. By comparing with what a person would write.

#include "common/export/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/export/test_release.h"

namespace dateline::exporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Markdown, BeginsWithTheMetadata) {
  const std::string markdown = Markdown(SomeRelease());
  EXPECT_THAT(markdown, StartsWith("---\ntitle: \"Bridges \\\"of\\\" <Quito> open\"\nauthors:\n  - \"Ana Mora\"\n"
                                   "date: \"2025-03-11T09:30:00Z\"\nplace: \"Quito\"\n"));
  EXPECT_THAT(markdown, HasSubstr("\ntags:\n  - \"bridges\"\n"));
}

TEST(Markdown, KeepsAMultiLineValueInsideItsQuotes) {
  release::v1::Release release;
  release.set_title("One\n---\nevil: true\xE2\x80\xA8");
  EXPECT_THAT(Markdown(release), StartsWith("---\ntitle: \"One\\u000a---\\u000aevil: true\\u2028\"\n---\n"));
}

TEST(Markdown, WritesEveryPart) {
  const std::string markdown = Markdown(SomeRelease());
  EXPECT_THAT(markdown, HasSubstr("\n## What was built\n\n- North bridge\n- South bridge\n\n"
                                  "| Bridge | Metres |\n| --- | --- |\n| North \\| East | 120 |\n\n"
                                  "> We walked across it.\n>\n> \u2014 Luz Paz\n\n"));
  EXPECT_THAT(markdown, HasSubstr("![A \"bridge\"](<https://example.org/dawn.jpg>)\n\n*The bridge at dawn.*\n"));
  EXPECT_THAT(markdown,
              HasSubstr("\n## About\n\nThe city is old.\n\nIt is high.\n\n## Contact\n\nAna Mora\\\nTel. 1\n"));
}

TEST(Markdown, EscapesWhatWouldBeMarkup) {
  const std::string markdown = Markdown(SomeRelease());
  EXPECT_THAT(markdown, HasSubstr("The \\*bridges\\* opened \\<b\\>today\\</b\\>, "
                                  "[the mayor](<https://example.org/mayor?x=%221%22>) said."));
  EXPECT_THAT(markdown, HasSubstr("\n1\\. is no list & # no heading_here.\n"));
  EXPECT_THAT(markdown, Not(HasSubstr("javascript:")));
}

TEST(Markdown, GivesEveryRowTheColumnsOfTheFirst) {
  release::v1::Release release;
  AddPart(release::v1::Section::TABLE, "a\tb\nc\n1\t2\t3", &release);
  EXPECT_THAT(Markdown(release), HasSubstr("| a | b |\n| --- | --- |\n| c |\n| 1 | 2 3 |\n"));
}

}  // namespace
}  // namespace dateline::exporting
