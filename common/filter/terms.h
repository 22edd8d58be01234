#pragma once
// What an inverted index needs to know: the terms without which a clause of a filter cannot hold, and the terms of a
// record. Of many clauses the terms say all; the others are evaluated where a record has their terms. For a record of
// which parts are missing, no term of a missing part says anything. Pure and thread-safe.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/filter/condition.h"

namespace dateline::filter {

// Beginnings of words that are terms have so many characters.
inline constexpr size_t kPrefixCharacters = 3;

struct Term {
  enum class Kind {
    kWord,     // A folded word; of scripts without spaces a character or two neighbours.
    kPair,     // Two neighbouring words of scripts with spaces, one space between them.
    kPrefix,   // The first kPrefixCharacters characters of a folded word.
    kValue,    // The whole value: text folded by text::FoldKey, the number of an enumeration, "true" or "false".
    kPresent,  // There is a value.
    kChanged,  // `text`, a dotted path or "*", is among the changes; `path` is empty.
  };
  Kind kind = Kind::kWord;
  // Of the field, dotted; of several fields together, joined by "|"; empty for the places where bare words are looked
  // for.
  std::string path;
  std::string text;

  auto operator<=>(const Term&) const = default;
};

// How many kinds there are, and some of them together.
inline constexpr size_t kTermKinds = 6;
class TermKinds {
 public:
  static TermKinds All() { return TermKinds((1U << kTermKinds) - 1); }
  void Remove(Term::Kind kind) { bits_ &= ~Bit(kind); }
  bool Has(Term::Kind kind) const { return (bits_ & Bit(kind)) != 0; }
  bool HasWords() const { return Has(Term::Kind::kWord) || Has(Term::Kind::kPair) || Has(Term::Kind::kPrefix); }

 private:
  explicit TermKinds(uint32_t bits) : bits_(bits) {}
  static uint32_t Bit(Term::Kind kind) { return 1U << static_cast<uint32_t>(kind); }
  uint32_t bits_;
};

// What a record has to have for one clause to hold.
struct ClauseTerms {
  std::vector<Term> terms;  // All of them are required. Ordered, without repeats.
  bool sufficient = false;  // The clause holds exactly when the record has them all.
};
// `clause` is of the kind kWords, kComparison or kFunction.
ClauseTerms FindClauseTerms(const Condition& clause);

// The fields that Term::path names, resolved once for many records. None for a path that the schema does not have.
struct TermPath {
  bool bare_words = false;
  std::vector<FieldPath> fields;
};
TermPath ResolveTermPath(const Schema& schema, std::string_view path);

// Calls `visit` for each term that a record has of a path, in no order and with repeats; for the empty path the bare
// words and the changes. Terms of other kinds than the wanted may come or not. The text is valid during the call only.
void VisitTerms(const Subject& subject, const TermPath& path, TermKinds wanted,
                absl::FunctionRef<void(Term::Kind, std::string_view)> visit);

// The same as values; ordered, without repeats.
std::vector<Term> TermsOf(const Subject& subject, std::string_view path);

// The words that stand whole in every match of the pattern, and the beginning that an open wildcard leaves, as terms of
// `path`. All of them are required.
std::vector<Term> PatternTerms(const WordPattern& pattern, const std::string& path);

// Calls `visit` for the words, pairs of words and beginnings of words of folded text, in the order of the text.
void VisitWordTerms(std::string_view words, absl::FunctionRef<void(Term::Kind, std::string_view)> visit);

}  // namespace dateline::filter
