#pragma once
// Who asserts a figure and for when it holds. A figure inside a quote is its speaker's, one behind "according to"
// belongs to whom or what is named there; all others are the issuer's. The date is the one that stands right behind the
// figure
// ("under 2 million in 1980"). Pure, thread-safe, linear.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// Fills asserter and as_of of release->figures, from its quotes, people, organisations and dates.
void AttributeFigures(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
