#pragma once
// Bylines that name no person but a desk, a team, an agency or a house: "Harbour Desk", "Redaktion", "Staff Writer".
// Readers are told that it wrote the page, so that its name is worth as much as a person's; but the same words stand in
// menus and labels, so that a whole phrase is asked for. Pure, thread-safe, linear.

#include <string_view>

namespace dateline::extraction {

// Whether a short phrase is such a name: at most six words, all in capitals or joining others, at least one of those by
// which desks and houses are called, and none that belongs to dates, buttons or sentences.
bool IsDeskName(std::string_view name);

// Whether desks and houses are called by this word, which is folded.
bool IsDeskWord(std::string_view word);

}  // namespace dateline::extraction
