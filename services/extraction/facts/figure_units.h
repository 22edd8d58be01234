#pragma once
// What a number counts or measures: the unit, currency or noun behind it ("33 officials", "40 miles per gallon",
// "two-day", "four of the world's biggest groups"). How a language marks the noun that is counted comes from its pack.
// Pure, thread-safe; one read looks at a bounded number of tokens.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/numerals.h"

namespace dateline::extraction {

enum class UnitKind : std::uint8_t {
  kNone,
  kPercent,
  kMoney,
  kMeasure,   // a unit that the pack lists
  kCompound,  // "12-member"
  kNoun,      // a noun that the grammar finds
};

// The unit of a number: it ends before token `next`.
struct UnitMatch {
  UnitKind kind = UnitKind::kNone;
  std::string unit;
  std::uint32_t next = 0;
};

class UnitReader {
 public:
  UnitReader(const Analysis& analysis, const NumeralReader& numerals);

  // What stands behind `numeral`, not beyond token `end`.
  UnitMatch Read(const Numeral& numeral, std::uint32_t end) const;

  // Whether the folded word has the form of a plural.
  bool LooksPlural(std::uint32_t token) const;

 private:
  // How the noun is found.
  enum class NounRule : std::uint8_t { kPlural, kFirstPlural, kCapital, kNextWord };

  UnitMatch Listed(std::uint32_t token, bool compound) const;
  UnitMatch Noun(const Numeral& numeral, std::uint32_t end) const;
  UnitMatch PluralNoun(std::uint32_t token, std::uint32_t end) const;
  UnitMatch SingularNoun(std::uint32_t token, std::uint32_t end) const;
  bool EndsNounPhrase(std::uint32_t token) const;
  // Whether a plural is the next word, or stands behind one or two describing words.
  bool PluralSoon(std::uint32_t token) const;
  // Whether the conjunction at `token` joins what describes the noun: the phrase began at `first`.
  bool IsCoordination(std::uint32_t token, std::uint32_t first) const;
  bool IsInnerHyphen(std::uint32_t token, std::uint32_t end) const;

  const Analysis& analysis_;
  const NumeralReader& numerals_;
  NounRule noun_rule_ = NounRule::kNextWord;
  std::vector<std::string_view> plural_endings_;
  std::vector<std::string_view> singular_endings_;
};

}  // namespace dateline::extraction
