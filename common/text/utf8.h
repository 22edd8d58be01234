#pragma once
// Walking, checking, cutting and measuring UTF-8. Everything is pure, allocates only its result, and runs in linear
// time. Functions that take `text` as UTF-8 are safe on any bytes: an ill-formed byte counts as one U+FFFD.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::text {

inline constexpr char32_t kReplacement = 0xFFFD;
// What FirstInvalidUtf8 returns for well-formed text.
inline constexpr std::size_t kAllValid = static_cast<std::size_t>(-1);

// The offset of the first byte that is not part of well-formed UTF-8; kAllValid when there is none.
std::size_t FirstInvalidUtf8(std::string_view text);
inline bool IsValidUtf8(std::string_view text) {
  return FirstInvalidUtf8(text) == kAllValid;
}

// One character and the number of bytes it takes (1 for an ill-formed byte, 0 at the end).
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;
};

// The same as CodePointAt for what is not ASCII.
CodePoint WideCodePointAt(std::string_view text, std::size_t offset);
// The character that begins at `offset` (any value; behind the end gives length 0). Inline, because most are ASCII.
inline CodePoint CodePointAt(std::string_view text, std::size_t offset) {
  if (offset < text.size() && static_cast<unsigned char>(text[offset]) < 0x80)
    return {static_cast<unsigned char>(text[offset]), 1};
  return WideCodePointAt(text, offset);
}
// The character that ends right before `offset`; length 0 at the beginning.
CodePoint CodePointBefore(std::string_view text, std::size_t offset);

// Whether `offset` does not lie inside a character: at the end, or at a byte that is not a continuation byte.
bool IsBoundary(std::string_view text, std::size_t offset);

// Appends `value` as UTF-8; a surrogate or a number past U+10FFFF becomes U+FFFD.
void AppendUtf8(char32_t value, std::string& out);

// `text` with every ill-formed byte replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

// How many characters.
std::size_t CountCodePoints(std::string_view text);

// The longest prefix of at most `max_bytes` bytes that ends on a character boundary.
std::string_view TruncateUtf8(std::string_view text, std::size_t max_bytes);

// How many columns `text` takes in a terminal: wide and full-width East Asian characters and emoji 2, combining and
// control characters 0, all others 1.
std::size_t DisplayWidth(std::string_view text);

// `text` if it fits into `columns`; otherwise its longest prefix that fits together with a final "…".
std::string TruncateToWidth(std::string_view text, std::size_t columns);

// The offset of the first byte at or behind `offset` that is not ASCII; the size when there is none.
std::size_t SkipAscii(std::string_view text, std::size_t offset);

// Unicode white space, no-break spaces, and zero-width space and byte order mark.
bool IsWideSpace(char32_t c);  // past ASCII
inline bool IsSpace(char32_t c) {
  return c < 0x80 ? c == ' ' || (c >= 0x09 && c <= 0x0D) : IsWideSpace(c);
}

// How many bytes the white space takes that begins at `offset`; 0 when none does.
inline std::size_t SpaceAt(std::string_view text, std::size_t offset) {
  const CodePoint c = CodePointAt(text, offset);
  return c.length > 0 && IsSpace(c.value) ? c.length : 0;
}
// The offset of the first white space at or behind `offset`; the size when there is none.
std::size_t FindSpace(std::string_view text, std::size_t offset);

// `text` without leading and trailing IsSpace characters.
std::string_view TrimSpace(std::string_view text);

// `text` trimmed, every run of IsSpace characters become one U+0020.
std::string CollapseSpace(std::string_view text);

// The lines of `text`, ended by LF, CR, CRLF, U+0085, U+2028 or U+2029, without these; a final empty line is not
// counted.
std::vector<std::string_view> SplitLines(std::string_view text);

}  // namespace dateline::text
