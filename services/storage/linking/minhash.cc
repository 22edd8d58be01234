#include "services/storage/linking/minhash.h"

#include <algorithm>

namespace dateline::storage {
namespace {

// The kinds of keys share one space of 64-bit numbers.
constexpr uint64_t kBandSeed = 0x62616E6400000000ULL;
constexpr uint64_t kAnchorSeed = 0x616E63686F720000ULL;

uint64_t Scramble(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

// The constants of the hash functions; derived, so that signatures are the same on every machine for ever.
struct Functions {
  std::array<uint32_t, kMinHashes> flip;
  std::array<uint32_t, kMinHashes> factor;
  Functions() {
    for (size_t i = 0; i < kMinHashes; ++i) {
      const uint64_t random = Scramble(i);
      flip[i] = static_cast<uint32_t>(random);
      factor[i] = static_cast<uint32_t>(random >> 32U) | 1U;
    }
  }
};

}  // namespace

Signature MakeSignature(const ShingleSet& set) {
  static const Functions functions;
  Signature signature;
  signature.fill(UINT32_MAX);
  for (const uint32_t hash : set.hashes) {
    for (size_t i = 0; i < kMinHashes; ++i) {
      uint32_t value = (hash ^ functions.flip[i]) * functions.factor[i];
      value ^= value >> 15U;
      value *= 0x2C1B3C6DU;
      signature[i] = std::min(signature[i], value);
    }
  }
  return signature;
}

std::vector<uint64_t> BandKeys(const ShingleSet& set, const Signature& signature) {
  std::vector<uint64_t> keys;
  if (set.hashes.size() < kShinglesMin) return keys;
  keys.reserve(kBands);
  for (size_t band = 0; band < kBands; ++band) {
    uint64_t key = kBandSeed + band;
    for (size_t row = 0; row < kBandRows; ++row) key = Scramble(key ^ signature[band * kBandRows + row]);
    keys.push_back(key);
  }
  return keys;
}

std::vector<uint64_t> AnchorKeys(const ShingleSet& set) {
  std::vector<uint64_t> keys;
  if (set.hashes.size() < kShinglesMin) return keys;
  for (const uint32_t hash : set.hashes) {
    const uint64_t key = Scramble(kAnchorSeed ^ hash);
    if (key % kAnchorRate != 0) continue;
    keys.push_back(key);
    if (keys.size() == kAnchorsMax) break;
  }
  return keys;
}

}  // namespace dateline::storage
