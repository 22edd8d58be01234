// Proves which charset a feed is read as when header, declaration and bytes agree, and when they contradict each other.

#include "services/ingestion/feeds/charset.h"

#include <gtest/gtest.h>

#include <string>

namespace dateline::feeds {
namespace {

using std::string_literals::operator""s;

std::string Wide(std::string_view ascii, bool big, int width) {
  std::string wide;
  for (const char c : ascii) {
    std::string unit(static_cast<std::size_t>(width), '\0');
    unit[big ? unit.size() - 1 : 0] = c;
    wide += unit;
  }
  return wide;
}

TEST(Charset, TheMarkAndThePatternOfTheBytesComeFirst) {
  EXPECT_EQ(DecodeXml("\xEF\xBB\xBF<a>ü</a>", "text/xml; charset=iso-8859-1").text, "<a>ü</a>");
  for (const bool big : {true, false}) {
    const std::string suffix = big ? "be" : "le";
    EXPECT_EQ(DecodeXml(Wide("<a>b</a>", big, 2), "").encoding, "utf-16" + suffix);
    EXPECT_EQ(DecodeXml(Wide("<a>b</a>", big, 4), "").encoding, "utf-32" + suffix);
    EXPECT_EQ(DecodeXml(Wide("<a>b</a>", big, 2), "").text, "<a>b</a>");
  }
  EXPECT_EQ(DecodeXml("\xFE\xFF"s + Wide("<a/>", true, 2), "").text, "<a/>");
}

TEST(Charset, TheHeaderComesBeforeTheDeclaration) {
  const std::string latin = "<?xml version='1.0' encoding='koi8-r'?><a>\xFC</a>";
  EXPECT_EQ(DecodeXml(latin, "application/xml; charset='ISO-8859-1'").encoding, "iso-8859-1");
  EXPECT_EQ(DecodeXml(latin, "application/xml").encoding, "koi8-r");
  EXPECT_EQ(DecodeXml("<a>b</a>", "text/xml").encoding, "us-ascii");
  EXPECT_EQ(DecodeXml("<a>b</a>", "application/rss+xml").encoding, "utf-8");
}

TEST(Charset, WhatTheBytesRefuteIsNotBelieved) {
  EXPECT_EQ(DecodeXml("<a>\xC3\xBC</a>", "text/xml; charset=us-ascii").text, "<a>ü</a>");
  EXPECT_TRUE(DecodeXml("<a>\xC3\xBC</a>", "text/xml; charset=us-ascii").repaired);
  EXPECT_EQ(DecodeXml("<?xml version='1.0' encoding='utf-8'?><a>caf\xE9 \x93x\x94</a>", "").text,
            "<?xml version='1.0' encoding='utf-8'?><a>café “x”</a>");
  EXPECT_EQ(DecodeXml("<?xml version='1.0' encoding='utf-16'?><a>b</a>", "").encoding, "utf-8");
  EXPECT_EQ(DecodeXml("<?xml version='1.0' encoding='no-such'?><a>\xC3\xBC</a>", "").encoding, "utf-8");
  EXPECT_EQ(DecodeXml("<?xml version='1.0' encoding='iso-8859-1'?><a>\x93x\x94</a>", "").text,
            "<?xml version='1.0' encoding='iso-8859-1'?><a>“x”</a>");
  EXPECT_EQ(DecodeXml("<?xml version='1.0' encoding='gb2312'?><a>\xD0\xC2</a>", "").encoding, "gb18030");
}

TEST(Charset, AFewBadBytesDoNotMakeItAnotherCharset) {
  std::string good;
  for (int i = 0; i < 100; ++i) good += "ü";
  const DecodedXml decoded = DecodeXml("<a>" + good + "\xFF</a>", "");
  EXPECT_EQ(decoded.encoding, "utf-8");
  EXPECT_TRUE(decoded.repaired);
  EXPECT_NE(decoded.text.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(Charset, ControlsAreMendedOrLeftOut) {
  EXPECT_EQ(DecodeXml("<a>don\xC2\x92t\x01\x1f</a>", "").text, "<a>don’t</a>");
  EXPECT_EQ(DecodeXml("<a>\xC2\xA9</a>", "").text, "<a>©</a>");
}

}  // namespace
}  // namespace dateline::feeds
