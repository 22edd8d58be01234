#pragma once
// Quantities that a release states: counts, money, percentages, measures, fractions and ranges, each with its
// comparator
// ("over", "at least", "nearly"). Numbers that are names or places in an order (sections, bills, phones, times, dates,
// list numbers) are none. Reads the dates that the release holds already. Pure, thread-safe, linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most figures that are kept of one release.
inline constexpr int kMaxFigures = 2'000;

// Appends to release->figures, in order of the text.
void FindFigures(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
