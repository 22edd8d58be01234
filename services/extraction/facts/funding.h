#pragma once
// Who pays for what: "funded by the River Fund", "the Ministry awarded $2 million to the school", "the school will
// receive $2 million from the Ministry". Who or what is not named in the sentence stays empty. Pure, thread-safe,
// linear.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most that is kept of one release.
inline constexpr int kMaxFunding = 200;

// Appends to release->funding. Reads organisations, programmes and figures.
void FindFunding(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
