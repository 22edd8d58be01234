#pragma once
// How text is compared: by words (bare words and ":"), and as a whole ("=" and its kin). Both ignore case, the form of
// quotation marks and how characters are composed; words ignore punctuation and accents too, so that "medecins" finds
// "Médecins" and "co-operation" finds "co operation". In scripts that do not put spaces between words (Chinese,
// Japanese, Korean, Thai, Lao, Khmer, Burmese) a word may begin and end anywhere. Pure and thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "common/filter/ast.h"

namespace dateline::filter {

// One wildcard in words stands for at most so many bytes of a word; it bounds the time of a match.
inline constexpr size_t kWildcardBytesMax = 64;

// The words of `text` in the form in which they are compared, separated by one space, none around them.
std::string FoldWords(std::string_view text);

// A word or phrase to look for. A wildcard stands for any part of a word.
class WordPattern {
 public:
  WordPattern() = default;
  explicit WordPattern(const Pattern& pattern);

  // True when nothing is left to look for, as with "..." or a lone asterisk.
  bool empty() const;
  // Whether `words` has it. `words` is made by FoldWords; several such texts may be joined by line feeds, which no
  // match crosses.
  bool FoundIn(std::string_view words) const;

 private:
  bool MatchesAt(std::string_view words, size_t at) const;

  std::vector<std::string> pieces_;
};

// Text to compare with as a whole. A wildcard stands for any text.
class ExactPattern {
 public:
  ExactPattern() = default;
  explicit ExactPattern(const Pattern& pattern);

  bool Matches(std::string_view text) const;
  // Negative, zero or positive: where `text` stands in the order of code points. For a pattern without wildcard.
  int Compare(std::string_view text) const;

 private:
  std::vector<std::string> pieces_;
};

}  // namespace dateline::filter
