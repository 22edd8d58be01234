#pragma once
// Phrases as far as capitals and small words show them: names of several words ("Partnership Instrument of the European
// Union"), and a noun with what describes it before it ("two-day policy seminar"). Pure, thread-safe; each looks at a
// bounded number of tokens.

#include <cstdint>

#include "services/extraction/analysis/analysis.h"

namespace dateline::extraction {

// The longest phrase that is read, in tokens.
inline constexpr std::uint32_t kMaxPhrase = 16;

// Capital words from `token` on, with the small words between them, before token `end`. Empty when none begins there.
TokenRange CapitalPhraseAt(const Analysis& analysis, std::uint32_t token, std::uint32_t end);

// The capital words and small words between them that stand before token `end` without a gap, not before `begin`.
// Their first word is a capital one that no determiner is.
TokenRange CapitalPhraseBefore(const Analysis& analysis, std::uint32_t begin, std::uint32_t end);

// The words that describe the noun at `noun`, with it: back to the first preposition, determiner, verb or mark.
TokenRange DescribedNoun(const Analysis& analysis, std::uint32_t begin, TokenRange noun);

// How many words of the range begin with a capital.
std::uint32_t CapitalWords(const Analysis& analysis, TokenRange range);

// Whether the hyphen at `token` joins the words beside it.
bool IsJoiningHyphen(const Analysis& analysis, std::uint32_t token);

}  // namespace dateline::extraction
