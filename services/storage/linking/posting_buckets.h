#pragma once
// The buckets that a run of postings is cut into. A bucket holds eight bytes for each posting, key and release
// (posting_bytes.h), sorted by key and of one key the latest first. A run of each level holds kRunsMerged times what
// one of the level below does and has as many times the buckets, so that a bucket stays about a kilobyte. Pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/storage/linking/posting_bytes.h"

namespace dateline::storage {

// Of a run of level 0; a power of two.
inline constexpr uint32_t kRunBuckets = 8'192;
// Runs of one level that become one of the next; a power of two.
inline constexpr uint32_t kRunsMerged = 4;
// Runs of this level, some 270 million releases each, stay as they are.
inline constexpr int kRunLevelMax = 7;
// Of one run and key; the latest.
inline constexpr size_t kRunPostingsMax = 32;

inline constexpr size_t kPostingBytes = 2 * sizeof(uint32_t);
inline void AppendPosting(uint32_t key, uint32_t release, std::string* bucket) {
  AppendPostingNumber(key, bucket);
  AppendPostingNumber(release, bucket);
}

uint32_t BucketsOfLevel(int level);
uint32_t BucketOf(uint32_t key, int level);

// Calls `take(key, release)` for each posting, in their order.
template <class Take>
void ForEachPosting(std::string_view bucket, Take take) {
  for (size_t at = 0; at + kPostingBytes <= bucket.size(); at += kPostingBytes)
    take(PostingNumberAt(bucket, at), PostingNumberAt(bucket, at + sizeof(uint32_t)));
}
// The first posting of a bucket whose key is not below, by number.
size_t FirstPostingOf(std::string_view bucket, uint32_t key);
// Calls `take(release)` for each posting of the key, the latest first, until it answers false.
template <class Take>
void FindInBucket(std::string_view bucket, uint32_t key, Take take) {
  for (size_t at = FirstPostingOf(bucket, key) * kPostingBytes; at + kPostingBytes <= bucket.size();
       at += kPostingBytes) {
    if (PostingNumberAt(bucket, at) != key || !take(PostingNumberAt(bucket, at + sizeof(uint32_t)))) return;
  }
}

// The same bucket of kRunsMerged runs, the oldest first, as the kRunsMerged buckets of the run that takes their place:
// added to `merged`. Of each key the latest kRunPostingsMax releases stay.
void MergeBuckets(const std::vector<std::string_view>& buckets, int level, std::vector<std::string>* merged);

}  // namespace dateline::storage
