#pragma once
// The charset of feeds and sitemaps. Their declarations contradict each other and the bytes more often than those of
// pages, so each is only believed when the bytes bear it out. Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::feeds {

struct DecodedXml {
  std::string text;       // UTF-8 without byte order mark and without control characters that XML forbids.
  std::string encoding;   // As which the bytes were read: the declared name where it is right.
  bool repaired = false;  // A declaration was wrong, bytes were no text, or control characters were left out.
};

// In this order, the first that the bytes bear out: byte order mark, the pattern of UTF-16 and UTF-32, the charset of
// the HTTP header, the one that the XML declaration names, UTF-8, what ICU's detector finds among the multi-byte
// charsets of East Asia, windows-1252.
DecodedXml DecodeXml(std::string_view bytes, std::string_view content_type);

}  // namespace dateline::feeds
