#pragma once
// Document and bill references in running text: "S. 403", "H.R. 1234", "IP/24/123", "A/RES/70/1". (The numbers that an
// issuer gives its own release stand in lines of their own: front_matter.h.) Pure, thread-safe, linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most references that are kept of one release.
inline constexpr int kMaxTextReferences = 50;

// Appends to release->reference_ids what it does not hold yet, in order of the text.
void FindReferences(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
