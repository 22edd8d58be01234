#include "services/extraction/facts/source_works.h"

#include <algorithm>
#include <string_view>

#include "services/extraction/facts/noun_phrases.h"

namespace dateline::extraction {
namespace {

// How many tokens may stand between "in" and the noun: "in the Organization's flagship World Migration Report".
constexpr std::uint32_t kMaxLink = 10;
// How many tokens back the full name of "the report" is looked for.
constexpr std::uint32_t kNameReach = 600;
// Capital words before the noun that make a name of it, where the noun itself is written small.
constexpr std::uint32_t kMinNameWords = 2;

}  // namespace

// The work is the subject of the verb: "the report says", "according to the report", "…, says the report".
bool SourceWorks::Speaks(const LexiconHit& noun, TokenRange cue) const {
  if (noun.end <= cue.begin) {
    for (std::uint32_t i = noun.end; i < cue.begin; ++i) {
      if (!a_.Covers(i, Lexicon::kAuxiliaries) && a_.token(i).kind != TokenKind::kPunctuation) return false;
    }
    return cue.begin - noun.end <= 2;
  }
  if (noun.begin < cue.end || noun.begin - cue.end > kMaxLink) return false;
  for (std::uint32_t i = cue.end; i < noun.begin; ++i) {
    const Token& token = a_.token(i);
    const bool word = token.kind == TokenKind::kWord || token.kind == TokenKind::kIdeograph;
    if ((!word && !IsJoiningHyphen(a_, i)) || a_.Covers(i, Lexicon::kPrepositions)) return false;
  }
  return true;
}

// Whether a preposition of place leads to the noun with nothing but words that describe it in between.
bool SourceWorks::Linked(std::uint32_t begin, std::uint32_t noun) const {
  const std::uint32_t first = std::max(begin, noun - std::min(noun, kMaxLink));
  for (std::uint32_t i = noun; i-- > first;) {
    if (const LexiconHit* link = a_.HitEndingAt(i, Lexicon::kPrepositions); link != nullptr)
      return a_.Entry(*link).Has(kEntryStrong);
    const bool word = a_.token(i).kind == TokenKind::kWord || a_.token(i).kind == TokenKind::kNumber;
    if ((!word && !IsJoiningHyphen(a_, i)) || a_.Covers(i, Lexicon::kSpeechVerbs)) return false;
  }
  return false;
}

std::optional<TokenRange> SourceWorks::WorkIn(TokenRange range, TokenRange cue) const {
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const LexiconHit* noun = a_.HitAt(i, Lexicon::kSourceNouns);
    if (noun == nullptr || noun->end > range.end) continue;
    // "the report's author": somebody else speaks.
    if (noun->end < a_.size() && a_.token(noun->end).Has(kClitic)) continue;
    const bool weak = a_.Entry(*noun).Has(kEntryWeak);
    if (Speaks(*noun, cue) || (!weak && Linked(range.begin, noun->begin))) return TokenRange{noun->begin, noun->end};
  }
  return std::nullopt;
}

// The name that the noun ends, here or where the text named the work before; else the noun.
std::string SourceWorks::Named(const LexiconHit& noun, std::uint32_t begin) const {
  const auto name_before = [&](const LexiconHit& at, std::uint32_t from) {
    const TokenRange capitals = CapitalPhraseBefore(a_, from, at.begin);
    const bool capital = a_.token(at.begin).Has(kCapital);
    if (CapitalWords(a_, capitals) < (capital ? 1 : kMinNameWords)) return TokenRange{};
    return TokenRange{capitals.begin, at.end};
  };
  if (const TokenRange name = name_before(noun, begin); !name.empty()) return std::string(a_.Text(name));
  const std::uint32_t first = noun.begin - std::min(noun.begin, kNameReach);
  for (std::uint32_t i = noun.begin; i-- > first;) {
    const LexiconHit* hit = a_.HitAt(i, Lexicon::kSourceNouns);
    if (hit == nullptr || hit->entry != noun.entry || !a_.token(i).Has(kCapital)) continue;
    const TokenRange name = name_before(*hit, a_.sentences()[a_.SentenceOf(i)].tokens.begin);
    if (!name.empty() && CapitalWords(a_, name) > kMinNameWords) return std::string(a_.Text(name));
  }
  return std::string(a_.Text({noun.begin, noun.end}));
}

std::string SourceWorks::NameOf(const Attribution& attribution, TokenRange quote) const {
  if (attribution.cue.empty()) return {};
  const TokenRange sentence = a_.sentences()[a_.SentenceOf(attribution.cue.begin)].tokens;
  // The part of the sentence on the verb's side of the quotation.
  TokenRange range = sentence;
  if (attribution.cue.begin >= quote.end)
    range.begin = std::max(range.begin, quote.end);
  else
    range.end = std::min(range.end, quote.begin);
  const std::optional<TokenRange> work = WorkIn(range, attribution.cue);
  if (!work.has_value()) return {};
  return Named(*a_.HitAt(work->begin, Lexicon::kSourceNouns), range.begin);
}

}  // namespace dateline::extraction
