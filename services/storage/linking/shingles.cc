#include "services/storage/linking/shingles.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

namespace dateline::storage {
namespace {

constexpr size_t kTermsPerShingle = 3;

uint64_t HashTerm(const std::string& term) {
  return XXH3_64bits(term.data(), term.size());
}

uint64_t Mix(uint64_t hash) {
  hash ^= hash >> 31U;
  hash *= 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29U);
}

// The hashes that are not above the ceiling.
std::span<const uint32_t> Below(std::span<const uint32_t> hashes, uint32_t ceiling) {
  const auto end = std::upper_bound(hashes.begin(), hashes.end(), ceiling);
  return hashes.first(static_cast<size_t>(end - hashes.begin()));
}

// Hashes of the smaller set that are a sample, and how many of them the other has when it holds seven tenths of them
// and chance is very much against it.
constexpr size_t kSample = 64;
constexpr size_t kSampleCommonMin = 26;

size_t CountCommon(std::span<const uint32_t> first, std::span<const uint32_t> second) {
  const uint32_t* a = first.data();
  const uint32_t* b = second.data();
  const uint32_t* const a_end = a + first.size();
  const uint32_t* const b_end = b + second.size();
  size_t common = 0;
  // Without branches on what is compared, which is chance.
  while (a != a_end && b != b_end) {
    const uint32_t left = *a;
    const uint32_t right = *b;
    common += left == right ? 1 : 0;
    a += left <= right ? 1 : 0;
    b += right <= left ? 1 : 0;
  }
  return common;
}

}  // namespace

ShingleSet MakeShingles(const std::vector<Term>& terms) {
  ShingleSet set;
  set.terms = terms.size();
  std::array<uint64_t, kTermsPerShingle> last{};
  for (size_t i = 0; i < terms.size(); ++i) {
    const uint64_t term = HashTerm(terms[i].text);
    set.text_hash = Mix(set.text_hash ^ term) + i;
    last = {last[1], last[2], term};
    if (i + 1 < kTermsPerShingle) continue;
    set.hashes.push_back(static_cast<uint32_t>(Mix(Mix(last[0]) ^ Mix(last[1] + 1) ^ last[2]) >> 32U));
  }
  std::sort(set.hashes.begin(), set.hashes.end());
  set.hashes.erase(std::unique(set.hashes.begin(), set.hashes.end()), set.hashes.end());
  if (set.hashes.size() > kShinglesMax) {
    set.hashes.resize(kShinglesMax);
    set.ceiling = set.hashes.back();
  }
  return set;
}

Overlap CompareShingles(const ShingleView& first, const ShingleView& second) {
  const uint32_t ceiling = std::min(first.ceiling, second.ceiling);
  const auto a = Below(first.hashes, ceiling);
  const auto b = Below(second.hashes, ceiling);
  if (a.empty() || b.empty()) return {};
  const auto a_size = static_cast<double>(a.size());
  const auto b_size = static_cast<double>(b.size());
  const auto shared = static_cast<double>(CountCommon(a, b));
  return {.jaccard = shared / (a_size + b_size - shared), .of_first = shared / a_size, .of_second = shared / b_size};
}

bool MayOverlap(const ShingleView& first, const ShingleView& second) {
  const uint32_t ceiling = std::min(first.ceiling, second.ceiling);
  const auto a = Below(first.hashes, ceiling);
  const auto b = Below(second.hashes, ceiling);
  const auto& fewer = a.size() <= b.size() ? a : b;
  if (fewer.size() <= kSample) return true;
  const uint32_t sampled = fewer[kSample - 1];
  return CountCommon(Below(a, sampled), Below(b, sampled)) >= kSampleCommonMin;
}

}  // namespace dateline::storage
