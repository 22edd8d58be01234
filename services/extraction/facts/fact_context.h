#pragma once
// What every finder of facts is given besides the release that it reads and adds to, and what it writes with. All of it
// is borrowed for one call and immutable. A finder reads what earlier ones wrote into the release (find_facts.h has
// the order), never changes their facts, and writes each fact with span, confidence and rule.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/gazetteer/gazetteer.h"

namespace dateline::extraction {

struct FactContext {
  const Analysis& analysis;
  const Calendar& calendar;
  const Gazetteer& gazetteer;

  const LanguagePack& pack() const { return analysis.pack(); }
};

inline release::v1::Span SpanOf(std::size_t begin, std::size_t end) {
  release::v1::Span span;
  span.set_start(static_cast<std::uint32_t>(begin));
  span.set_end(static_cast<std::uint32_t>(end));
  return span;
}

// The bytes of a range that is not empty.
inline release::v1::Span SpanOf(const Analysis& analysis, TokenRange range) {
  return SpanOf(analysis.token(range.begin).begin, analysis.token(range.end - 1).end);
}

}  // namespace dateline::extraction
