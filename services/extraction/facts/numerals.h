#pragma once
// Numbers as people write them: "5,491,325", "377 000", "2.5 million", "twenty-one", "two hundred and fifty thousand",
// "half a million", "two-thirds", "3万". The words and the signs come from the language pack. A run of digits that is
// no well-formed number ("1,2,3", "17.10.2022", more digits than a double holds exactly) gives nothing, never a wrong
// value. Pure, thread-safe; one read looks at a bounded number of tokens.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/extraction/analysis/analysis.h"

namespace dateline::extraction {

// A number: tokens [begin, next).
struct Numeral {
  std::uint32_t begin = 0;
  std::uint32_t next = 0;
  double value = 0;     // scale applied
  double unscaled = 0;  // without it
  double scale = 1;
  int digits = 0;         // of a whole number in bare digits; 0 for all others
  bool words = false;     // it has number words
  bool grouped = false;   // "5,000", "5 000"
  bool fraction = false;  // "half", "two thirds"
};

// How the language writes numbers: the lexicon number_rules.
struct NumberStyle {
  char decimal = '.';
  char group = ',';
  bool ordinal_stop = false;  // "3." is "third"

  explicit NumberStyle(const LanguagePack& pack);
};

// Reads the numbers of one text.
class NumeralReader {
 public:
  explicit NumeralReader(const Analysis& analysis) : analysis_(analysis), style_(analysis.pack()) {}

  // The number that begins at `token`, scales and fractions included. `money` allows scales that only follow a
  // currency ("£15m").
  std::optional<Numeral> Read(std::uint32_t token, bool money) const;

  // A well-formed number of digits and separators; nullopt otherwise.
  std::optional<Numeral> ReadDigits(std::string_view folded) const;

  bool WritesOrdinalsWithStop() const { return style_.ordinal_stop; }

  // Whether the token is the word of `role` in number_rules: "of", "link", "range".
  bool Is(std::uint32_t token, std::string_view role) const;

 private:
  std::optional<Numeral> Digits(std::uint32_t token) const;
  std::optional<Numeral> Words(std::uint32_t token) const;
  std::optional<Numeral> Fraction(std::uint32_t token) const;
  std::optional<Numeral> ArticleScale(std::uint32_t token) const;
  void TakeSpacedGroups(Numeral* numeral, std::string* digits) const;
  void TakeScales(Numeral* numeral, bool money) const;
  void TakeHalf(Numeral* numeral) const;
  bool IsHyphen(std::uint32_t token) const;

  const Analysis& analysis_;
  NumberStyle style_;
};

// `n` parts of which a whole has 1 / `part`, with four places where it does not end.
double FractionOf(double n, double part);

}  // namespace dateline::extraction
