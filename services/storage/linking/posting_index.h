#pragma once
// Under which keys releases are posted, so that what a new release costs does not grow with the archive. The latest
// postings are held in memory and kept as one row for each release; when enough of them have gathered they become a
// run: sorted, cut into buckets by key, written once and never changed. Of each run a filter is held in memory (12 bits
// for each key), so that of old runs only buckets are read that hold a key; a key is looked for in the latest run
// first, until enough releases are found. Postings are never taken back: whoever finds a release under a key compares
// it, and sees that it changed or is gone.
//
// Keys are told apart by 32 bits here, so one in some thousand look-ups finds a release that has another key; it takes
// more than one to be compared. Used by one thread; the store outlives it. What another process wrote is seen by
// Refresh().

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/derived_store.h"

namespace dateline::storage {

// Releases whose postings are held in memory, about 20 MB of them, before they become a run.
inline constexpr size_t kPostingsInMemory = 16'384;
// What is kept of a key.
inline uint32_t PostingKey(uint64_t key) {
  return static_cast<uint32_t>(key >> 32U);
}

// Of one run and key; PostingIndex::Find() gives no more.
inline constexpr size_t kRunPostingsMax = 32;
// Of one run; a power of two.
inline constexpr uint32_t kRunBuckets = 8'192;

// The keys of one run that may be there, as a Bloom filter with all bits of a key in one cache line.
class KeyFilter {
 public:
  explicit KeyFilter(size_t keys);
  void Add(uint32_t key);
  bool MayHold(uint32_t key) const;

 private:
  static constexpr size_t kWords = 8;  // Of 64 bits: a line.
  size_t LineOf(uint32_t key) const;
  std::vector<uint64_t> words_;
};

// Postings by key, the latest first.
class PostingTable {
 public:
  void Add(uint32_t key, uint32_t release);
  // Calls `take(release)` for each, until it answers false.
  template <class Take>
  void Find(uint32_t key, Take take) const {
    if (heads_.empty()) return;
    for (uint32_t at = heads_[PlaceOf(key)]; at != 0; at = entries_[at - 1].next) {
      const Entry& entry = entries_[at - 1];
      if (entry.key == key && !take(entry.release)) return;
    }
  }
  // All of them as run: kRunBuckets of them, each sorted by key and then the latest first, at most `limit_each` of a
  // key.
  std::vector<std::string> ToBuckets(size_t limit_each) const;
  void Clear();

 private:
  struct Entry {
    uint32_t key = 0;
    uint32_t release = 0;
    uint32_t next = 0;  // Its number from 1; 0: none.
  };
  size_t PlaceOf(uint32_t key) const;
  void Grow();

  std::vector<uint32_t> heads_;  // A power of two.
  std::vector<Entry> entries_;
};

class PostingIndex {
 public:
  explicit PostingIndex(LinkStore& store, size_t in_memory = kPostingsInMemory)
      : store_(store), in_memory_(in_memory) {}

  // Reads what is in the archive and not here. Before each step.
  absl::Status Refresh();
  // The releases posted under each key, the latest first, at most `limit_each`.
  absl::StatusOr<std::vector<std::vector<int64_t>>> Find(const std::vector<uint64_t>& keys, size_t limit_each);
  // Numbers the postings of a step, and adds the run for which it is time.
  void Complete(DerivedChanges* changes) const;
  // After these were applied.
  void Applied(const DerivedChanges& changes);

 private:
  struct Run {
    int64_t number = 0;
    KeyFilter filter;
  };
  void Hold(const PostingRow& row);
  absl::Status LoadRun(int64_t number);

  LinkStore& store_;
  const size_t in_memory_;
  PostingHead head_;
  std::vector<Run> runs_;  // Ascending.
  PostingTable latest_;    // Behind the runs.
  size_t rows_ = 0;        // Of latest_.
};

}  // namespace dateline::storage
