#include "common/text/utf8.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "common/base/byte_words.h"
#include "common/base/truncate_utf8.h"

namespace dateline::text {
namespace {

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Reads one character; length 0 means that the bytes at `offset` are ill-formed. `offset` is inside `text`.
CodePoint ReadStrict(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const std::size_t left = text.size() - offset;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  // The permitted range of the second byte excludes overlong forms, surrogates and what lies past U+10FFFF.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  char32_t value = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    value = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    value = lead & 0x0FU;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    value = lead & 0x07U;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || left < length || byte(1) < low || byte(1) > high) return {kReplacement, 0};
  value = (value << 6U) | (byte(1) & 0x3FU);
  for (std::size_t i = 2; i < length; ++i) {
    if (!IsContinuation(text[offset + i])) return {kReplacement, 0};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  return {value, length};
}

std::size_t Width(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return 0;
  if (c < 0x300) return 1;
  switch (u_charType(point)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
    case U_CONTROL_CHAR:
      return 0;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

std::size_t SkipAscii(std::string_view text, std::size_t offset) {
  // Long stretches four words at a time.
  while (offset + 4 * sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t words[4];
    std::memcpy(words, text.data() + offset, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) != 0) break;
    offset += sizeof(words);
  }
  while (offset + kWordBytes <= text.size()) {
    const std::uint64_t wide = WideBytes(WordAt(text, offset));
    if (wide != 0) return offset + FirstByte(wide);
    offset += kWordBytes;
  }
  while (offset < text.size() && static_cast<unsigned char>(text[offset]) < 0x80) ++offset;
  return offset;
}

std::size_t FirstInvalidUtf8(std::string_view text) {
  for (std::size_t i = SkipAscii(text, 0); i < text.size();) {
    const CodePoint c = ReadStrict(text, i);
    if (c.length == 0) return i;
    i += c.length;
    // Texts in other scripts have one such character after another.
    if (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) i = SkipAscii(text, i);
  }
  return kAllValid;
}

CodePoint WideCodePointAt(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return {};
  CodePoint c = ReadStrict(text, offset);
  if (c.length == 0) c.length = 1;
  return c;
}

CodePoint CodePointBefore(std::string_view text, std::size_t offset) {
  if (offset > text.size()) offset = text.size();
  if (offset == 0) return {};
  for (std::size_t back = 1; back <= 4 && back <= offset; ++back) {
    if (IsContinuation(text[offset - back])) continue;
    const CodePoint c = ReadStrict(text, offset - back);
    if (c.length == back) return c;
    break;
  }
  return {kReplacement, 1};
}

bool IsBoundary(std::string_view text, std::size_t offset) {
  return offset == text.size() || (offset < text.size() && !IsContinuation(text[offset]));
}

void AppendUtf8(char32_t value, std::string& out) {
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = kReplacement;
  std::array<char, 4> bytes{};
  std::size_t count = 0;
  const auto put = [&](char32_t byte) { bytes[count++] = static_cast<char>(static_cast<unsigned char>(byte)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0U | (value >> 6U));
    put(0x80U | (value & 0x3FU));
  } else if (value < 0x10000) {
    put(0xE0U | (value >> 12U));
    put(0x80U | ((value >> 6U) & 0x3FU));
    put(0x80U | (value & 0x3FU));
  } else {
    put(0xF0U | (value >> 18U));
    put(0x80U | ((value >> 12U) & 0x3FU));
    put(0x80U | ((value >> 6U) & 0x3FU));
    put(0x80U | (value & 0x3FU));
  }
  out.append(bytes.data(), count);
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t bad = FirstInvalidUtf8(text.substr(begin));
    if (bad == kAllValid) break;
    out.append(text.substr(begin, bad));
    AppendUtf8(kReplacement, out);
    begin += bad + 1;
  }
  out.append(text.substr(std::min(begin, text.size())));
  return out;
}

std::size_t CountCodePoints(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); i += CodePointAt(text, i).length) ++count;
  return count;
}

std::string_view TruncateUtf8(std::string_view text, std::size_t max_bytes) {
  return dateline::TruncateUtf8(text, max_bytes);
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = CodePointAt(text, i);
    width += Width(c.value);
    i += c.length;
  }
  return width;
}

std::string TruncateToWidth(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t cut = 0;  // the longest prefix that leaves one column for the ellipsis
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = CodePointAt(text, i);
    width += Width(c.value);
    i += c.length;
    if (width + 1 <= columns) cut = i;
    if (width > columns) {
      if (columns == 0) return {};
      return std::string(text.substr(0, cut)) + "\u2026";
    }
  }
  return std::string(text);
}

bool IsWideSpace(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

std::size_t FindSpace(std::string_view text, std::size_t offset) {
  while (offset < text.size()) {
    const auto byte = static_cast<unsigned char>(text[offset]);
    if (byte > ' ' && byte < 0x80 && offset + kWordBytes <= text.size()) {
      // Up to the first byte that may be white space.
      const std::uint64_t word = WordAt(text, offset);
      const std::uint64_t found = BytesBelow(word, ' ' + 1) | WideBytes(word);
      offset += found == 0 ? kWordBytes : FirstByte(found);
      continue;
    }
    if (byte < 0x80) {
      if (byte <= ' ' && IsSpace(byte)) break;
    } else if (byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3) || byte == 0xEF) {
      // All white space past ASCII begins with one of these; other bytes need not be put together.
      if (IsSpace(CodePointAt(text, offset).value)) break;
    }
    ++offset;
  }
  return offset;
}

std::string_view TrimSpace(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto first = static_cast<unsigned char>(text[begin]);
    if (first < 0x80) {
      if (!IsSpace(first)) break;
      ++begin;
      continue;
    }
    const CodePoint c = CodePointAt(text, begin);
    if (!IsSpace(c.value)) break;
    begin += c.length;
  }
  std::size_t end = text.size();
  while (end > begin) {
    const auto last = static_cast<unsigned char>(text[end - 1]);
    if (last > ' ' && last < 0x80) break;
    const CodePoint c = last < 0x80 ? CodePoint{last, 1} : CodePointBefore(text.substr(begin), end - begin);
    if (!IsSpace(c.value)) break;
    end -= c.length;
  }
  return text.substr(begin, end - begin);
}

std::string CollapseSpace(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t space = SpaceAt(text, i); space > 0) {
      i += space;
      continue;
    }
    const std::size_t end = FindSpace(text, i);
    if (!out.empty()) out.push_back(' ');
    out.append(text.substr(i, end - i));
    i = end;
  }
  return out;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;  // of the line end at i
    const char c = text[i];
    if (c == '\n') {
      length = 1;
    } else if (c == '\r') {
      length = i + 1 < text.size() && text[i + 1] == '\n' ? 2 : 1;
    } else if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\x85') {
      length = 2;
    } else if (c == '\xE2' && i + 2 < text.size() && text[i + 1] == '\x80' &&
               (text[i + 2] == '\xA8' || text[i + 2] == '\xA9')) {
      length = 3;
    }
    if (length == 0) {
      ++i;
      continue;
    }
    lines.push_back(text.substr(begin, i - begin));
    i += length;
    begin = i;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace dateline::text
