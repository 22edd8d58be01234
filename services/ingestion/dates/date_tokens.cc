#include "services/ingestion/dates/date_tokens.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "common/text/utf8.h"

namespace dateline::dates {
namespace {

constexpr int kDigitsMax = 18;

bool IsAsciiLetter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsWordPart(char32_t c) {
  if (c < 0x80) return IsAsciiLetter(c) || c == '_';
  const auto point = static_cast<UChar32>(c);
  return u_isalpha(point) != 0 || (U_GET_GC_MASK(point) & U_GC_M_MASK) != 0;
}

// Scripts in which a date is written without spaces: each letter is its own word.
bool StandsAlone(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3);
}

int DigitOf(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9' ? static_cast<int>(c - '0') : -1;
  return u_charDigitValue(static_cast<UChar32>(c));
}

}  // namespace

std::string FoldWord(std::string_view word) {
  if (std::all_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string lower(word);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
  }
  UErrorCode failed = U_ZERO_ERROR;
  const icu::Normalizer2* decompose = icu::Normalizer2::getNFKDInstance(failed);
  if (U_FAILURE(failed)) return std::string(word);
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(icu::StringPiece(word.data(), static_cast<int>(word.size())));
  text = decompose->normalize(text.foldCase(), failed);
  icu::UnicodeString bare;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if ((U_GET_GC_MASK(c) & U_GC_MN_MASK) == 0) bare.append(c);
  }
  // Hangul falls apart when decomposed; its syllables are what the tables hold.
  const icu::Normalizer2* compose = icu::Normalizer2::getNFCInstance(failed);
  std::string folded;
  compose->normalize(bare, failed).toUTF8String(folded);
  return folded;
}

std::vector<Token> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  bool space = true;
  for (std::size_t at = 0; at < text.size();) {
    const text::CodePoint point = text::CodePointAt(text, at);
    if (text::IsSpace(point.value)) {
      space = true;
      at += point.length;
      continue;
    }
    Token token;
    token.space_before = space;
    token.begin = at;
    if (DigitOf(point.value) >= 0) {
      token.kind = Token::Kind::kNumber;
      while (at < text.size()) {
        const text::CodePoint digit = text::CodePointAt(text, at);
        const int value = DigitOf(digit.value);
        if (value < 0) break;
        if (++token.digits <= kDigitsMax) token.value = token.value * 10 + value;
        at += digit.length;
      }
    } else if (IsWordPart(point.value)) {
      token.kind = Token::Kind::kWord;
      token.capitals = true;
      const bool alone = StandsAlone(point.value);
      while (at < text.size()) {
        const text::CodePoint letter = text::CodePointAt(text, at);
        if (!IsWordPart(letter.value) || (at > token.begin && (alone || StandsAlone(letter.value)))) break;
        if (letter.value < 'A' || letter.value > 'Z') token.capitals = false;
        at += letter.length;
      }
      token.word = FoldWord(text.substr(token.begin, at - token.begin));
    } else {
      at += point.length;
      // Dashes and full-width forms as their plain ones.
      char32_t sign = point.value;
      if (sign >= 0x2010 && sign <= 0x2015) sign = '-';
      if (sign == 0x2212) sign = '-';
      if (sign >= 0xFF01 && sign <= 0xFF5E) sign -= 0xFEE0;
      token.sign = sign < 0x80 ? static_cast<char>(sign) : '\0';
      if (token.sign == '\0') {
        space = true;
        continue;
      }
    }
    token.end = at;
    space = false;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace dateline::dates
