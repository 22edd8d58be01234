#include "services/storage/linking/posting_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/linking/posting_bytes.h"

namespace dateline::storage {
namespace {

constexpr size_t kFilterBitsPerKey = 12;
constexpr int kFilterProbes = 6;
constexpr size_t kHeadsMin = 1'024;
constexpr int kRowsAtOnce = 1'000;
constexpr int kBucketsAtOnce = 512;
constexpr size_t kEntryBytes = 2 * sizeof(uint32_t);

uint32_t BucketOf(uint32_t key) {
  return key >> (32 - std::countr_zero(kRunBuckets));
}

// Spreads what was a part of a hash, so that filter and table do not go by the same bits as buckets.
uint64_t Spread(uint32_t key) {
  uint64_t hash = (key + 1) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 32U;
  return hash * 0xD6E8FEB86659FD93ULL;
}

// The first entry of a bucket whose key is not below; they are sorted.
size_t FirstOf(std::string_view bucket, uint32_t key) {
  size_t low = 0;
  size_t high = bucket.size() / kEntryBytes;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (PostingNumberAt(bucket, middle * kEntryBytes) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

KeyFilter::KeyFilter(size_t keys)
    : words_(kWords * std::max<size_t>(1, (keys * kFilterBitsPerKey + 64 * kWords - 1) / (64 * kWords))) {}

size_t KeyFilter::LineOf(uint32_t key) const {
  // The upper half of the product is even over all lines.
  const uint64_t lines = words_.size() / kWords;
  return static_cast<size_t>(((Spread(key) >> 32U) * lines) >> 32U) * kWords;
}

void KeyFilter::Add(uint32_t key) {
  const size_t line = LineOf(key);
  uint64_t bits = Spread(~key);
  for (int i = 0; i < kFilterProbes; ++i, bits >>= 9U) words_[line + ((bits >> 6U) & 7U)] |= 1ULL << (bits & 63U);
}

bool KeyFilter::MayHold(uint32_t key) const {
  const size_t line = LineOf(key);
  uint64_t bits = Spread(~key);
  for (int i = 0; i < kFilterProbes; ++i, bits >>= 9U) {
    if ((words_[line + ((bits >> 6U) & 7U)] & (1ULL << (bits & 63U))) == 0) return false;
  }
  return true;
}

size_t PostingTable::PlaceOf(uint32_t key) const {
  return static_cast<size_t>(Spread(key) >> 32U) & (heads_.size() - 1);
}

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

std::vector<std::string> PostingTable::ToBuckets(size_t limit_each) const {
  std::vector<Entry> sorted = entries_;
  // `next` is the number of the entry from here on: of one key the latest comes first.
  for (size_t i = 0; i < sorted.size(); ++i) sorted[i].next = static_cast<uint32_t>(i);
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry& a, const Entry& b) { return a.key != b.key ? a.key < b.key : a.next > b.next; });
  std::vector<std::string> buckets(kRunBuckets);
  size_t of_key = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    of_key = i > 0 && sorted[i].key == sorted[i - 1].key ? of_key + 1 : 1;
    if (of_key > limit_each) continue;
    std::string& bucket = buckets[BucketOf(sorted[i].key)];
    AppendPostingNumber(sorted[i].key, &bucket);
    AppendPostingNumber(sorted[i].release, &bucket);
  }
  return buckets;
}

void PostingIndex::Hold(const PostingRow& row) {
  for (const uint32_t key : row.keys) latest_.Add(key, static_cast<uint32_t>(row.release_id));
  ++rows_;
}

absl::Status PostingIndex::LoadRun(int64_t number) {
  std::vector<uint32_t> keys;
  for (uint32_t first = 0; first < kRunBuckets; first += kBucketsAtOnce) {
    std::vector<uint32_t> wanted(kBucketsAtOnce);
    for (uint32_t i = 0; i < kBucketsAtOnce; ++i) wanted[i] = first + i;
    DATELINE_ASSIGN_OR_RETURN(const auto buckets, store_.LoadPostingBuckets(number, wanted));
    for (const std::string& bucket : buckets) {
      for (size_t at = 0; at + kEntryBytes <= bucket.size(); at += kEntryBytes) {
        const uint32_t key = PostingNumberAt(bucket, at);
        if (keys.empty() || keys.back() != key) keys.push_back(key);
      }
    }
  }
  Run& run = runs_.emplace_back(Run{.number = number, .filter = KeyFilter(keys.size())});
  for (const uint32_t key : keys) run.filter.Add(key);
  return absl::OkStatus();
}

absl::Status PostingIndex::Refresh() {
  DATELINE_ASSIGN_OR_RETURN(const PostingHead head, store_.LoadPostingHead());
  if (head == head_) return absl::OkStatus();
  // Runs are only added, unless everything began anew; with a new one what is behind the runs is another part.
  const bool same = head.resets == head_.resets && head.runs.size() >= runs_.size();
  if (!same) runs_.clear();
  if (!same || head.runs != head_.runs) {
    latest_.Clear();
    rows_ = 0;
    head_.latest = 0;
  }
  for (size_t i = runs_.size(); i < head.runs.size(); ++i) DATELINE_RETURN_IF_ERROR(LoadRun(head.runs[i]));
  while (head_.latest < head.latest) {
    DATELINE_ASSIGN_OR_RETURN(const auto rows, store_.LoadPostings(head_.latest, kRowsAtOnce));
    if (rows.empty()) break;
    for (const PostingRow& row : rows) Hold(row);
    head_.latest = rows.back().sequence;
  }
  head_ = head;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<int64_t>>> PostingIndex::Find(const std::vector<uint64_t>& keys,
                                                                     size_t limit_each) {
  std::vector<std::vector<int64_t>> found(keys.size());
  const auto add = [&found, limit_each](size_t i, uint32_t release) {
    const auto id = static_cast<int64_t>(release);
    // A release that was revised is posted again.
    if (std::find(found[i].begin(), found[i].end(), id) == found[i].end()) found[i].push_back(id);
    return found[i].size() < limit_each;
  };
  for (size_t i = 0; i < keys.size(); ++i) {
    latest_.Find(PostingKey(keys[i]), [&](uint32_t release) { return add(i, release); });
  }
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    std::map<uint32_t, std::vector<size_t>> wanted;  // Keys by bucket.
    for (size_t i = 0; i < keys.size(); ++i) {
      const uint32_t key = PostingKey(keys[i]);
      if (found[i].size() < limit_each && run->filter.MayHold(key)) wanted[BucketOf(key)].push_back(i);
    }
    if (wanted.empty()) continue;
    std::vector<uint32_t> numbers;
    for (const auto& [bucket, of] : wanted) numbers.push_back(bucket);
    DATELINE_ASSIGN_OR_RETURN(const auto buckets, store_.LoadPostingBuckets(run->number, numbers));
    for (size_t b = 0; b < numbers.size(); ++b) {
      for (const size_t i : wanted[numbers[b]]) {
        const uint32_t key = PostingKey(keys[i]);
        for (size_t at = FirstOf(buckets[b], key) * kEntryBytes;
             at + kEntryBytes <= buckets[b].size() && PostingNumberAt(buckets[b], at) == key; at += kEntryBytes) {
          if (!add(i, PostingNumberAt(buckets[b], at + sizeof(uint32_t)))) break;
        }
      }
    }
  }
  return found;
}

void PostingIndex::Complete(DerivedChanges* changes) const {
  int64_t sequence = head_.latest;
  for (PostingRow& row : changes->postings) row.sequence = ++sequence;
  if (rows_ < in_memory_) return;
  PostingRun run;
  run.number = head_.runs.empty() ? 1 : head_.runs.back() + 1;
  run.up_to = head_.latest;
  run.buckets = latest_.ToBuckets(kRunPostingsMax);
  changes->posting_run = std::move(run);
}

void PostingIndex::Applied(const DerivedChanges& changes) {
  if (changes.posting_run.has_value()) {
    const PostingRun& made = *changes.posting_run;
    std::unordered_set<uint32_t> keys;
    for (const std::string& bucket : made.buckets) {
      for (size_t at = 0; at + kEntryBytes <= bucket.size(); at += kEntryBytes)
        keys.insert(PostingNumberAt(bucket, at));
    }
    Run& run = runs_.emplace_back(Run{.number = made.number, .filter = KeyFilter(keys.size())});
    for (const uint32_t key : keys) run.filter.Add(key);
    head_.runs.push_back(made.number);
    latest_.Clear();
    rows_ = 0;
  }
  for (const PostingRow& row : changes.postings) {
    Hold(row);
    head_.latest = row.sequence;
  }
}

}  // namespace dateline::storage
