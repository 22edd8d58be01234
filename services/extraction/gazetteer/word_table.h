#pragma once
// What is known of single words: first names (with gender), last names, ordinary English words. About 120,000 words of
// many languages in one embedded table (data/README.md names its sources). Immutable, thread-safe, nothing to
// construct.

#include <cstdint>
#include <string_view>

namespace dateline::extraction {

// What a word may be; the values of the table's bytes.
enum WordTrait : std::uint8_t {
  kMaleName = 1,
  kFemaleName = 2,
  kLastName = 4,
  // The dictionary writes it in small letters.
  kOrdinaryWord = 8,
};

// Looks words up.
class WordTable {
 public:
  // Traits of the word with this key, 0 when unknown.
  static std::uint8_t Find(std::uint64_t key);
  static std::uint8_t Find(std::string_view word);
  static std::size_t size();
};

}  // namespace dateline::extraction
