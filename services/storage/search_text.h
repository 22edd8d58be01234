#pragma once
// Text as the search index sees it: a sequence of terms, folded as common/filter folds words, so that a word of a
// filter and a word of a search mean the same. Words of alphabetic scripts are terms; scripts without spaces (Chinese,
// Japanese, Korean, Thai and others) give overlapping pairs of characters and the last character of each run, so that
// words of two characters and even one are found. Pure and thread-safe. Invalid UTF-8 separates words.

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::storage {

// Changes whenever the terms of some text change; a back end then rebuilds its index.
inline constexpr int kSearchTextVersion = 2;
// Longer words are cut.
inline constexpr size_t kTermBytesMax = 96;

// One term and the bytes of the text that it comes from.
struct Term {
  std::string text;
  uint32_t start = 0;
  uint32_t end = 0;
};

// Reads a text term by term, keeping none but the current one, for showing where words stand; rare forms of characters
// may fold otherwise than in the index. Of texts below 2 GiB. Not thread-safe.
class TermScanner {
 public:
  // `utf8` outlives the scanner.
  explicit TermScanner(std::string_view utf8);
  // Goes to the next term; false behind the last. Words of ASCII that begin with none of the letters and digits wanted
  // are passed over, as many as follow each other in one call: the text is empty then.
  using Letters = std::bitset<128>;
  bool Next(const Letters& wanted = ~Letters());
  // Of the current term; the view holds until the next call of Next().
  std::string_view text() const { return text_; }
  uint32_t start() const { return start_; }
  uint32_t end() const { return end_; }

 private:
  bool GoPastUnwanted(const Letters& wanted);
  void Extend(size_t at);
  bool Finish(size_t at);
  void TakePaired(size_t at, size_t next);

  const std::string_view utf8_;
  size_t offset_ = 0;
  std::string text_;
  uint32_t start_ = 0;
  uint32_t end_ = 0;
};

// All terms of a text. Two terms are neighbours exactly when their indexes are.
std::vector<Term> SearchTerms(std::string_view utf8);

// The terms joined by spaces: what is given to a back end's full-text index.
std::string IndexForm(std::string_view utf8);

// A term that stands between the values of a list, so that no phrase crosses from one to the next.
inline constexpr std::string_view kValueBreak = "\xC2\xB6";

// What to look for to find `words` as a phrase.
struct Phrase {
  std::vector<std::string> terms;  // Neighbours in this order; empty when the words have no letter or digit.
  bool prefix = false;             // The last term stands for all terms that begin with it.
  bool operator==(const Phrase&) const = default;
};
Phrase SearchPhrase(std::string_view words, bool prefix);
// Of words that filter::FoldWords() made already.
Phrase FoldedPhrase(std::string_view folded, bool prefix);

}  // namespace dateline::storage
