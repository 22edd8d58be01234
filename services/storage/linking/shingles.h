#pragma once
// The words of a release as a set of hashed shingles (runs of three search terms), with which two texts are compared
// whatever was re-wrapped, re-ordered, cut or put around them. Terms are those of the search index, so case, accents
// and width do not matter, and Chinese, Japanese and Korean, whose terms are pairs of characters, are compared by runs
// of four characters. Pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "services/storage/search_text.h"

namespace dateline::storage {

// How many hashes are kept of one text. Of a longer one those are kept that lie below a ceiling, so that two samples
// can still be compared.
inline constexpr size_t kShinglesMax = 16'384;
// A text with fewer shingles is compared as a whole only.
inline constexpr size_t kShinglesMin = 12;
// A text with fewer than these is a short one: it has few keys under which others find it.
inline constexpr size_t kFewShingles = 72;

struct ShingleSet {
  std::vector<uint32_t> hashes;   // Ascending, distinct.
  uint32_t ceiling = UINT32_MAX;  // Only hashes up to this were kept.
  uint64_t text_hash = 0;         // Of all terms in order; 0 for a text without terms.
  size_t terms = 0;               // How many terms the text has.
};

ShingleSet MakeShingles(const std::vector<Term>& terms);

// The hashes of a set that somebody else keeps.
struct ShingleView {
  std::span<const uint32_t> hashes;
  uint32_t ceiling = UINT32_MAX;
};
inline ShingleView ViewOf(const ShingleSet& set) {
  return {.hashes = set.hashes, .ceiling = set.ceiling};
}

// How two sets overlap, 0 to 1 each.
struct Overlap {
  double jaccard = 0;
  double of_first = 0;   // The share of the first that is in the second.
  double of_second = 0;  // The share of the second that is in the first.
};
Overlap CompareShingles(const ShingleView& first, const ShingleView& second);
// False when neither surely holds two fifths of the other, told by a sample: the lowest hashes of both.
bool MayOverlap(const ShingleView& first, const ShingleView& second);

}  // namespace dateline::storage
