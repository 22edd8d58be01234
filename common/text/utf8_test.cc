// Proves the UTF-8 walkers against the definition: every code point survives a round trip, every ill-formed shape is
// found at its first byte, and cutting and measuring never split a character.
#include "common/text/utf8.h"

#include <gtest/gtest.h>

namespace dateline::text {
namespace {

TEST(Utf8, RoundTripsEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; c += (c < 0x3000 ? 1 : 37)) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string s;
    AppendUtf8(c, s);
    ASSERT_TRUE(IsValidUtf8(s)) << static_cast<uint32_t>(c);
    ASSERT_EQ(CodePointAt(s, 0).value, c);
    ASSERT_EQ(CodePointAt(s, 0).length, s.size());
    ASSERT_EQ(CodePointBefore(s, s.size()).value, c);
    ASSERT_EQ(CodePointBefore(s, s.size()).length, s.size());
  }
}

TEST(Utf8, FindsTheFirstIllFormedByte) {
  const std::pair<std::string, std::size_t> cases[] = {
      {"abcdefghij\xFFk", 10},     {"\xC0\x80", 0},    {"a\xE0\x80\x80", 1}, {"\xED\xA0\x80", 0},
      {"\xF4\x90\x80\x80", 0},     {"ab\xC3", 2},      {"\xE2\x82", 0},      {"x\x80", 1},
      {"\xF8\x88\x80\x80\x80", 0}, {"\u00E9\xC3(", 2},
  };
  for (const auto& [text, offset] : cases) EXPECT_EQ(FirstInvalidUtf8(text), offset) << text;
  EXPECT_EQ(FirstInvalidUtf8("plain \u00E9 \u4E2D \U0001F600"), kAllValid);
  EXPECT_EQ(FirstInvalidUtf8(""), kAllValid);
}

TEST(Utf8, WalksIllFormedTextByteByByte) {
  const std::string bad = "a\xFF\x80z";
  EXPECT_EQ(CodePointAt(bad, 1).value, kReplacement);
  EXPECT_EQ(CodePointAt(bad, 1).length, 1U);
  EXPECT_EQ(CountCodePoints(bad), 4U);
  EXPECT_EQ(CodePointBefore(bad, 3).length, 1U);
  EXPECT_EQ(ReplaceInvalidUtf8(bad), "a\uFFFD\uFFFDz");
}

TEST(Utf8, ReplacesSurrogatesAndNumbersPastTheEnd) {
  std::string out;
  AppendUtf8(0xD800, out);
  AppendUtf8(0x110000, out);
  EXPECT_EQ(out, "\uFFFD\uFFFD");
}

TEST(Utf8, TruncatesOnlyBetweenCharacters) {
  const std::string text = "a\u00E9\u4E2D\U0001F600";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string_view cut = TruncateUtf8(text, n);
    EXPECT_TRUE(IsValidUtf8(cut));
    EXPECT_LE(cut.size(), n);
    EXPECT_LT(n - cut.size(), 4U);
  }
  EXPECT_EQ(TruncateUtf8("\x80\x80\x80\x80\x80\x80", 5).size(), 2U);
}

TEST(Utf8, MeasuresTerminalColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("\u4E2D\u6587"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("\u0645\u0631\u062D\u0628\u0627"), 5U);
  EXPECT_EQ(DisplayWidth("a\tb"), 2U);
}

TEST(Utf8, TruncatesToColumns) {
  EXPECT_EQ(TruncateToWidth("newsroom", 8), "newsroom");
  EXPECT_EQ(TruncateToWidth("newsrooms", 8), "newsroo\u2026");
  EXPECT_EQ(TruncateToWidth("\u4E2D\u6587\u7248", 5), "\u4E2D\u6587\u2026");
  EXPECT_EQ(TruncateToWidth("\u4E2D\u6587\u7248", 4), "\u4E2D\u2026");
  EXPECT_EQ(TruncateToWidth("abc", 0), "");
}

TEST(Utf8, TrimsAndCollapsesUnicodeSpace) {
  EXPECT_EQ(TrimSpace("\uFEFF\u00A0 a b \u3000\n"), "a b");
  EXPECT_EQ(TrimSpace(" \u2009 "), "");
  EXPECT_EQ(CollapseSpace(" a \u00A0\n b\u200Bc "), "a b c");
}

TEST(Utf8, SplitsAtEveryKindOfLineEnd) {
  using Lines = std::vector<std::string_view>;
  EXPECT_EQ(SplitLines("a\nb\r\nc\rd\u2028e\u2029f\u0085g"), (Lines{"a", "b", "c", "d", "e", "f", "g"}));
  EXPECT_EQ(SplitLines("a\n\nb\n"), (Lines{"a", "", "b"}));
  EXPECT_EQ(SplitLines(""), Lines{});
}

TEST(Utf8, FindsWhiteSpaceAsIsSpaceTellsIt) {
  for (char32_t c = 1; c < 0x11000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string s = "ab";
    AppendUtf8(c, s);
    s += "d";
    ASSERT_EQ(FindSpace(s, 0), IsSpace(c) ? 2U : s.size()) << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(SpaceAt(s, 2), IsSpace(c) ? s.size() - 3 : 0U);
  }
  EXPECT_EQ(FindSpace("\xE2\x80", 0), 2U);
  EXPECT_EQ(FindSpace("a b", 2), 3U);
}

}  // namespace
}  // namespace dateline::text
