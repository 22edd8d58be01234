#pragma once
// The runs of postings (posting_buckets.h), so few that a key is looked for in each. kRunsMerged runs of one level
// become one of the next, as in a log-structured merge tree (O'Neil and others, 1996): with all levels there are some
// ten runs among a million releases. They do so little by little, as releases are posted, in the order of keys: a
// bucket leaves them for the run that takes their place in the transaction of a step, and every key stands in one of
// them or in that one, never in both. A merge that was interrupted goes on where it was; no step is longer for it.
//
// Of each run a filter is held in memory, so that buckets are read only where a key stands. Used by one thread; the
// store outlives it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/derived_store.h"
#include "services/storage/linking/key_filter.h"

namespace dateline::storage {

class PostingRuns {
 public:
  explicit PostingRuns(LinkStore& store) : store_(store) {}

  // Reads what is in the archive and not here.
  absl::Status Refresh(const std::vector<PostingRunHead>& heads);
  void Clear() { runs_.clear(); }

  // Calls `take(i, release)` for the postings of keys[i], the latest first; wants(i) says whether there is need of
  // more.
  absl::Status Find(const std::vector<uint32_t>& keys, const std::function<bool(size_t)>& wants,
                    const std::function<bool(size_t, uint32_t)>& take);

  // Ascending by number.
  std::vector<PostingRunHead> heads() const;
  int64_t next_number() const;
  // What to move in a step, at most so many buckets of each of a level's runs. The number of a run that begins is 0.
  absl::StatusOr<std::vector<PostingMove>> PlanMoves(uint32_t buckets_max) const;

  // After these were applied.
  void Applied(const PostingRun& made);
  void Applied(const PostingMove& move);

 private:
  struct Run {
    PostingRunHead head;
    KeyFilter filter;
    size_t keys = 0;
  };
  using Runs = std::vector<Run>;  // The oldest first: of the highest level, and in it of the lowest number.

  // The run that is made of those of the level, or null.
  const Run* MadeOf(int level) const;
  // The oldest whole runs of the level; fewer than kRunsMerged when no merge of them is due or under way.
  std::vector<const Run*> Sources(int level) const;
  absl::StatusOr<PostingMove> PlanMove(int level, uint32_t buckets_max) const;
  absl::StatusOr<std::vector<std::string>> LoadBuckets(int64_t run, uint32_t first, uint32_t last) const;
  // Reads the keys of [first, last) of a run's buckets.
  absl::StatusOr<std::vector<uint32_t>> LoadKeys(const PostingRunHead& head, uint32_t first, uint32_t last) const;
  Run* FindRun(int64_t number);
  // Adds the keys to the run, which may be new.
  void Put(const PostingRunHead& head, const std::vector<uint32_t>& keys);
  // So many of the first buckets of a run stand in the one that takes its place.
  uint32_t MovedAway(const Run& run) const;

  LinkStore& store_;
  Runs runs_;
};

}  // namespace dateline::storage
