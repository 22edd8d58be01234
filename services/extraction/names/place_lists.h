#pragma once
// Proposes the members of lists that a noun calls places: "Sofala and Inhambane provinces", "the following counties:
// Allen, Butler and Elk", "the districts of Dabola and Faranah". No table has to know them. Pure, linear in the tokens.

#include <vector>

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"
#include "services/extraction/names/place_rules.h"

namespace dateline::extraction {

// `hits` are the names that the gazetteer knows, in order of the text.
void ProposePlaceLists(const NameText& text, const std::vector<PlaceHit>& hits, Mentions* out);

}  // namespace dateline::extraction
