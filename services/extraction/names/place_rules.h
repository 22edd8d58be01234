#pragma once
// Proposes places: the longest names that the gazetteer knows, nouns that make a place of a name ("Clay County",
// "Province of Cienfuegos", "Lake Erie"), and how sure their surroundings make it. Pure, linear in the tokens.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

// A name that the gazetteer knows.
struct PlaceHit {
  TokenRange tokens;
  PlaceSenses senses;
  // Of the name.
  std::uint64_t key = 0;
};

// All names known, left to right, the longest at each place, without overlap.
std::vector<PlaceHit> FindPlaceHits(const NameText& text, const Gazetteer& gazetteer);

// The rule of a place that the dateline names.
inline constexpr std::string_view kDatelineRule = "place.dateline";

// The places that a dateline's tokens name, or the whole of them when the gazetteer knows none of it.
void ProposeDateline(const NameText& text, const std::vector<PlaceHit>& hits, TokenRange dateline, Mentions* out);

// Proposes mentions out of them.
void ProposePlaces(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits, Mentions* out);

}  // namespace dateline::extraction
