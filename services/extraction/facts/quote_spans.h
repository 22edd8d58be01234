#pragma once
// Where quotation marks enclose words, before anybody asks what for. Pairs come from the language pack; a quotation
// that goes on in the next line needs no closing mark there if that line opens with one. Inner quotations belong to the
// outer one. Pure, thread-safe, linear.

#include <vector>

#include "services/extraction/analysis/analysis.h"

namespace dateline::extraction {

// One stretch of quoted words.
struct QuoteSpan {
  TokenRange tokens;       // with the marks
  TokenRange words;        // without them
  bool closed = true;      // false when it goes on in the next line
  bool continues = false;  // it goes on from the line before
  bool titles = false;     // the marks enclose titles of works
  bool ambiguous = false;  // single quotation marks, which are also apostrophes
};

// All quotations of main text and captions, in order, without overlap.
std::vector<QuoteSpan> FindQuoteSpans(const Analysis& analysis);

}  // namespace dateline::extraction
