#pragma once
// Postings of releases in memory, as a database keeps them (link_store.h). Used under the lock of its owner.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/storage/derived_store.h"

namespace dateline::storage {

class MemoryPostings {
 public:
  PostingHead head() const;
  std::vector<PostingRow> Rows(int64_t after, int limit) const;
  std::vector<std::string> Buckets(int64_t run, const std::vector<uint32_t>& buckets) const;
  // Of all runs.
  size_t bucket_count() const { return buckets_.size(); }

  void Apply(const DerivedChanges& changes);
  void Reset();

 private:
  void PutBuckets(int64_t run, uint32_t first, const std::vector<std::string>& buckets);
  void Move(const PostingMove& move);

  uint64_t resets_ = 0;
  int64_t latest_ = 0;
  std::map<int64_t, PostingRow> rows_;  // By sequence.
  std::map<int64_t, PostingRunHead> runs_;
  std::map<std::pair<int64_t, uint32_t>, std::string> buckets_;  // By run and number; those that hold something.
};

}  // namespace dateline::storage
