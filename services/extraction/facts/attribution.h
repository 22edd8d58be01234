#pragma once
// Who a quotation is attributed to, by the words around it: "…," said X / X said / he said; X said: "…"; according to
// X; "X's statement follows:"; another stretch of a quotation attributed before. Each pattern is a rule with its own
// confidence. Pure; borrows what it is made of; every search is bounded.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/evidence.pb.h"
#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/quote_spans.h"
#include "services/extraction/facts/speakers.h"

namespace dateline::extraction {

struct Attribution {
  Speaker speaker;
  TokenRange cue;  // the speech verb; empty when the rule needs none
  std::string_view rule;
  release::v1::Confidence confidence = release::v1::MEDIUM;
};

class Attributor {
 public:
  Attributor(const Analysis& analysis, const std::vector<QuoteSpan>& quotes, const Speakers& speakers)
      : a_(analysis), quotes_(quotes), speakers_(speakers) {}

  // The attribution beside quotation `index`: in its own sentence, or in a line before that ends with a colon.
  std::optional<Attribution> Beside(std::size_t index) const;
  // The person whom the sentence before the quotation is about, in the same line.
  std::optional<Attribution> SentenceBefore(std::size_t index) const;
  // The attribution by a line that ends with a colon and introduces what follows.
  std::optional<Attribution> LeadIn(std::uint32_t line) const;
  // The person whose statement the title announces.
  std::optional<Attribution> Title() const;

 private:
  std::optional<Attribution> Behind(std::size_t index) const;
  std::optional<Attribution> Before(std::size_t index) const;
  // The first or last speech verb of a range.
  const LexiconHit* FirstVerb(TokenRange range) const;
  const LexiconHit* LastVerb(TokenRange range) const;
  Attribution Make(Speaker speaker, TokenRange cue, std::string_view rule, release::v1::Confidence confidence) const;

  const Analysis& a_;
  const std::vector<QuoteSpan>& quotes_;
  const Speakers& speakers_;
};

}  // namespace dateline::extraction
