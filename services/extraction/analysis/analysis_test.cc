// Proves where sentences end: at stops with their closing marks, not at abbreviations, initials and decimal points; and
// that lines, sections and lexicon hits are found again by token.
#include "services/extraction/analysis/analysis.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace dateline::extraction {
namespace {

const LanguagePacks& Packs() {
  static const std::unique_ptr<const LanguagePacks> packs = *LanguagePacks::Create();
  return *packs;
}

release::v1::Release ReleaseOf(std::string text) {
  release::v1::Release release;
  release::v1::Section* section = release.add_sections();
  section->set_kind(release::v1::Section::BODY);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(text.size()));
  release.set_text(std::move(text));
  return release;
}

std::vector<std::string> Sentences(std::string text) {
  const release::v1::Release release = ReleaseOf(std::move(text));
  const Analysis analysis = Analyze(release, Packs().For("en"));
  std::vector<std::string> out;
  for (const Sentence& sentence : analysis.sentences()) out.emplace_back(analysis.Text(sentence.tokens));
  return out;
}

using Strings = std::vector<std::string>;

TEST(Sentences, EndAtStopsWithTheirClosingMarks) {
  EXPECT_EQ(Sentences("“Water rose.” He left (at noon.) Did it fall? Yes."),
            (Strings{"“Water rose.”", "He left (at noon.)", "Did it fall?", "Yes."}));
}

TEST(Sentences, DoNotEndAtAbbreviationsInitialsAndNumbers) {
  EXPECT_EQ(
      Sentences("Sen. Ada R. Quay met Dr. Lee at 3.5 km. They spoke in the U.S. Senate. It is in the U.S. The end."),
      (Strings{"Sen. Ada R. Quay met Dr. Lee at 3.5 km.", "They spoke in the U.S. Senate.", "It is in the U.S.",
               "The end."}));
}

TEST(Sentences, GoOnBehindAQuotedQuestion) {
  EXPECT_EQ(Sentences("“Who pays?” asked Quay. No one."), (Strings{"“Who pays?” asked Quay.", "No one."}));
}

TEST(Sentences, OfScriptsWithoutSpacesAndWithoutCase) {
  EXPECT_EQ(Sentences("水位上升。河口关闭。"), (Strings{"水位上升。", "河口关闭。"}));
  EXPECT_EQ(Sentences("افتتح المكتب. وصل المدير."), (Strings{"افتتح المكتب.", "وصل المدير."}));
}

TEST(Sentences, EndWithTheirLine) {
  const release::v1::Release release = ReleaseOf("first item\nsecond item\n\nA paragraph");
  const Analysis analysis = Analyze(release, Packs().For("en"));
  ASSERT_EQ(analysis.lines().size(), 3u);
  EXPECT_TRUE(analysis.lines()[0].gap_before);
  EXPECT_FALSE(analysis.lines()[1].gap_before);
  EXPECT_TRUE(analysis.lines()[2].gap_before);
  EXPECT_EQ(analysis.sentences().size(), 3u);
  EXPECT_EQ(analysis.SectionOf(0), release::v1::Section::BODY);
}

TEST(Analysis, FindsHitsByToken) {
  const release::v1::Release release = ReleaseOf("More than two million people live there, said Prof. Quay.");
  const Analysis analysis = Analyze(release, Packs().For("en-GB"));
  const LexiconHit* comparator = analysis.HitAt(0, Lexicon::kComparators);
  ASSERT_NE(comparator, nullptr);
  EXPECT_EQ(comparator->end, 2u);
  EXPECT_EQ(analysis.Entry(*comparator).code, ">");
  EXPECT_EQ(analysis.HitEndingAt(1, Lexicon::kComparators), comparator);
  EXPECT_EQ(analysis.HitEndingAt(0, Lexicon::kComparators), nullptr);
  const LexiconHit* honorific = analysis.HitAt(9, Lexicon::kHonorifics);
  ASSERT_NE(honorific, nullptr);
  EXPECT_EQ(analysis.Text({honorific->begin, honorific->end}), "Prof.");
  EXPECT_EQ(analysis.TokenAt(0), 0u);
  EXPECT_EQ(analysis.TokenAt(release.text().size()), analysis.size());
}

}  // namespace
}  // namespace dateline::extraction
