#pragma once
// Which facts are looked for in which language: told by the lexicons that a language pack has and the finders need.
// Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/language/language_pack.h"

namespace dateline::extraction {

// What one pack is good for.
struct LanguageCoverage {
  // BCP 47.
  std::string language;
  // The kinds of facts, called as the fields of the release ("people", "quotes"), in the order of the record. A kind
  // that is not named is not found in texts of this language.
  std::vector<std::string_view> facts;
  // How many lexicons of its own it has, and entries in them.
  std::size_t lexicons = 0;
  std::size_t entries = 0;
  // Whether a learnt model finds names beyond the rules.
  bool name_model = false;
};

// By language, in alphabetical order.
std::vector<LanguageCoverage> CoverageOf(const LanguagePacks& packs);

}  // namespace dateline::extraction
