#pragma once
// Where names stand in a text and between which words, so that two letters of one form can be told from two copies of
// one letter: the letters have other names in the same places ("to the Msida Volunteer Fire Department", "to the Sliema
// Volunteer Fire Department"), however much else they share. Names are words that begin with a capital inside a
// sentence; scripts without capitals have none. Names that begin alike are the same one in another spelling. Pure and
// thread-safe.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "services/storage/search_text.h"

namespace dateline::storage {

// How many are kept of one text: those with the lowest hashes, so that two samples can be compared.
inline constexpr size_t kNameSlotsMax = 128;

// Ascending: in the upper 24 bits a hash of three words around a name, in the lower 8 one of its first letters. `terms`
// are those of the text.
std::vector<uint32_t> NameSlots(std::string_view text, const std::vector<Term>& terms);

// How many surroundings both have, with another name in each. Every place gives two: with the two words before it and
// the one behind it, and the other way round.
int CountDifferingNames(std::span<const uint32_t> first, std::span<const uint32_t> second);

}  // namespace dateline::storage
