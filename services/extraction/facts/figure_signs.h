#pragma once
// The signs around a number by which it is no quantity but a name, an address or a place in an order: "Section 5",
// "No. 12", "I-40", "12th", "9:30", "202/228-1122", "1. The". Pure, thread-safe; looks at a bounded number of tokens.

#include <cstdint>

#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/figure_units.h"
#include "services/extraction/facts/numerals.h"

namespace dateline::extraction {

// A number with what it counts: tokens [begin, next), without comparator.
struct Quantity {
  std::uint32_t begin = 0;
  std::uint32_t next = 0;
  Numeral number;
  UnitMatch unit;
  bool negative = false;
  bool compared = false;  // a comparator stands before or behind it
};

// Whether the number that begins at `token` is part of a longer run of numbers and signs (a phone number, a time, a
// reference). `behind` becomes the first token behind the run.
bool IsNumberRun(const Analysis& analysis, std::uint32_t token, TokenRange line, std::uint32_t* behind);

// "1600 Harbour Avenue": whether the word for a street stands behind the number and capital words.
bool IsHouseNumber(const Analysis& analysis, std::uint32_t token, TokenRange line);

// Whether the words around `quantity` make it a name or a place in an order.
bool IsName(const Analysis& analysis, const NumeralReader& numerals, const Quantity& quantity, TokenRange line);

}  // namespace dateline::extraction
