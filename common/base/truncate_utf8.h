#pragma once
// Cutting text to a number of bytes without splitting a character: a part of a character is no valid UTF-8, and no
// protobuf string may hold it. Pure and thread-safe.

#include <cstddef>
#include <string_view>

namespace dateline {

// The longest beginning of `text` of at most `bytes_max` bytes that does not end within a UTF-8 sequence. Ill-formed
// text may hold long runs of continuation bytes; no character is longer than four, so at most three are taken back.
inline std::string_view TruncateUtf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

}  // namespace dateline
