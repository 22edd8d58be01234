#include "services/extraction/names/name_text.h"

namespace dateline::extraction {
namespace {

using release::v1::Section;

// A line of at least so many words is a headline when at most one in kSmallShare of its longer words is small.
constexpr int kHeadlineWords = 4;
constexpr int kSmallShare = 6;
constexpr std::size_t kLongWord = 4;

bool GivesFacts(Section::Kind section) {
  return section != Section::RELATED && section != Section::ABOUT;
}

}  // namespace

NameText::NameText(const Analysis& analysis) : analysis_(&analysis), traits_(analysis.size()), marks_(analysis.size()) {
  for (const LexiconEntry& rule : analysis.pack().entries(Lexicon::kNumberRules))
    capital_nouns_ = capital_nouns_ || rule.code == "noun_capital";
  for (const Line& line : analysis.lines()) MarkLine(line);
}

void NameText::MarkLine(const Line& line) {
  int words = 0;
  int capitals = 0;
  int upper = 0;
  int long_small = 0;
  for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i) {
    const Token& token = analysis_->token(i);
    if (token.kind != TokenKind::kWord || token.Has(kClitic) || token.size() < 2) continue;
    ++words;
    capitals += token.Has(kCapital) ? 1 : 0;
    upper += token.Has(kUpper) ? 1 : 0;
    long_small += !token.Has(kCapital) && token.size() > kLongWord ? 1 : 0;
  }
  const bool shout = words >= 2 && upper * 10 >= words * 7 && (words > 2 || upper == words);
  // "Foreign Secretary Ada Quay said:" is no headline either.
  const std::uint32_t last = line.tokens.end > line.tokens.begin ? line.tokens.end - 1 : line.tokens.begin;
  const bool stop = last < size() && (Text(last) == "." || Text(last) == ":" || Text(last) == "," ||
                                      Text(last) == ";" || analysis_->Covers(last, Lexicon::kConjunctions));
  const bool title = !stop && words >= kHeadlineWords && long_small * kSmallShare <= capitals && capitals * 2 >= words;
  for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i) {
    const Token& token = analysis_->token(i);
    std::uint8_t& mark = marks_[i];
    if (shout) mark |= kShout;
    if (title || shout) mark |= kTitle;
    if (GivesFacts(line.section)) mark |= kUsable;
    const bool after_opening =
        i > line.tokens.begin && analysis_->token(i - 1).kind == TokenKind::kMark &&
        (analysis_->token(i - 1).Has(kSentenceStart) || analysis_->token(i - 1).Has(kSpaceBefore)) &&
        Text(i - 1) != "(";
    const bool after_bullet = i > line.tokens.begin && (Text(i - 1) == ":" || Text(i - 1) == "•" || Text(i - 1) == "*");
    if (token.Has(kSentenceStart) || after_opening || after_bullet) mark |= kStart;
    if (token.kind != TokenKind::kWord || !token.Has(kCapital)) continue;
    traits_[i] = WordTable::Find(Text(i));
    const bool stop_word = analysis_->Covers(i, Lexicon::kStopWords) || analysis_->Covers(i, Lexicon::kDeterminers) ||
                           analysis_->Covers(i, Lexicon::kPronouns);
    // "April Hale" is a person, "on November" is not.
    const bool given = (traits_[i] & (kMaleName | kFemaleName)) != 0 && i + 1 < line.tokens.end &&
                       analysis_->token(i + 1).Has(kCapital) &&
                       !(i > line.tokens.begin && analysis_->Covers(i - 1, Lexicon::kPrepositions));
    const bool day = (analysis_->Covers(i, Lexicon::kMonths) || analysis_->Covers(i, Lexicon::kWeekdays)) && !given;
    // "Little", "Under": a small word elsewhere, a name behind a first name.
    if (stop_word && token.size() > 3 && !analysis_->Covers(i, Lexicon::kDeterminers) &&
        (traits_[i] & kLastName) != 0 && i > 0 && FirstName(i - 1) && !token.Has(kSentenceStart))
      mark |= kName;
    if ((!stop_word || (token.Has(kUpper) && !shout && token.size() > 1)) && !day) mark |= kName;
  }
}

bool NameText::Uncased(std::uint32_t i) const {
  if (i >= size()) return false;
  const TokenKind kind = analysis_->token(i).kind;
  return kind == TokenKind::kIdeograph || (kind == TokenKind::kWord && static_cast<unsigned char>(Text(i)[0]) >= 0xD6);
}

bool NameText::Acronym(std::uint32_t i) const {
  return i < size() && analysis_->token(i).Has(kUpper) && !Shouting(i);
}

bool NameText::PartyState(std::uint32_t i) const {
  if (i < 3 || !Capital(i)) return false;
  const bool dash = Mark(i - 1, "-") || Mark(i - 1, "–");
  const std::uint32_t party = dash ? i - 2 : i - 1;
  if (analysis_->token(party).size() != 1 || !Capital(party)) return false;
  if (dash && (Mark(party - 1, "(") || Mark(party - 1, ",") || (Spaced(party) && !NameWord(party - 1)))) return true;
  // Right behind a name only what looks like a code.
  return NameWord(party - 1) && Spaced(party) && (dash || Spaced(i)) && analysis_->token(i).Has(kUpper) &&
         analysis_->token(i).size() == 2;
}

bool NameText::Hyphen(std::uint32_t i) const {
  if (i + 1 >= size() || i == 0) return false;
  const std::string_view mark = Text(i);
  if (mark != "-" && mark != "‐" && mark != "‑" && mark != "–") return false;
  return !analysis_->token(i).Has(kSpaceBefore) && !analysis_->token(i + 1).Has(kSpaceBefore);
}

}  // namespace dateline::extraction
