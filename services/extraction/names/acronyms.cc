#include "services/extraction/names/acronyms.h"

#include <algorithm>
#include <optional>

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinLetters = 2;
constexpr std::size_t kMaxLetters = 10;
// Bounds the ways in which letters are tried against words.
constexpr int kMaxSteps = 300;

// The capital letters and digits of an acronym, without a plural s, hyphens and full stops; small letters are kept
// ("Dstl").
std::string LettersOf(std::string_view acronym) {
  std::string letters;
  for (const char c : acronym) {
    if (c >= 'a' && c <= 'z') letters.push_back(static_cast<char>(c - 'a' + 'A'));
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) letters.push_back(c);
  }
  return letters;
}

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Matches letters against words from behind: each letter begins a word, or goes on inside the word that the letter
// before it begins ("DSTL" in "Defence Science and Technology Laboratory", "MoHME").
bool Matches(const NameText& text, std::string_view letters, const TokenRange& name, std::uint32_t at,
             std::size_t letter, int* steps) {
  if (letter == letters.size()) {
    // What is left must be small words.
    for (std::uint32_t i = at; i < name.end; ++i) {
      if (text.Capital(i) && i > name.begin) return false;
    }
    return true;
  }
  if (at >= name.end || --*steps < 0) return false;
  const Token& token = text.analysis().token(at);
  if (token.kind != TokenKind::kWord || token.Has(kClitic)) return Matches(text, letters, name, at + 1, letter, steps);
  const std::string_view word = text.Text(at);
  std::size_t used = 0;
  // Take one letter of the word, or several letters of its beginning in order.
  if (Upper(word[0]) == letters[letter]) {
    if (Matches(text, letters, name, at + 1, letter + 1, steps)) return true;
    std::size_t next = letter + 1;
    for (used = 1; used < word.size() && next < letters.size(); ++used) {
      if (Upper(word[used]) != letters[next]) continue;
      ++next;
      if (Matches(text, letters, name, at + 1, next, steps)) return true;
      if (next - letter >= 3) break;
    }
  }
  // A small word may be left out, and so may a country or demonym at the beginning.
  const bool skippable =
      !token.Has(kCapital) || text.Is(at, Lexicon::kDemonyms) || (at == name.begin && token.Has(kDotted));
  return skippable && Matches(text, letters, name, at + 1, letter, steps);
}

class Binder {
 public:
  Binder(const NameText& text, Mentions* proposals) : text_(text), proposals_(proposals) {}

  std::vector<AcronymBinding> Run() {
    for (std::uint32_t i = 0; i < proposals_->size(); ++i) by_end_[(*proposals_)[i].tokens.end].push_back(i);
    for (std::uint32_t i = 1; i + 2 < text_.size(); ++i) {
      if (!text_.Mark(i, "(") || !text_.Usable(i)) continue;
      std::uint32_t begin = i + 1;
      if (text_.Is(begin, Lexicon::kDeterminers)) ++begin;
      // "(“ACS”)", "(the "Company")".
      const bool quoted = text_.Mark(begin, "\"") || text_.Mark(begin, "“") || text_.Mark(begin, "«");
      if (quoted) ++begin;
      if (LooksLikeAcronym(begin)) Bind(i, {begin, begin + 1}, Closes(begin + (quoted ? 2 : 1)));
    }
    Lone();
    Spread();
    return std::move(bindings_);
  }

 private:
  bool Closes(std::uint32_t i) const {
    return text_.Mark(i, ")") || text_.Mark(i, ",") || text_.Mark(i, ";") || text_.Is(i, Lexicon::kConjunctions);
  }

