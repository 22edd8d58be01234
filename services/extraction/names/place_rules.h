#pragma once
// Proposes places: the longest names that the gazetteer knows, nouns that make a place of a name ("Clay County",
// "Province of Cienfuegos", "Lake Erie"), and how sure their surroundings make it. Pure, linear in the tokens.

#include <vector>

#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

// A name that the gazetteer knows.
struct PlaceHit {
  TokenRange tokens;
  PlaceSenses senses;
};

// All names known, left to right, the longest at each place, without overlap.
std::vector<PlaceHit> FindPlaceHits(const NameText& text, const Gazetteer& gazetteer);

// The places that a dateline's tokens name, or the whole of them when the gazetteer knows none of it.
void ProposeDateline(const NameText& text, const std::vector<PlaceHit>& hits, TokenRange dateline, Mentions* out);

// Proposes mentions out of them.
void ProposePlaces(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits, Mentions* out);

}  // namespace dateline::extraction
