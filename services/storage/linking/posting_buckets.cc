#include "services/storage/linking/posting_buckets.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace dateline::storage {

uint32_t BucketsOfLevel(int level) {
  return kRunBuckets << (std::countr_zero(kRunsMerged) * level);
}

uint32_t BucketOf(uint32_t key, int level) {
  return key >> (32 - std::countr_zero(BucketsOfLevel(level)));
}

size_t FirstPostingOf(std::string_view bucket, uint32_t key) {
  size_t low = 0;
  size_t high = bucket.size() / kPostingBytes;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (PostingNumberAt(bucket, middle * kPostingBytes) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void MergeBuckets(const std::vector<std::string_view>& buckets, int level, std::vector<std::string>* merged) {
  std::vector<std::pair<uint32_t, uint32_t>> postings;  // Key and release.
  for (auto bucket = buckets.rbegin(); bucket != buckets.rend(); ++bucket)
    ForEachPosting(*bucket, [&postings](uint32_t key, uint32_t release) { postings.emplace_back(key, release); });
  // Of one key the latest run comes first, and in it the latest release.
  std::stable_sort(postings.begin(), postings.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const size_t first = merged->size();
  merged->resize(first + kRunsMerged);
  std::vector<uint32_t> of_key;
  for (size_t i = 0; i < postings.size(); ++i) {
    const auto [key, release] = postings[i];
    if (i > 0 && postings[i - 1].first != key) of_key.clear();
    // A release that was revised is posted again.
    if (of_key.size() == kRunPostingsMax || std::find(of_key.begin(), of_key.end(), release) != of_key.end()) continue;
    of_key.push_back(release);
    AppendPosting(key, release, &(*merged)[first + BucketOf(key, level + 1) % kRunsMerged]);
  }
}

}  // namespace dateline::storage
