#pragma once
// Words, numbers and marks of a text as a flat array of byte spans, with a folded view of each for comparing. One
// linear pass; nothing is allocated per token. Scripts that write without spaces (Han, kana, Thai) give one token for
// each character. What else differs between languages comes in as WordRules. Pure and thread-safe; safe on any UTF-8.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::extraction {

enum class TokenKind : std::uint8_t {
  kWord,         // letters, with digits inside ("H5N1"); "U.S." and "don't" are one, "Jean-Pierre" three tokens
  kIdeograph,    // one character of a script without spaces
  kNumber,       // digits with separators between them: "5,000", "3.5"
  kAddress,      // an e-mail address or URL
  kPunctuation,  // full stops, commas, dashes, slashes
  kMark,         // quotation marks and brackets
  kSymbol,       // currency and percent signs and everything else
};

// What can be seen of a token, as bits.
enum TokenFlag : std::uint16_t {
  kSpaceBefore = 1 << 0,      // white space stands before it
  kLineStart = 1 << 1,        // it is the first of its line
  kSentenceStart = 1 << 2,    // it is the first of its sentence
  kCapital = 1 << 3,          // it begins with a capital letter
  kUpper = 1 << 4,            // at least two letters, all of them capital
  kInnerCapital = 1 << 5,     // a capital stands behind a small letter: "McCarthy"
  kHasDigit = 1 << 6,         // a word with digits inside
  kClitic = 1 << 7,           // the possessive ending "'s"
  kAbbreviationDot = 1 << 8,  // the full stop of an abbreviation or an initial
  kDotted = 1 << 9,           // single letters with full stops: "U.S.", "D.C."
  kInitial = 1 << 10,         // one capital letter before a full stop: "R."
};

struct Token {
  std::uint32_t begin = 0;  // bytes [begin, end) of the text
  std::uint32_t end = 0;
  std::uint32_t folded = 0;  // where its folded form stands in TokenList::folded
  std::uint16_t folded_size = 0;
  std::uint16_t flags = 0;
  std::uint32_t word = 0;  // its number in the vocabulary of the language pack, 0 when the pack does not know it
  TokenKind kind = TokenKind::kWord;

  bool Has(TokenFlag flag) const { return (flags & flag) != 0; }
  std::size_t size() const { return end - begin; }
};

// What a language says about words. Everything is folded.
struct WordRules {
  // Beginnings that are words of their own, with their apostrophe: "l'", "d'".
  std::vector<std::string> elisions;
  // Endings that are words of their own, with their apostrophe: "'s".
  std::vector<std::string> possessives;
};

// The tokens of one text.
struct TokenList {
  std::vector<Token> tokens;
  // The folded forms one after another: small letters, ASCII digits, ASCII apostrophes.
  std::string folded;

  std::string_view Folded(const Token& token) const {
    return std::string_view(folded).substr(token.folded, token.folded_size);
  }
};

// The longest token in bytes; longer runs are cut into several.
inline constexpr std::size_t kMaxTokenBytes = 1024;

// The tokens of `text` (at most 4 GiB), in order. kSentenceStart, kAbbreviationDot and `word` are not set here.
TokenList Tokenize(std::string_view text, const WordRules& rules);

}  // namespace dateline::extraction
