#include "services/extraction/facts/quotes.h"

#include <string>
#include <vector>

#include "services/extraction/facts/quote_spans.h"

namespace dateline::extraction {
namespace {

// Fewer words in quotation marks are a term or a scare quote.
constexpr std::uint32_t kMinWords = 5;

}  // namespace

void FindQuotes(const FactContext& context, release::v1::Release* release) {
  const Analysis& analysis = context.analysis;
  for (const QuoteSpan& span : FindQuoteSpans(analysis)) {
    if (span.titles || span.words.size() < kMinWords) continue;
    release::v1::Quote* quote = release->add_quotes();
    quote->set_text(std::string(analysis.Text(span.tokens)));
    *quote->mutable_span() = SpanOf(analysis, span.tokens);
    quote->set_continues(span.continues);
    quote->set_confidence(release::v1::MEDIUM);
    quote->set_rule("quote.marks");
  }
}

}  // namespace dateline::extraction
