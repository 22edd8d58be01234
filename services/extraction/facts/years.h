#pragma once
// Years that stand alone: "since 2005", "by 2030", "2010-2012", "the 2007 budget". A number of four digits is a year
// unless something makes it a quantity ("2000 people", "$2000") or a name ("Resolution 1973", "Room 2010", "1990s").
// Pure, thread-safe; looks at a bounded number of tokens.

#include <cstdint>
#include <optional>

#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/figure_units.h"
#include "services/extraction/facts/numerals.h"

namespace dateline::extraction {

struct YearMention {
  int value = 0;
  release::v1::Confidence confidence = release::v1::HIGH;
};

class YearReader {
 public:
  explicit YearReader(const Analysis& analysis)
      : analysis_(analysis), numerals_(analysis), units_(analysis, numerals_) {}
  YearReader(const YearReader&) = delete;
  YearReader& operator=(const YearReader&) = delete;

  // The year that `token` of `line` is.
  std::optional<YearMention> Read(std::uint32_t token, TokenRange line) const;

  // The digits as a year from 1900 to 2099; 0 when they are none.
  int ValueAt(std::uint32_t token, TokenRange line) const;

 private:
  bool IsQuantity(std::uint32_t token, TokenRange line, bool cue) const;
  bool IsInName(std::uint32_t token, TokenRange line) const;
  bool IsCue(std::uint32_t token, TokenRange line) const;

  const Analysis& analysis_;
  NumeralReader numerals_;
  UnitReader units_;
};

}  // namespace dateline::extraction
