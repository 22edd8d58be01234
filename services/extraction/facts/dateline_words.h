#pragma once
// The words by which datelines are told: abbreviations of states behind a town, connectors inside names of places, and
// ordinary words that stand before a dash and are no places. All are compared folded (text::FoldKey). Pure,
// thread-safe.

#include <string_view>

namespace dateline::extraction {

// Abbreviations of the United States' states as datelines write them: "de", "calif.".
bool IsUsState(std::string_view folded);

// What opens a line before a dash or colon and is no place: "note", "who", "monday".
bool IsOrdinaryOpening(std::string_view folded);

// Small words in the middle of a place's name: "Frankfurt am Main".
bool IsPlaceConnector(std::string_view folded);

}  // namespace dateline::extraction
