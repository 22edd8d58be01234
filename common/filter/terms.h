#pragma once
// What an inverted index needs to know: the terms without which a filter cannot match, and the terms of a record. A
// record can match only when, of every group of the filter, it has at least one term. This is necessary and not
// sufficient: what the index finds is then evaluated. For a record of which parts are missing, no group that asks for a
// missing part says anything. Pure and thread-safe.

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/filter/condition.h"

namespace dateline::filter {

// Beginnings of words that are terms have so many characters.
inline constexpr size_t kPrefixCharacters = 3;
// Of a group with more terms nothing is required.
inline constexpr size_t kGroupTermsMax = 256;

struct Term {
  enum class Kind {
    kWord,     // A folded word; of scripts without spaces a character or two neighbours.
    kPrefix,   // The first kPrefixCharacters characters of a folded word.
    kValue,    // The whole value: text folded by text::FoldKey, the number of an enumeration, "true" or "false".
    kPresent,  // There is a value.
    kChanged,  // `text`, a dotted path or "*", is among the changes; `path` is empty.
  };
  Kind kind = Kind::kWord;
  std::string path;  // Of the field, dotted; empty for the places where bare words are looked for.
  std::string text;

  auto operator<=>(const Term&) const = default;
};

// At least one of these. Ordered, without repeats.
using TermGroup = std::vector<Term>;

// All groups; none when nothing can be required, as for a filter that only excludes.
std::vector<TermGroup> FindRequiredTerms(const Condition& condition);

// The terms that a record has of `path`, as in Term::path; ordered, without repeats. For an empty path the bare words
// and the changes. A path that the schema does not have gives none.
std::vector<Term> TermsOf(const Subject& subject, std::string_view path);

// The words that stand whole in every match of the pattern, and the beginning that an open wildcard leaves, as terms of
// `path`. All of them are required.
std::vector<Term> PatternTerms(const WordPattern& pattern, const std::string& path);

// The words and beginnings of words of folded text, as terms of `path`, in no order and with repeats.
void AppendWordTerms(std::string_view words, const std::string& path, std::vector<Term>* out);

}  // namespace dateline::filter
