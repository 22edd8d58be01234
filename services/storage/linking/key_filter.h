#pragma once
// Which keys a run of postings may hold: a Bloom filter with all bits of a key in one cache line (Putze, Sanders,
// Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007), 12 bits for each key. One key in some hundred that
// is not there passes. Used by one thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dateline::storage {

// Spreads what was a part of a hash, so that filter and table do not go by the same bits as buckets.
inline uint64_t SpreadKey(uint32_t key) {
  uint64_t hash = (key + 1) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 32U;
  return hash * 0xD6E8FEB86659FD93ULL;
}

class KeyFilter {
 public:
  // For so many keys; with more of them more pass that are not there.
  explicit KeyFilter(size_t keys);
  void Add(uint32_t key);
  bool MayHold(uint32_t key) const;

 private:
  static constexpr size_t kWords = 8;  // Of 64 bits: a line.
  size_t LineOf(uint32_t key) const;
  std::vector<uint64_t> words_;
};

}  // namespace dateline::storage
