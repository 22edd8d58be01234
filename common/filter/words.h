#pragma once
// How text is compared: by words (bare words and ":"), and as a whole ("=" and its kin). Both ignore case, the form of
// quotation marks and how characters are composed; words ignore punctuation and accents too, so that "medecins" finds
// "Médecins" and "co-operation" finds "co operation". In scripts that do not put spaces between words (Chinese,
// Japanese, Korean, Thai, Lao, Khmer, Burmese) a word may begin and end anywhere. Pure and thread-safe.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/filter/ast.h"

namespace dateline::filter {

// One wildcard in words stands for at most so many bytes of a word; it bounds the time of a match.
inline constexpr size_t kWildcardBytesMax = 64;

// The words of `text` in the form in which they are compared, separated by one space, none around them.
std::string FoldWords(std::string_view text);
// The same into a text that is used again, which may not be `text` itself.
void FoldWords(std::string_view text, std::string* out);

// A part of folded words, as half-open byte offsets.
struct WordRange {
  size_t begin = 0;
  size_t end = 0;
};

// Counts words of a text that FoldWords() made, going forward. In scripts without spaces every character is a word.
class WordCounter {
 public:
  explicit WordCounter(std::string_view words) : words_(words) {}
  // How many words begin before `offset`, which is no smaller than at the call before.
  size_t Before(size_t offset);

 private:
  std::string_view words_;
  size_t at_ = 0;
  size_t count_ = 0;
  bool edge_ = true;  // What stands at `at_`, unless it is a gap, begins a word.
};

// The characters that need no space around a word.
bool IsUnspaced(char32_t c);
// False when `words` surely have none of them, told by lead bytes.
bool MayHaveUnspaced(std::string_view words);

// What words begin and end at: a run of spaced characters, or one character of a script without spaces.
struct WordSegment {
  std::string_view text;
  bool unspaced = false;
  bool joined = false;  // Follows the one before without space.
};
// The segments of a text that FoldWords() made, or of a part of it.
std::vector<WordSegment> SplitSegments(std::string_view words);

// A word or phrase to look for. A wildcard stands for any part of a word.
class WordPattern {
 public:
  WordPattern() = default;
  explicit WordPattern(const Pattern& pattern);

  // True when nothing is left to look for, as with "..." or a lone asterisk.
  bool empty() const;
  // Whether `words` has it. `words` is made by FoldWords; several such texts may be joined by line feeds, which no
  // match crosses.
  bool FoundIn(std::string_view words) const { return Find(words, 0).has_value(); }
  // The first match that begins at `from` or later.
  std::optional<WordRange> Find(std::string_view words, size_t from) const;
  // What stands between the wildcards, folded.
  const std::vector<std::string>& pieces() const { return pieces_; }
  // When it asks for one whole word of a script with spaces, that; when for the beginning of one, that.
  std::optional<std::string_view> AsWord() const { return IfIs(Kind::kWord); }
  std::optional<std::string_view> AsPrefix() const { return IfIs(Kind::kPrefix); }

 private:
  enum class Kind { kWord, kPrefix, kOther };
  Kind KindOf() const;
  std::optional<std::string_view> IfIs(Kind kind) const {
    return kind_ == kind ? std::optional<std::string_view>(pieces_.front()) : std::nullopt;
  }
  // Where the match that begins before `at` with the first piece ends.
  std::optional<size_t> MatchesAt(std::string_view words, size_t at) const;

  std::vector<std::string> pieces_;
  Kind kind_ = Kind::kOther;
};

// Text to compare with as a whole. A wildcard stands for any text.
class ExactPattern {
 public:
  ExactPattern() = default;
  explicit ExactPattern(const Pattern& pattern);

  bool Matches(std::string_view text) const;
  // Negative, zero or positive: where `text` stands in the order of code points. For a pattern without wildcard.
  int Compare(std::string_view text) const;
  // What stands between the wildcards, folded by text::FoldKey.
  const std::vector<std::string>& pieces() const { return pieces_; }

 private:
  std::vector<std::string> pieces_;
};

}  // namespace dateline::filter
