#pragma once
// People, organisations and places of a release. Rules propose mentions (person_rules, organization_rules,
// place_rules), acronyms are bound, one choice is made among overlapping proposals (choose_mentions), known names are
// looked for again in the whole text, and mentions become entities (people, organizations, places). Pure, thread-safe,
// linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// Appends to release->people, organizations and places.
void FindNames(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
