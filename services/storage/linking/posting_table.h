#pragma once
// The latest postings by key, in memory. Used by one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "services/storage/linking/key_filter.h"

namespace dateline::storage {

class PostingTable {
 public:
  void Add(uint32_t key, uint32_t release);
  // Calls `take(release)` for each, the latest first, until it answers false.
  template <class Take>
  void Find(uint32_t key, Take take) const {
    if (heads_.empty()) return;
    for (uint32_t at = heads_[PlaceOf(key)]; at != 0; at = entries_[at - 1].next) {
      const Entry& entry = entries_[at - 1];
      if (entry.key == key && !take(entry.release)) return;
    }
  }
  // All of them as the buckets of a run of level 0 (posting_buckets.h).
  std::vector<std::string> ToBuckets() const;
  void Clear();

 private:
  struct Entry {
    uint32_t key = 0;
    uint32_t release = 0;
    uint32_t next = 0;  // Its number from 1; 0: none.
  };
  size_t PlaceOf(uint32_t key) const { return static_cast<size_t>(SpreadKey(key) >> 32U) & (heads_.size() - 1); }
  void Grow();

  std::vector<uint32_t> heads_;  // A power of two.
  std::vector<Entry> entries_;
};

}  // namespace dateline::storage
