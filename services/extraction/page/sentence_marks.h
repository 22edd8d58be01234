#pragma once
// The characters that tell where a sentence ends, in the scripts that we read. (The block model's feature of a similar
// name is a rule of its own: its table was trained with it.) Pure and thread-safe.

namespace dateline::extraction {

// Full stop, exclamation mark, question mark or ellipsis; CJK, Arabic and Devanagari ones too.
constexpr bool IsSentenceStop(char32_t c) {
  switch (c) {
    case '.':
    case '!':
    case '?':
    case 0x2026:
    case 0x3002:
    case 0xFF01:
    case 0xFF1F:
    case 0x061F:
    case 0x06D4:
    case 0x0964:
      return true;
    default:
      return false;
  }
}

// Closing quotation marks and brackets, which may stand behind the stop.
constexpr bool IsClosingMark(char32_t c) {
  switch (c) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case 0x201D:
    case 0x2019:
    case 0xBB:
    case 0x300D:
    case 0xFF09:
      return true;
    default:
      return false;
  }
}

}  // namespace dateline::extraction
