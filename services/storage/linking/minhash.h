#pragma once
// MinHash signatures and their bands: which texts are worth comparing. Two texts whose shingle sets have Jaccard
// similarity j share at least one of the 42 bands of three hashes with probability 1 - (1 - j^3)^42: .997 at .5, .78 at
// .33, .04 at .1. Texts that hold one another at very different lengths have a small j; anchors (below) find those.
// Pure and thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/storage/linking/shingles.h"

namespace dateline::storage {

inline constexpr size_t kMinHashes = 128;
inline constexpr size_t kBands = 42;
inline constexpr size_t kBandRows = 3;

using Signature = std::array<uint32_t, kMinHashes>;

Signature MakeSignature(const ShingleSet& set);
// One key for each band. Empty for a set that is too small to be compared (kShinglesMin).
std::vector<uint64_t> BandKeys(const ShingleSet& set, const Signature& signature);

// The shingles whose hash is the same rare kind in every text (one in kAnchorRate), at most kAnchorsMax: a piece shares
// the anchors of its part with the whole, however much longer that is.
inline constexpr uint32_t kAnchorRate = 16;
inline constexpr size_t kAnchorsMax = 64;
std::vector<uint64_t> AnchorKeys(const ShingleSet& set);

}  // namespace dateline::storage
