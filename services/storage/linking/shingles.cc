#include "services/storage/linking/shingles.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

#include "services/storage/search_text.h"

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

// The place behind the last hash that is not above the ceiling.
auto EndBelow(const ShingleSet& set, uint32_t ceiling) {
  return std::upper_bound(set.hashes.begin(), set.hashes.end(), ceiling);
}

}  // namespace

ShingleSet MakeShingles(std::string_view text) {
  ShingleSet set;
  const std::vector<Term> terms = SearchTerms(text);
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

Overlap CompareShingles(const ShingleSet& first, const ShingleSet& second) {
  const uint32_t ceiling = std::min(first.ceiling, second.ceiling);
  auto a = first.hashes.begin();
  auto b = second.hashes.begin();
  const auto a_end = EndBelow(first, ceiling);
  const auto b_end = EndBelow(second, ceiling);
  const auto a_size = static_cast<double>(a_end - a);
  const auto b_size = static_cast<double>(b_end - b);
  if (a_size == 0 || b_size == 0) return {};
  size_t common = 0;
  while (a != a_end && b != b_end) {
    if (*a == *b) {
      ++common;
      ++a;
      ++b;
    } else if (*a < *b) {
      ++a;
    } else {
      ++b;
    }
  }
  const auto shared = static_cast<double>(common);
  return {.jaccard = shared / (a_size + b_size - shared), .of_first = shared / a_size, .of_second = shared / b_size};
}

}  // namespace dateline::storage
