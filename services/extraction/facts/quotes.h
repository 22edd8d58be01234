#pragma once
// Direct speech and who said it. Reads the people and organisations that the release names already. Pure, thread-safe,
// linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// Appends to release->quotes.
void FindQuotes(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
