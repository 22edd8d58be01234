#pragma once
// Under which keys releases are posted, so that what a new release costs does not grow with the archive. The latest
// postings are held in memory and kept as one row for each release; when enough of them have gathered they become a
// run: sorted, cut into buckets by key, written once (posting_runs.h). A key is looked for in the latest postings
// first, then run after run, until enough releases are found. Postings are never taken back: whoever finds a release
// under a key compares it, and sees that it changed or is gone.
//
// Keys are told apart by 32 bits here, so one in some thousand look-ups finds a release that has another key; it takes
// more than one to be compared. Used by one thread; the store outlives it. What another process wrote is seen by
// Refresh().

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/derived_store.h"
#include "services/storage/linking/posting_runs.h"
#include "services/storage/linking/posting_table.h"

namespace dateline::storage {

// Releases whose postings are held in memory, some 20 to 65 MB with the run that is made of them.
inline constexpr size_t kPostingsInMemory = 16'384;
// What is kept of a key.
inline uint32_t PostingKey(uint64_t key) {
  return static_cast<uint32_t>(key >> 32U);
}

class PostingIndex {
 public:
  explicit PostingIndex(LinkStore& store, size_t in_memory = kPostingsInMemory)
      : store_(store), in_memory_(in_memory), runs_(store) {}

  // Reads what is in the archive and not here. Before each step.
  absl::Status Refresh();
  // The releases posted under each key, the latest first, at most `limit_each`.
  absl::StatusOr<std::vector<std::vector<int64_t>>> Find(const std::vector<uint64_t>& keys, size_t limit_each);
  // Numbers the postings of a step, and adds the run for which it is time and what moves between runs.
  absl::Status Complete(DerivedChanges* changes) const;
  // After these were applied.
  void Applied(const DerivedChanges& changes);

 private:
  void Hold(const PostingRow& row);

  LinkStore& store_;
  const size_t in_memory_;
  PostingHead head_;  // What is here.
  PostingRuns runs_;
  PostingTable latest_;  // Behind the runs.
  size_t rows_ = 0;      // Of latest_.
};

}  // namespace dateline::storage
