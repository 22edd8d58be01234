// Proves that form C is reached from any input, that the fast path gives the same answer, and that the folding key
// hides exactly the differences that carry no meaning.
#include "common/text/normalize.h"

#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <string>
#include <vector>

#include "common/text/utf8.h"

namespace dateline::text {
namespace {

TEST(Normalize, ComposesDecomposedLetters) {
  EXPECT_EQ(ToNfc("Pa\u0308r"), "P\u00E4r");
  EXPECT_EQ(ToNfc("\u1100\u1161"), "\uAC00");
  EXPECT_FALSE(IsNfc("Pa\u0308r"));
  EXPECT_TRUE(IsNfc("P\u00E4r"));
}

TEST(Normalize, LeavesFormCAsItIs) {
  for (const char* text :
       {"", "plain", "P\u00E4r Liljert", "\u4E2D\u6587", "\u0645\u0635\u0631", "\u201Cquote\u201D \u2013 \uFB01"}) {
    EXPECT_EQ(ToNfc(text), text);
  }
}

TEST(Normalize, PartsEndlessRunsOfMarksAndKeepsThem) {
  std::string text = "e";
  for (int i = 0; i < 100; ++i) text += "\u0301\u0323";
  EXPECT_FALSE(IsNfc(text));
  const std::string once = ToNfc(text);
  EXPECT_TRUE(IsNfc(once));
  EXPECT_EQ(ToNfc(once), once);
  // Six joiners part 200 marks; two marks went into the letter.
  EXPECT_GE(CountCodePoints(once), 200U);
  EXPECT_NE(once.find("\u034F"), std::string::npos);
  EXPECT_EQ(ToNfc("e\u0323\u0301").find("\u034F"), std::string::npos);
}

// What is told by lead bytes alone must be what ICU says, of every character and of every two marks.
TEST(Normalize, AgreesWithIcuOnEveryCharacterAndPairOfMarks) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  ASSERT_TRUE(U_SUCCESS(status));
  const auto agrees = [&](const std::string& s) {
    return IsNfc(s) == (nfc->isNormalizedUTF8(s, status) != 0) && U_SUCCESS(status);
  };
  std::vector<std::string> marks;
  for (char32_t c = 1; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string s;
    AppendUtf8(c, s);
    ASSERT_TRUE(agrees(s)) << std::hex << static_cast<std::uint32_t>(c);
    if (u_getCombiningClass(static_cast<UChar32>(c)) != 0) marks.push_back(s);
  }
  for (const std::string& first : marks) {
    for (const std::string& second : marks) ASSERT_TRUE(agrees(first + second)) << first << second;
  }
}

TEST(Normalize, IsIdempotentOnEveryCharacter) {
  for (char32_t c = 0x20; c < 0x20000; c += 7) {
    std::string s = "a";
    AppendUtf8(c, s);
    const std::string once = ToNfc(s);
    ASSERT_EQ(ToNfc(once), once);
    ASSERT_TRUE(IsNfc(once));
  }
}

TEST(Normalize, RepairsIllFormedBytes) {
  EXPECT_EQ(ToNfc("a\xFF"), "a\uFFFD");
  EXPECT_FALSE(IsNfc("a\xFF"));
}

TEST(Normalize, FoldKeyHidesCaseQuotesDashesAndSpace) {
  EXPECT_EQ(FoldKey("  Don\u2019t  STOP \u2013 now "), FoldKey("don't stop - NOW"));
  EXPECT_EQ(FoldKey("Stra\u00DFe"), "strasse");
  EXPECT_EQ(FoldKey("\u00C9TUDE"), FoldKey("e\u0301tude"));
  EXPECT_NE(FoldKey("Beijing"), FoldKey("Beijng"));
}

}  // namespace
}  // namespace dateline::text
