#include "services/storage/linking/posting_table.h"

#include <algorithm>

#include "services/storage/linking/posting_buckets.h"

namespace dateline::storage {
namespace {

constexpr size_t kHeadsMin = 1'024;

}  // namespace

void PostingTable::Grow() {
  heads_.assign(std::max(kHeadsMin, heads_.size() * 2), 0);
  for (size_t i = 0; i < entries_.size(); ++i) {
    uint32_t& head = heads_[PlaceOf(entries_[i].key)];
    entries_[i].next = head;
    head = static_cast<uint32_t>(i) + 1;
  }
}

void PostingTable::Add(uint32_t key, uint32_t release) {
  if (entries_.size() >= heads_.size()) Grow();
  uint32_t& head = heads_[PlaceOf(key)];
  entries_.push_back({.key = key, .release = release, .next = head});
  head = static_cast<uint32_t>(entries_.size());
}

void PostingTable::Clear() {
  heads_ = {};
  entries_ = {};
}

std::vector<std::string> PostingTable::ToBuckets() const {
  std::vector<Entry> sorted = entries_;
  // `next` is the number of the entry from here on: of one key the latest comes first.
  for (size_t i = 0; i < sorted.size(); ++i) sorted[i].next = static_cast<uint32_t>(i);
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry& a, const Entry& b) { return a.key != b.key ? a.key < b.key : a.next > b.next; });
  std::vector<std::string> buckets(kRunBuckets);
  size_t of_key = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    of_key = i > 0 && sorted[i].key == sorted[i - 1].key ? of_key + 1 : 1;
    if (of_key > kRunPostingsMax) continue;
    AppendPosting(sorted[i].key, sorted[i].release, &buckets[BucketOf(sorted[i].key, 0)]);
  }
  return buckets;
}

}  // namespace dateline::storage