  bool LooksLikeAcronym(std::uint32_t i) const {
    if (i >= text_.size()) return false;
    const Token& token = text_.analysis().token(i);
    if (token.kind != TokenKind::kWord || token.size() < kMinLetters || token.size() > kMaxLetters + 2) return false;
    const std::string_view word = text_.Text(i);
    const auto capitals = std::count_if(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return token.Has(kUpper) || capitals >= 2 ||
           (token.Has(kCapital) && token.size() <= 5 && !text_.Ordinary(i) && !text_.FirstName(i));
  }

  // `closed`: the acronym is all that stands in the brackets, or the first of several things.
  void Bind(std::uint32_t bracket, TokenRange acronym, bool closed) {
    const std::string letters = LettersOf(text_.Text(acronym.begin));
    if (letters.size() < kMinLetters) return;
    // A proposal that ends here and has the initials; else any words that have them. "the Agency's (FEMA)": the ending
    // is none of the name.
    const std::uint32_t end = text_.analysis().token(bracket - 1).Has(kClitic) ? bracket - 1 : bracket;
    const Mention* best = nullptr;
    for (const std::uint32_t index : by_end_[end]) {
      const Mention& m = (*proposals_)[index];
      if (m.type == NameType::kPlace || m.type == NameType::kPerson || m.tokens.size() < 2) continue;
      if (!IsAcronymOf(text_, letters, m.tokens)) continue;
      if (best == nullptr || m.score > best->score) best = &m;
    }
    if (best != nullptr) {
      bindings_.push_back({best->tokens, acronym, best->type});
      return;
    }
    const TokenRange words = closed ? WordsBefore(end, letters) : TokenRange{};
    if (words.empty()) {
      // "(NASDAQ: BBOX)", "(UN Migration)": something else stands in the brackets.
      const std::uint32_t next = acronym.end;
      const bool goes_on = next < text_.size() && text_.analysis().token(next).kind == TokenKind::kWord &&
                           !text_.Capital(next) && text_.Spaced(next);
      if (closed || goes_on) Unmatched(end, acronym);
      return;
    }
    NameType type = NameType::kOther;
    for (const std::uint32_t i : {words.begin, words.end - 1}) {
      if (text_.NameWord(i) && text_.Is(i, Lexicon::kOrganizationHeads)) type = NameType::kOrganization;
    }
    if (type == NameType::kOther && IsForeign(words)) {
      bindings_.push_back({WithWordsBefore(words), acronym, NameType::kOrganization});
      return;
    }
    if (!text_.Capital(words.begin)) type = NameType::kOther;
    // "Islamic State in Iraq and the Levant (ISIL)": known by its acronym.
    if (text_.Is(acronym.begin, Lexicon::kOrganizations)) type = NameType::kOrganization;
    bindings_.push_back({words, acronym, type});
  }

  // "Pedro Kouri Institute (IPK per its acronym in Spanish)", "European Parliament (EP)": a body right before, other
  // letters.
  void Unmatched(std::uint32_t end, TokenRange acronym) {
    for (const std::uint32_t index : by_end_[end]) {
      const Mention& m = (*proposals_)[index];
      if (m.type == NameType::kOrganization && m.score >= 0.8F && m.tokens.size() > 1 && text_.Acronym(acronym.begin)) {
        bindings_.push_back({m.tokens, acronym, m.type});
        return;
      }
    }
  }

  TokenRange WordsBefore(std::uint32_t end, std::string_view letters) const {
    const std::uint32_t sentence = text_.SentenceBegin(end);
    const auto reach = static_cast<std::uint32_t>(std::min(letters.size() + 6, letters.size() * 2 + 1));
    for (std::uint32_t count = 1; count <= reach && end >= sentence + count; ++count) {
      const std::uint32_t begin = end - count;
      if (text_.analysis().token(begin).kind != TokenKind::kWord) continue;
      const std::string_view word = text_.Text(begin);
      if (Upper(word[0]) != letters[0] || (count == 1 && letters.size() > 1)) continue;
      if (IsAcronymOf(text_, letters, {begin, end})) return {begin, end};
    }
    return {};
  }

  // "Gesellschaft für Internationale Zusammenarbeit": three words or more, none of them of this language, are a body
  // that keeps its own name.
  bool IsForeign(TokenRange words) {
    std::uint32_t long_words = 0;
    for (std::uint32_t i = words.begin; i < words.end; ++i) {
      if (text_.Capital(i) && text_.Ordinary(i)) return false;
      if (text_.analysis().token(i).kind == TokenKind::kWord && text_.analysis().token(i).size() > 4) ++long_words;
    }
    return long_words >= 2 && text_.Capital(words.begin) && WordTableKnows();
  }
  // Whether the table of ordinary words knows the text's language: those that begin its sentences.
  bool WordTableKnows() {
    if (language_known_.has_value()) return *language_known_;
    std::uint32_t starts = 0;
    std::uint32_t known = 0;
    for (const Sentence& sentence : text_.analysis().sentences()) {
      if (sentence.tokens.empty() || !text_.Capital(sentence.tokens.begin)) continue;
      ++starts;
      known += text_.Ordinary(sentence.tokens.begin) ? 1 : 0;
    }
    language_known_ = known * 2 > starts;
    return *language_known_;
  }

  // With the capital words right before that are of no language known either: "Deutsche".
  TokenRange WithWordsBefore(TokenRange words) const {
    constexpr std::uint32_t kMost = 2;
    for (std::uint32_t taken = 0; taken < kMost && words.begin > text_.SentenceBegin(words.begin); ++taken) {
      const std::uint32_t before = words.begin - 1;
      if (!text_.NameWord(before) || !text_.Spaced(words.begin) || text_.Ordinary(before)) break;
      words.begin = before;
    }
    return words;
  }

  // "TVA" in a text that names the Tennessee Valley Authority, without brackets: its initials.
  void Lone() {
    std::unordered_map<std::string, const Mention*> names;
    for (const Mention& m : *proposals_) {
      if (m.type != NameType::kOrganization || m.score < 0.7F || m.tokens.size() < 3 || m.tokens.size() > 12) continue;
      std::string initials;
      for (std::uint32_t i = m.tokens.begin; i < m.tokens.end; ++i) {
        if (text_.Capital(i) && !text_.analysis().token(i).Has(kClitic)) initials += text_.Text(i)[0];
      }
      if (initials.size() < 3) continue;
      const Mention*& best = names[initials];
      if (best == nullptr || m.score > best->score) best = &m;
    }
    if (names.empty()) return;
    std::vector<Mention> found;
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || !text_.Acronym(i) || text_.TitleCase(i)) continue;
      if (names.contains(std::string(text_.Text(i))))
        found.push_back({{i, i + 1}, NameType::kOrganization, 0.9F, "organization.acronym_bound"});
    }
    proposals_->insert(proposals_->end(), found.begin(), found.end());
  }

  // Every occurrence of the acronym is what its name is.
  void Spread() {
    if (bindings_.empty()) return;
    std::unordered_map<std::string_view, NameType> types;
    for (const AcronymBinding& binding : bindings_) types.try_emplace(text_.Text(binding.acronym.begin), binding.type);
    for (Mention& m : *proposals_) {
      if (m.tokens.size() != 1) continue;
      const auto type = types.find(text_.Text(m.tokens.begin));
      if (type != types.end() && type->second != m.type) m.score = 0;
    }
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || text_.analysis().token(i).kind != TokenKind::kWord) continue;
      const auto type = types.find(text_.Text(i));
      if (type == types.end()) continue;
      proposals_->push_back({{i, i + 1}, type->second, 0.93F, "organization.acronym_bound"});
    }
    for (const AcronymBinding& binding : bindings_)
      proposals_->push_back({binding.name, binding.type, 0.96F, "organization.acronym_name"});
  }

  const NameText& text_;
  Mentions* proposals_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_end_;
  std::vector<AcronymBinding> bindings_;
  std::optional<bool> language_known_;  // asked once for a text
};

}  // namespace

bool IsAcronymOf(const NameText& text, std::string_view letters, const TokenRange& name) {
  std::string normal = LettersOf(letters);
  if (normal.empty() || normal.size() > kMaxLetters + 2) return false;
  int steps = kMaxSteps;
  if (Matches(text, normal, name, name.begin, 0, &steps)) return true;
  // A plural.
  return letters.ends_with('s') &&
         Matches(text, std::string_view(normal).substr(0, normal.size() - 1), name, name.begin, 0, &steps);
}

std::vector<AcronymBinding> BindAcronyms(const NameText& text, Mentions* proposals) {
  return Binder(text, proposals).Run();
}

}  // namespace dateline::extraction
