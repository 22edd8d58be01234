// Proves the order in which charsets are believed, the strictness towards plain text, and the messages for what cannot
// be read. Bytes of legacy charsets are written out by hand.
#include "common/text/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/base/error.h"
#include "common/text/limits.h"
#include "common/text/utf8.h"

namespace dateline::text {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

Decoded MustDecode(std::string_view bytes, const DecodeOptions& options = {}) {
  absl::StatusOr<Decoded> decoded = Decode(bytes, options);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return decoded.ok() ? *decoded : Decoded{};
}

TEST(Decode, ReadsUtf8WithAndWithoutMark) {
  EXPECT_EQ(MustDecode("Gen\u00E8ve").text(), "Gen\u00E8ve");
  const Decoded marked = MustDecode("\uFEFFGen\u00E8ve", {.charset = "windows-1252"});
  EXPECT_EQ(marked.text(), "Gen\u00E8ve");
  EXPECT_EQ(marked.basis, "bom");
}

TEST(Decode, ReadsUtf16ByMarkWithSurrogates) {
  EXPECT_EQ(MustDecode("\xFF\xFE"
                       "A\0\x3D\xD8\x00\xDE"s)
                .text(),
            "A\U0001F600");
  EXPECT_EQ(MustDecode("\xFE\xFF\0A\0\xE9"s).text(), "A\u00E9");
}

TEST(Decode, BelievesTheCallerThenTheHeaderThenTheDocument) {
  const std::string page = "<html><head><meta charset=\"windows-1251\"></head>\xC6</html>";
  EXPECT_THAT(MustDecode(page).text(), HasSubstr("\u0416"));
  EXPECT_THAT(MustDecode(page, {.content_type = "text/html; charset=iso-8859-1"}).text(), HasSubstr("\u00C6"));
  EXPECT_THAT(MustDecode(page, {.charset = "windows-1251", .content_type = "text/html; charset=iso-8859-1"}).text(),
              HasSubstr("\u0416"));
}

TEST(Decode, ReadsLegacyCharsets) {
  EXPECT_EQ(MustDecode("\x93quoted\x94 \x96 \xE9", {.charset = "ISO-8859-1"}).text(),
            "\u201Cquoted\u201D \u2013 \u00E9");
  EXPECT_EQ(MustDecode("\xD6\xD0\xB9\xFA", {.charset = "gb2312"}).text(), "\u4E2D\u56FD");
  EXPECT_EQ(MustDecode("\x93\xFA\x96\x7B", {.charset = "Shift_JIS"}).text(), "\u65E5\u672C");
  EXPECT_EQ(MustDecode("\xC7\xE1", {.charset = "windows-1256"}).text(), "\u0627\u0644");
  EXPECT_EQ(MustDecode("\xD6\xD0\xFF", {.charset = "gb18030"}).replacements, 1U);
}

TEST(Decode, NamesOffsetAndRemedyOfInvalidUtf8) {
  const absl::StatusOr<Decoded> decoded = Decode("caf\xE9 news", {.what = "a.txt"});
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(decoded.status()), "INVALID_UTF8");
  EXPECT_EQ(ErrorMetadataValue(decoded.status(), "offset"), "3");
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("a.txt is not valid UTF-8 at byte offset 3"));
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("--charset=windows-1252"));
}

TEST(Decode, RefusesAnUnknownCharsetOfTheCallerOnly) {
  const absl::StatusOr<Decoded> decoded = Decode("words", {.charset = "klingon-1"});
  EXPECT_EQ(ErrorReason(decoded.status()), "UNKNOWN_CHARSET");
  EXPECT_EQ(MustDecode("<html><meta charset=klingon-1>words").charset, "utf-8");
}

TEST(Decode, ReadsMislabelledHtmlAsBrowsersDo) {
  EXPECT_THAT(MustDecode("<html><meta charset=utf-8><p>caf\xE9").text(), HasSubstr("caf\u00E9"));
  // One cut character among many good ones is a fault, not another charset.
  const Decoded cut =
      MustDecode("<html><p>\u4E2D\u6587\u4E2D\u6587\u4E2D\u6587\u4E2D\u6587\u4E2D\u6587\u4E2D\u6587 \xE4");
  EXPECT_EQ(cut.charset, "utf-8");
  EXPECT_EQ(cut.replacements, 1U);
  EXPECT_EQ(ErrorReason(Decode("<html><p>caf\xE9", {.charset = "utf-8"}).status()), "INVALID_UTF8");
}

TEST(Decode, RefusesWhatIsTooLarge) {
  EXPECT_EQ(ErrorReason(Decode(std::string(kMaxDocumentBytes + 1, 'a'), {}).status()), "DOCUMENT_TOO_LARGE");
}

TEST(Decode, AlwaysGivesWellFormedTextFromAnyBytes) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 400; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const char* charset : {"", "windows-1252", "gb18030", "shift_jis", "utf-16le", "iso-2022-jp", "utf-7"}) {
      const absl::StatusOr<Decoded> decoded = Decode(bytes, {.charset = charset});
      ASSERT_TRUE(!decoded.ok() || IsValidUtf8(decoded->text())) << charset;
    }
  }
}

TEST(PrescanCharset, ReadsMetaAndXmlDeclarations) {
  EXPECT_EQ(PrescanCharset("<meta charset='Windows-1250'>"), "windows-1250");
  EXPECT_EQ(PrescanCharset("<META http-equiv=Content-Type content=\"text/html; charset=koi8-r\">"), "koi8-r");
  EXPECT_EQ(PrescanCharset("<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><rss/>"), "iso-8859-2");
  EXPECT_EQ(PrescanCharset("<meta charset=utf-16>"), "utf-8");
  EXPECT_EQ(PrescanCharset("<p>charset=koi8-r</p>"), "");
  EXPECT_EQ(PrescanCharset(std::string(2000, ' ') + "<meta charset=koi8-r>"), "");
}

TEST(CharsetOfContentType, ReadsTheParameter) {
  EXPECT_EQ(CharsetOfContentType("text/html; Charset=\"UTF-8\""), "utf-8");
  EXPECT_EQ(CharsetOfContentType("text/html"), "");
}

}  // namespace
}  // namespace dateline::text
