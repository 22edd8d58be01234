// Proves what is let in and what is refused at the door, and that each refusal names the cause and the way out.
#include "common/text/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/text/limits.h"

namespace dateline::text {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

TEST(Sniff, KnowsTextHtmlAndXml) {
  EXPECT_EQ(Sniff("Nairobi - The agency said today.").kind, ContentKind::kText);
  EXPECT_EQ(Sniff("\uFEFF  <!DOCTYPE html><title>x</title>").kind, ContentKind::kHtml);
  EXPECT_EQ(Sniff("<?xml version=\"1.0\"?><html xmlns=\"x\"><body/></html>").kind, ContentKind::kHtml);
  EXPECT_EQ(Sniff("<?xml version=\"1.0\"?><rss version=\"2.0\">").kind, ContentKind::kXml);
  EXPECT_EQ(Sniff("<div class=\"a\">News</div>").kind, ContentKind::kHtml);
  EXPECT_EQ(Sniff("<p>One</p>").kind, ContentKind::kHtml);
  EXPECT_EQ(Sniff("a < b, and <headline> is no tag of HTML").kind, ContentKind::kText);
  EXPECT_EQ(Sniff("\u65E5\u5185\u74E6").kind, ContentKind::kText);
}

TEST(Sniff, TakesWideTextForText) {
  EXPECT_EQ(Sniff("\xFF\xFEH\0i\0"s).kind, ContentKind::kText);
  EXPECT_EQ(Sniff("H\0i\0"s, "UTF-16LE").kind, ContentKind::kText);
  EXPECT_EQ(Sniff("H\0i\0"s).kind, ContentKind::kBinary);
}

TEST(Sniff, NamesBinaryFormats) {
  const std::pair<std::string, std::string> cases[] = {
      {"%PDF-1.7\n%\xE2\xE3", "PDF document"},
      {"PK\x03\x04\x14\0"s, "ZIP archive or Office document"},
      {"\x89PNG\r\n\x1A\n\0"s, "PNG image"},
      {"\x7F"
       "ELF\x02\x01"s,
       "ELF program"},
      {"\xFF\xD8\xFF\xE0"s, "JPEG image"},
      {"\x1F\x8B\x08\0"s, "gzip archive"},
      {"ab\0cd"s, "binary data"},
      {"\x01\x02\x03\x04 words"s, "binary data"},
      {"RIFF\x10\x20\x01\x02WEBPVP8 "s, "WebP image"},
  };
  for (const auto& [bytes, format] : cases) {
    EXPECT_EQ(Sniff(bytes).kind, ContentKind::kBinary) << format;
    EXPECT_EQ(Sniff(bytes).format, format);
  }
}

TEST(Sniff, LetsWordsThroughThatLookLikeMagic) {
  for (const char* text : {"BZh is no archive", "ID3 tags explained", "GIF8 in prose", "OggS wrote", "The type ftypes",
                           "12345678WEBP text"}) {
    EXPECT_EQ(Sniff(text).kind, ContentKind::kText) << text;
  }
}

TEST(Sniff, ToleratesAStrayControlCharacter) {
  std::string text(200, 'a');
  text[100] = '\x07';
  EXPECT_EQ(Sniff(text).kind, ContentKind::kText);
  std::string page = "<html><body>" + std::string(2000, 'a');
  page[1000] = '\0';
  EXPECT_EQ(Sniff(page).kind, ContentKind::kHtml);
  EXPECT_EQ(Sniff(page.substr(12)).kind, ContentKind::kBinary);
}

TEST(CheckDocument, RefusesEmptyBinaryAndOversizedWithRemedy) {
  EXPECT_TRUE(CheckDocument("words", "a.txt").ok());
  for (const std::string& empty : {""s, " \n\u00A0\t"s}) {
    const absl::Status status = CheckDocument(empty, "a.txt");
    EXPECT_EQ(ErrorReason(status), "EMPTY_DOCUMENT");
    EXPECT_THAT(std::string(status.message()), HasSubstr("a.txt is empty"));
  }
  const absl::Status pdf = CheckDocument("%PDF-1.4", "report.pdf");
  EXPECT_EQ(pdf.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(pdf), "BINARY_CONTENT");
  EXPECT_EQ(ErrorMetadataValue(pdf, "format"), "PDF document");
  EXPECT_THAT(std::string(pdf.message()), HasSubstr("pdftotext"));
  const absl::Status large = CheckDocument(std::string(kMaxDocumentBytes + 1, 'a'), "big.txt");
  EXPECT_EQ(ErrorReason(large), "DOCUMENT_TOO_LARGE");
  EXPECT_THAT(std::string(large.message()), HasSubstr(std::to_string(kMaxDocumentBytes)));
  EXPECT_TRUE(CheckDocument(std::string(kMaxDocumentBytes, 'a'), "big.txt").ok());
}

}  // namespace
}  // namespace dateline::text
