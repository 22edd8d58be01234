#pragma once
// The calendar dates that a release mentions: full dates, dates without year, months, years, the days of "15 and 30
// September" and "February 10-16, 2008". Relative ones ("today", "last year") are resolved only against a complete
// publish date or dateline date, which the fact names as its anchor; a year is never made up. The reading of one date
// is calendar.h's. Pure, thread-safe, linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most dates that are kept of one release.
inline constexpr int kMaxDates = 2'000;

// Appends to release->dates, in order of the text.
void FindDates(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
