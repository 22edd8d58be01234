#pragma once
// Text as the search index sees it: a sequence of terms, folded so that case, accents and full-width forms do not
// matter. Words of alphabetic scripts are terms; Chinese, Japanese and Korean, which do not set spaces as others do,
// give overlapping pairs of characters and the last character of each run, so that words of two characters and even one
// are found. Index, queries, snippets and the memory store all use this one function, whatever the back end's own
// tokenizer does. Pure and thread-safe. Invalid UTF-8 separates words.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::storage {

// Changes whenever the terms of some text change; a back end then rebuilds its index.
inline constexpr int kSearchTextVersion = 1;
// Longer words are cut.
inline constexpr size_t kTermBytesMax = 96;

// One term and the bytes of the text that it comes from.
struct Term {
  std::string text;
  uint32_t start = 0;
  uint32_t end = 0;
};

// All terms in order; two terms are neighbours exactly when their indexes are.
std::vector<Term> SearchTerms(std::string_view utf8);

// The terms joined by spaces: what is given to a back end's full-text index.
std::string IndexForm(std::string_view utf8);

// What to look for to find `words` as a phrase.
struct Phrase {
  std::vector<std::string> terms;  // Neighbours in this order; empty when the words have no letter or digit.
  bool prefix = false;             // The last term stands for all terms that begin with it.
};
Phrase SearchPhrase(std::string_view words, bool prefix);

}  // namespace dateline::storage
