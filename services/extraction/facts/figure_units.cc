#include "services/extraction/facts/figure_units.h"

#include <algorithm>

namespace dateline::extraction {
namespace {

// How many words may stand between a number and the noun that it counts, and the noun itself.
constexpr std::uint32_t kNounReach = 7;
constexpr std::uint32_t kSingularReach = 4;

}  // namespace

UnitReader::UnitReader(const Analysis& analysis, const NumeralReader& numerals)
    : analysis_(analysis), numerals_(numerals) {
  for (const LexiconEntry& entry : analysis.pack().entries(Lexicon::kNumberRules)) {
    if (entry.code == "noun_plural") noun_rule_ = NounRule::kPlural;
    if (entry.code == "noun_capital") noun_rule_ = NounRule::kCapital;
    if (entry.code == "noun_first_plural") noun_rule_ = NounRule::kFirstPlural;
    if (entry.code == "plural_ending") plural_endings_.push_back(entry.phrase);
    if (entry.code == "singular_ending") singular_endings_.push_back(entry.phrase);
  }
}

bool UnitReader::LooksPlural(std::uint32_t token) const {
  if (analysis_.Covers(token, Lexicon::kPluralNouns)) return true;
  const std::string_view word = analysis_.Folded(token);
  if (word.size() < 3 || analysis_.token(token).Has(kClitic)) return false;
  const auto ends = [&](std::string_view ending) { return word.ends_with(ending); };
  return std::any_of(plural_endings_.begin(), plural_endings_.end(), ends) &&
         std::none_of(singular_endings_.begin(), singular_endings_.end(), ends);
}

// Prepositions, articles, pronouns, auxiliaries, conjunctions and marks. A "weak" stop ends it only where no plural
// follows: "74 confirmed cases", "14 other lawmakers".
bool UnitReader::EndsNounPhrase(std::uint32_t token) const {
  const Token& t = analysis_.token(token);
  if (t.kind != TokenKind::kWord && t.kind != TokenKind::kIdeograph) return true;
  if (const LexiconHit* stop = analysis_.HitAt(token, Lexicon::kNounStops);
      stop != nullptr && analysis_.Entry(*stop).Has(kEntryWeak) && PluralSoon(stop->end))
    return false;
  for (const Lexicon lexicon : {Lexicon::kNounStops, Lexicon::kPrepositions, Lexicon::kDeterminers,
                                Lexicon::kNumberWords, Lexicon::kComparators, Lexicon::kWeekdays}) {
    if (analysis_.Covers(token, lexicon)) return true;
  }
  return false;
}

bool UnitReader::IsInnerHyphen(std::uint32_t token, std::uint32_t end) const {
  return token + 1 < end && analysis_.token(token).kind == TokenKind::kPunctuation &&
         !analysis_.token(token).Has(kSpaceBefore) && !analysis_.token(token + 1).Has(kSpaceBefore) &&
         (analysis_.Text(token) == "-" || analysis_.Text(token) == "\u2011") &&
         analysis_.token(token + 1).kind == TokenKind::kWord;
}

// A unit of the pack at `token`.
UnitMatch UnitReader::Listed(std::uint32_t token, bool compound) const {
  const LexiconHit* hit = analysis_.HitAt(token, Lexicon::kUnits);
  if (hit == nullptr) return {};
  const LexiconEntry& entry = analysis_.Entry(*hit);
  UnitMatch match;
  match.unit = entry.code.empty() ? entry.phrase : entry.code;
  match.kind = match.unit == "percent" ? UnitKind::kPercent : UnitKind::kMeasure;
  match.next = hit->end;
  // "40 people-smugglers" counts smugglers.
  if (!compound && IsInnerHyphen(match.next, analysis_.size())) return {};
  return match;
}

bool UnitReader::PluralSoon(std::uint32_t token) const {
  constexpr std::uint32_t kSoon = 3;
  for (std::uint32_t at = token; at < std::min(analysis_.size(), token + kSoon); ++at) {
    const Token& t = analysis_.token(at);
    if (t.kind != TokenKind::kWord || t.Has(kLineStart) || t.Has(kClitic)) return false;
    if (analysis_.Covers(at, Lexicon::kNounStops) || analysis_.Covers(at, Lexicon::kPrepositions) ||
        analysis_.Covers(at, Lexicon::kDeterminers) || analysis_.Covers(at, Lexicon::kNumberWords))
      return false;
    if (LooksPlural(at)) return true;
  }
  return false;
}

bool UnitReader::IsCoordination(std::uint32_t token, std::uint32_t first) const {
  return token > first && token + 1 < analysis_.size() && analysis_.Covers(token, Lexicon::kConjunctions) &&
         !analysis_.Covers(token + 1, Lexicon::kConjunctions) && PluralSoon(token + 1) &&
         !analysis_.token(token - 1).Has(kCapital);
}

UnitMatch UnitReader::PluralNoun(std::uint32_t token, std::uint32_t end) const {
  const std::uint32_t limit = std::min(end, token + kNounReach);
  for (std::uint32_t at = token; at < limit; ++at) {
    if (IsInnerHyphen(at, limit)) {
      // "2627 laboratory-confirmed cases": what a hyphen ties to the word before ends nothing.
      if (!LooksPlural(at + 1) || PluralSoon(at + 2)) ++at;
      continue;
    }
    if (analysis_.token(at).Has(kClitic)) continue;
    // "six health and care workers"
    if (IsCoordination(at, token)) continue;
    if (EndsNounPhrase(at)) return {};
    // The first part of a compound may look like a plural: "savings banks", "women-led firms".
    if (!LooksPlural(at) || IsInnerHyphen(at + 1, limit)) continue;
    if (at + 1 < limit && analysis_.token(at + 1).Has(kClitic)) continue;
    std::uint32_t head = at;
    // "sports teams": where describing words stand before it, the last plural is the noun.
    if (noun_rule_ == NounRule::kPlural && at + 1 < limit && !EndsNounPhrase(at + 1) && LooksPlural(at + 1))
      head = at + 1;
    return {UnitKind::kNoun, std::string(analysis_.Folded(head)), head + 1};
  }
  return {};
}

UnitMatch UnitReader::SingularNoun(std::uint32_t token, std::uint32_t end) const {
  const std::uint32_t limit = std::min(end, token + kSingularReach);
  std::uint32_t at = token;
  // "one serotype provides": what has a plural's ending is no part of one thing.
  while (at < limit && (!EndsNounPhrase(at) || (at > token && IsInnerHyphen(at, limit))) &&
         !(at > token && LooksPlural(at)))
    ++at;
  if (at == token) return {};
  return {UnitKind::kNoun, std::string(analysis_.Folded(at - 1)), at};
}

UnitMatch UnitReader::Noun(const Numeral& numeral, std::uint32_t end) const {
  std::uint32_t at = numeral.next;
  if (at >= end) return {};
  if (!analysis_.token(at).Has(kSpaceBefore) && analysis_.token(at).kind == TokenKind::kWord) return {};
  if (numerals_.Is(at, "of")) {
    // "two of these devices", "four of the world's biggest groups": behind "of" a determiner has to stand.
    ++at;
    // "5 millions de personnes" needs none.
    const bool determined =
        at < end && (analysis_.Covers(at, Lexicon::kDeterminers) || analysis_.Covers(at, Lexicon::kPronouns));
    if (at >= end || !(determined || numeral.scale != 1)) return {};
    if (determined) ++at;
  }
  if (at >= end) return {};
  // A fraction is of something: "half the boats", "a third of pupils"; what else follows it is no noun it counts.
  if (numeral.fraction && at == numeral.next && !analysis_.Covers(at, Lexicon::kDeterminers)) return {};
  if (numeral.fraction && at == numeral.next) ++at;
  if (at >= end) return {};
  switch (noun_rule_) {
    case NounRule::kPlural:
    case NounRule::kFirstPlural: {
      // "one serotype provides": the noun behind one is no plural.
      const bool one = numeral.value <= 1 && at == numeral.next;
      UnitMatch match = one && !LooksPlural(at) ? SingularNoun(at, end) : PluralNoun(at, end);
      if (match.kind == UnitKind::kNone && one) match = SingularNoun(at, end);
      return match;
    }
    case NounRule::kCapital:
      for (std::uint32_t i = at; i < std::min(end, at + kSingularReach) && !EndsNounPhrase(i); ++i) {
        if (analysis_.token(i).Has(kCapital)) return {UnitKind::kNoun, std::string(analysis_.Folded(i)), i + 1};
      }
      return {};
    default:
      if (EndsNounPhrase(at)) return {};
      return {UnitKind::kNoun, std::string(analysis_.Folded(at)), at + 1};
  }
}

UnitMatch UnitReader::Read(const Numeral& numeral, std::uint32_t end) const {
  const std::uint32_t at = numeral.next;
  if (at >= end) return {};
  if (UnitMatch match = Listed(at, false); match.kind != UnitKind::kNone && match.next <= end) return match;
  if (const LexiconHit* hit = analysis_.HitAt(at, Lexicon::kCurrencies); hit != nullptr && hit->end <= end) {
    const LexiconEntry& currency = analysis_.Entry(*hit);
    // A sign right before the next number belongs to that one: "5, $6".
    const bool next_number = hit->end < end && analysis_.token(hit->end).kind == TokenKind::kNumber;
    if (!currency.Has(kEntryBefore) && !currency.Has(kEntryWeak) && !next_number)
      return {UnitKind::kMoney, currency.code, hit->end};
  }
  if (IsInnerHyphen(at, end)) {
    if (UnitMatch match = Listed(at + 1, true); match.kind != UnitKind::kNone && match.next <= end) return match;
    // Spelled-out numbers make compounds of many meanings ("one-stop", "two-way"); digits count.
    // They stand before the noun that they describe ("a 500-bed hospital"); chemicals and the like do not.
    if (numeral.words || numeral.digits == 0 || analysis_.token(at + 1).Has(kCapital) ||
        analysis_.token(at + 1).Has(kHasDigit) || at + 2 >= end || analysis_.token(at + 2).kind != TokenKind::kWord ||
        EndsNounPhrase(at + 2))
      return {};
    return {UnitKind::kCompound, std::string(analysis_.Folded(at + 1)), at + 2};
  }
  return Noun(numeral, end);
}

}  // namespace dateline::extraction
