#pragma once
// How far apart two words are, for "did you mean": unknown keys of a configuration, unknown fields of a filter. Pure
// and thread-safe. It costs the product of the two lengths, so the caller cuts what somebody typed.

#include <cstddef>
#include <string_view>

namespace dateline {

// Levenshtein's distance in bytes: insertions, deletions and substitutions.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace dateline
