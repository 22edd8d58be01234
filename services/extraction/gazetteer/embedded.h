#pragma once
// The bytes of the compact tables, put into the program by the assembler: no compile time, no start-up work, shared
// pages. Constants, alive as long as the process.

#include <string_view>

namespace dateline::extraction {

// data/places.bin
std::string_view EmbeddedPlaces();
// data/words.bin
std::string_view EmbeddedWords();

}  // namespace dateline::extraction
