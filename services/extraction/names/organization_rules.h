#pragma once
// Proposes organisations, and the names of laws, programmes and events that must not be taken apart: known bodies,
// names built on a head noun ("Senate Armed Services Committee", "Ministry of Human Resources and Social Security"),
// legal forms, acronyms. Pure, linear in the tokens.

#include <vector>

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"
#include "services/extraction/names/place_rules.h"

namespace dateline::extraction {

// `places` are the hits of FindPlaceHits: "IOM China" is the branch of a body.
void ProposeOrganizations(const NameText& text, const std::vector<PlaceHit>& places, Mentions* out);

}  // namespace dateline::extraction
