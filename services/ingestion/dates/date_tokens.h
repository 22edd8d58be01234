#pragma once
// Cuts a date into numbers, words and signs. Internal to this module; pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::dates {

struct Token {
  enum class Kind : std::uint8_t { kNumber, kWord, kSign };
  Kind kind = Kind::kSign;
  char sign = '\0';           // ASCII; other signs are left out.
  bool space_before = false;  // Behind white space, or first.
  bool capitals = false;      // A word in capital ASCII letters.
  int digits = 0;             // How many a number has.
  std::int64_t value = 0;     // Of a number with at most 18 digits.
  std::string word;           // Folded: lower case without accents. One letter each in Han and Hangul.
  std::size_t begin = 0;      // Bytes of the text.
  std::size_t end = 0;

  bool IsNumber(int least, int most) const { return kind == Kind::kNumber && digits >= least && digits <= most; }
  bool IsSign(char c) const { return kind == Kind::kSign && sign == c; }
  bool IsWord(std::string_view folded) const { return kind == Kind::kWord && word == folded; }
};

// Digits of every script count as digits.
std::vector<Token> Tokenize(std::string_view text);

// Lower case, without accents.
std::string FoldWord(std::string_view word);

}  // namespace dateline::dates
