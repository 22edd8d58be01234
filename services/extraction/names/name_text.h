#pragma once
// The text as the rules for names see it: for every capitalised word its key, what the word table knows of it, and
// whether its capital tells anything (in a line of capitals it does not). Borrows the analysis, which has to outlive
// it. Immutable after construction, linear in the tokens.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/analysis/analysis.h"
#include "services/extraction/gazetteer/word_table.h"

namespace dateline::extraction {

class NameText {
 public:
  explicit NameText(const Analysis& analysis);

  const Analysis& analysis() const { return *analysis_; }
  std::uint32_t size() const { return analysis_->size(); }
  std::string_view Text(std::uint32_t i) const { return analysis_->Text(i); }
  bool Is(std::uint32_t i, Lexicon lexicon) const { return i < size() && analysis_->Covers(i, lexicon); }
  bool Mark(std::uint32_t i, std::string_view mark) const { return i < size() && analysis_->Text(i) == mark; }

  // A word with a capital letter.
  bool Capital(std::uint32_t i) const {
    return i < size() && analysis_->token(i).kind == TokenKind::kWord && analysis_->token(i).Has(kCapital);
  }
  // A word of a script without capitals: ideographs, Hebrew, Arabic and what follows them in Unicode.
  bool Uncased(std::uint32_t i) const;
  // A word of two or more capitals, in a line that is not all capitals.
  bool Acronym(std::uint32_t i) const;
  // Traits of the word at `i` (WordTrait), 0 when it is not capitalised.
  std::uint8_t Traits(std::uint32_t i) const { return i < size() ? traits_[i] : std::uint8_t{0}; }
  bool FirstName(std::uint32_t i) const { return (Traits(i) & (kMaleName | kFemaleName)) != 0; }
  bool LastName(std::uint32_t i) const { return (Traits(i) & kLastName) != 0; }
  bool Ordinary(std::uint32_t i) const { return (Traits(i) & kOrdinaryWord) != 0; }
  // It stands at the beginning of a sentence or behind an opening quotation mark there: its capital tells nothing.
  bool SentenceStart(std::uint32_t i) const { return Marked(i, kStart); }
  // The line is in capitals, or a headline in which nearly all words have a capital.
  bool Shouting(std::uint32_t i) const { return Marked(i, kShout); }
  bool TitleCase(std::uint32_t i) const { return Marked(i, kTitle); }
  // The section of the release may give facts (not menus and related links).
  bool Usable(std::uint32_t i) const { return Marked(i, kUsable); }
  // A word that can be part of a name: a capital, no stop word, month or weekday.
  bool NameWord(std::uint32_t i) const { return Marked(i, kName); }
  // The language writes every noun with a capital: two of them in a row are no name for that.
  bool CapitalNouns() const { return capital_nouns_; }
  // White space of the same line stands before the token: names end with their line.
  bool Spaced(std::uint32_t i) const {
    return i < size() && analysis_->token(i).Has(kSpaceBefore) && !analysis_->token(i).Has(kLineStart);
  }
  // A state behind a party: "(R-VA)", ", D-Ore.", "both R-Wyo.", "Harkin D IA".
  bool PartyState(std::uint32_t i) const;
  // Whether the hyphen at `i` joins the words beside it.
  bool Hyphen(std::uint32_t i) const;

  std::uint32_t SentenceBegin(std::uint32_t i) const { return Sentence(i).begin; }
  std::uint32_t SentenceEnd(std::uint32_t i) const { return Sentence(i).end; }
  TokenRange Sentence(std::uint32_t i) const { return analysis_->sentences()[analysis_->SentenceOf(i)].tokens; }

 private:
  enum : std::uint8_t { kStart = 1, kShout = 2, kTitle = 4, kUsable = 8, kName = 16 };

  // Rules look at the word behind a name, and there may be none.
  bool Marked(std::uint32_t i, std::uint8_t mark) const { return i < size() && (marks_[i] & mark) != 0; }
  void MarkLine(const Line& line);

  const Analysis* analysis_;
  bool capital_nouns_ = false;
  std::vector<std::uint8_t> traits_;
  std::vector<std::uint8_t> marks_;
};

}  // namespace dateline::extraction
