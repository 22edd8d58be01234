#include "services/extraction/facts/noun_phrases.h"

#include <algorithm>
#include <string_view>

namespace dateline::extraction {
namespace {

// Small words in a row inside a name: "of the".
constexpr std::uint32_t kMaxSmallWords = 2;

bool IsCapital(const Analysis& analysis, std::uint32_t token) {
  const Token& t = analysis.token(token);
  return t.kind == TokenKind::kWord && t.Has(kCapital) && !t.Has(kClitic);
}

bool IsSmallWord(const Analysis& analysis, std::uint32_t token) {
  return analysis.Covers(token, Lexicon::kConnectors) && !analysis.token(token).Has(kCapital);
}

bool IsDeterminer(const Analysis& analysis, std::uint32_t token) {
  return analysis.Covers(token, Lexicon::kDeterminers) || analysis.Covers(token, Lexicon::kPronouns);
}

// "Children's Health Insurance Program": the ending of a possessive that stands inside names.
bool IsInnerPossessive(const Analysis& analysis, std::uint32_t token) {
  return token > 0 && analysis.token(token).Has(kClitic) && analysis.Covers(token - 1, Lexicon::kPossessors) &&
         analysis.token(token - 1).Has(kCapital);
}

}  // namespace

bool IsJoiningHyphen(const Analysis& analysis, std::uint32_t token) {
  return token > 0 && token + 1 < analysis.size() && analysis.token(token).kind == TokenKind::kPunctuation &&
         !analysis.token(token).Has(kSpaceBefore) && !analysis.token(token + 1).Has(kSpaceBefore) &&
         (analysis.Text(token) == "-" || analysis.Text(token) == "\u2011" || analysis.Text(token) == "\u2013");
}

TokenRange CapitalPhraseAt(const Analysis& analysis, std::uint32_t token, std::uint32_t end) {
  TokenRange phrase{token, token};
  const std::uint32_t limit = std::min(end, token + kMaxPhrase);
  std::uint32_t small = 0;
  for (std::uint32_t at = token; at < limit; ++at) {
    if (IsCapital(analysis, at)) {
      phrase.end = at + 1;
      small = 0;
    } else if (at == token) {
      break;
    } else if (IsSmallWord(analysis, at)) {
      if (++small > kMaxSmallWords) break;
    } else if (!IsJoiningHyphen(analysis, at)) {
      break;
    }
  }
  return phrase;
}

TokenRange CapitalPhraseBefore(const Analysis& analysis, std::uint32_t begin, std::uint32_t end) {
  TokenRange phrase{end, end};
  std::uint32_t small = 0;
  bool possessive = false;
  for (std::uint32_t at = end; at > begin && end - at < kMaxPhrase; --at) {
    const std::uint32_t token = at - 1;
    if (IsCapital(analysis, token)) {
      if (IsDeterminer(analysis, token)) break;
      phrase.begin = token;
      small = 0;
    } else if (IsSmallWord(analysis, token)) {
      // "the Senate for the Children's Programme": a possessive has no more before it than capital words.
      if (possessive || ++small > kMaxSmallWords) break;
    } else if (IsInnerPossessive(analysis, token)) {
      possessive = true;
    } else if (!IsJoiningHyphen(analysis, token)) {
      break;
    }
  }
  return phrase;
}

TokenRange DescribedNoun(const Analysis& analysis, std::uint32_t begin, TokenRange noun) {
  TokenRange phrase = noun;
  for (std::uint32_t at = noun.begin; at > begin && noun.begin - at < kMaxPhrase / 2; --at) {
    const std::uint32_t token = at - 1;
    if (IsJoiningHyphen(analysis, token)) continue;
    const Token& t = analysis.token(token);
    const bool word = t.kind == TokenKind::kWord || t.kind == TokenKind::kIdeograph;
    const bool stops = !word || t.Has(kClitic) || t.Has(kAbbreviationDot) || IsDeterminer(analysis, token) ||
                       analysis.Covers(token, Lexicon::kPrepositions) || analysis.Covers(token, Lexicon::kNounStops) ||
                       analysis.Covers(token, Lexicon::kEventVerbs) || analysis.Covers(token, Lexicon::kSpeechVerbs);
    if (stops) break;
    phrase.begin = token;
  }
  return phrase;
}

std::uint32_t CapitalWords(const Analysis& analysis, TokenRange range) {
  std::uint32_t count = 0;
  for (std::uint32_t i = range.begin; i < range.end; ++i) count += IsCapital(analysis, i) ? 1 : 0;
  return count;
}

}  // namespace dateline::extraction
