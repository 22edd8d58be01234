#pragma once
// The work that words are quoted from when nobody speaks them aloud: "the report says: “…”", "X writes in her letter to
// Y that “…”", "“…,” claims X in the World Migration Report". The nouns come from the language pack. Pure; borrows the
// analysis; looks at the sentence of the attribution alone, and for a name that stood earlier at a bounded number of
// tokens.

#include <optional>
#include <string>

#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/attribution.h"

namespace dateline::extraction {

class SourceWorks {
 public:
  explicit SourceWorks(const Analysis& analysis) : a_(analysis) {}

  // The work that the attribution names beside its verb, as written and without article; empty when it names none.
  // Only words of the attribution's sentence outside [quote) are asked.
  std::string NameOf(const Attribution& attribution, TokenRange quote) const;

 private:
  std::optional<TokenRange> WorkIn(TokenRange range, TokenRange cue) const;
  bool Speaks(const LexiconHit& noun, TokenRange cue) const;
  bool Linked(std::uint32_t begin, std::uint32_t noun) const;
  std::string Named(const LexiconHit& noun, std::uint32_t begin) const;

  const Analysis& a_;
};

}  // namespace dateline::extraction
