#include "services/storage/linking/posting_runs.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/linking/posting_buckets.h"

namespace dateline::storage {
namespace {

constexpr uint32_t kBucketsAtOnce = 512;

// The distinct keys of buckets that follow each other.
std::vector<uint32_t> KeysIn(const std::vector<std::string>& buckets) {
  std::vector<uint32_t> keys;
  for (const std::string& bucket : buckets) {
    ForEachPosting(bucket, [&keys](uint32_t key, uint32_t) {
      if (keys.empty() || keys.back() != key) keys.push_back(key);
    });
  }
  return keys;
}

// Buckets of a run that hold something.
uint32_t FilledBuckets(const PostingRunHead& head) {
  return head.is_whole() ? BucketsOfLevel(head.level) : static_cast<uint32_t>(head.moved) * kRunsMerged;
}

}  // namespace

const PostingRuns::Run* PostingRuns::MadeOf(int level) const {
  const auto made = std::find_if(runs_.begin(), runs_.end(), [level](const Run& run) {
    return run.head.level == level + 1 && !run.head.is_whole();
  });
  return made == runs_.end() ? nullptr : &*made;
}

std::vector<const PostingRuns::Run*> PostingRuns::Sources(int level) const {
  std::vector<const Run*> sources;
  for (const Run& run : runs_) {
    if (run.head.level == level && run.head.is_whole() && sources.size() < kRunsMerged) sources.push_back(&run);
  }
  return sources;
}

PostingRuns::Run* PostingRuns::FindRun(int64_t number) {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [number](const Run& r) { return r.head.number == number; });
  return found == runs_.end() ? nullptr : &*found;
}

void PostingRuns::Put(const PostingRunHead& head, const std::vector<uint32_t>& keys) {
  Run* run = FindRun(head.number);
  if (run == nullptr) {
    size_t expected = keys.size();
    if (!head.is_whole()) {
      for (const Run* const source : Sources(head.level - 1)) expected += source->keys;
    }
    const auto older = [](const PostingRunHead& a, const Run& b) {
      return a.level != b.head.level ? a.level > b.head.level : a.number < b.head.number;
    };
    run = &*runs_.insert(std::upper_bound(runs_.begin(), runs_.end(), head, older),
                         {.head = head, .filter = KeyFilter(expected), .keys = 0});
  }
  run->head = head;
  run->keys += keys.size();
  for (const uint32_t key : keys) run->filter.Add(key);
}

uint32_t PostingRuns::MovedAway(const Run& run) const {
  const Run* const made = MadeOf(run.head.level);
  const auto sources = Sources(run.head.level);
  const bool moves = made != nullptr && std::find(sources.begin(), sources.end(), &run) != sources.end();
  return moves ? static_cast<uint32_t>(made->head.moved) : 0;
}

absl::StatusOr<std::vector<std::string>> PostingRuns::LoadBuckets(int64_t run, uint32_t first, uint32_t last) const {
  std::vector<uint32_t> numbers;
  for (uint32_t bucket = first; bucket < last; ++bucket) numbers.push_back(bucket);
  return store_.LoadPostingBuckets(run, numbers);
}

absl::StatusOr<std::vector<uint32_t>> PostingRuns::LoadKeys(const PostingRunHead& head, uint32_t first,
                                                            uint32_t last) const {
  std::vector<uint32_t> keys;
  for (uint32_t at = first; at < last; at += kBucketsAtOnce) {
    DATELINE_ASSIGN_OR_RETURN(const auto buckets, LoadBuckets(head.number, at, std::min(last, at + kBucketsAtOnce)));
    const std::vector<uint32_t> some = KeysIn(buckets);
    keys.insert(keys.end(), some.begin(), some.end());
  }
  return keys;
}

absl::Status PostingRuns::Refresh(const std::vector<PostingRunHead>& heads) {
  std::erase_if(runs_, [&heads](const Run& run) {
    return std::none_of(heads.begin(), heads.end(),
                        [&run](const auto& head) { return head.number == run.head.number; });
  });
  // From below: how many keys a run will hold that is being made is known by those that it is made of.
  std::vector<PostingRunHead> sorted = heads;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.level < b.level; });
  for (const PostingRunHead& head : sorted) {
    const Run* const known = FindRun(head.number);
    if (known != nullptr && known->head == head) continue;
    const uint32_t first = known == nullptr ? 0 : FilledBuckets(known->head);
    DATELINE_ASSIGN_OR_RETURN(const std::vector<uint32_t> keys, LoadKeys(head, first, FilledBuckets(head)));
    Put(head, keys);
  }
  return absl::OkStatus();
}

absl::Status PostingRuns::Find(const std::vector<uint32_t>& keys, const std::function<bool(size_t)>& wants,
                               const std::function<bool(size_t, uint32_t)>& take) {
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    const uint32_t moved_away = MovedAway(*run);
    std::map<uint32_t, std::vector<size_t>> wanted;  // Keys by bucket.
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!run->filter.MayHold(keys[i]) || !wants(i)) continue;
      const uint32_t bucket = BucketOf(keys[i], run->head.level);
      if (bucket >= moved_away) wanted[bucket].push_back(i);
    }
    if (wanted.empty()) continue;
    std::vector<uint32_t> numbers;
    for (const auto& [bucket, of] : wanted) numbers.push_back(bucket);
    DATELINE_ASSIGN_OR_RETURN(const auto buckets, store_.LoadPostingBuckets(run->head.number, numbers));
    for (size_t b = 0; b < numbers.size(); ++b) {
      for (const size_t i : wanted[numbers[b]])
        FindInBucket(buckets[b], keys[i], [&](uint32_t release) { return take(i, release); });
    }
  }
  return absl::OkStatus();
}

std::vector<PostingRunHead> PostingRuns::heads() const {
  std::vector<PostingRunHead> heads;
  for (const Run& run : runs_) heads.push_back(run.head);
  std::sort(heads.begin(), heads.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return heads;
}

int64_t PostingRuns::next_number() const {
  int64_t last = 0;
  for (const Run& run : runs_) last = std::max(last, run.head.number);
  return last + 1;
}

absl::StatusOr<PostingMove> PostingRuns::PlanMove(int level, uint32_t buckets_max) const {
  const Run* const made = MadeOf(level);
  PostingMove move;
  move.into = made == nullptr ? PostingRunHead{.number = 0, .level = level + 1, .moved = 0} : made->head;
  move.first = static_cast<uint32_t>(move.into.moved);
  move.last = std::min(BucketsOfLevel(level), move.first + buckets_max);
  std::vector<std::vector<std::string>> loaded;
  for (const Run* const source : Sources(level)) {
    move.from.push_back(source->head.number);
    DATELINE_ASSIGN_OR_RETURN(auto buckets, LoadBuckets(source->head.number, move.first, move.last));
    loaded.push_back(std::move(buckets));
  }
  move.first_into = move.first * kRunsMerged;
  for (uint32_t i = 0; i < move.last - move.first; ++i) {
    std::vector<std::string_view> same;
    for (const auto& of_source : loaded) same.emplace_back(of_source[i]);
    MergeBuckets(same, level, &move.buckets);
  }
  move.into.moved = move.last == BucketsOfLevel(level) ? PostingRunHead::kWhole : int64_t{move.last};
  return move;
}

absl::StatusOr<std::vector<PostingMove>> PostingRuns::PlanMoves(uint32_t buckets_max) const {
  std::vector<PostingMove> moves;
  for (int level = 0; level < kRunLevelMax; ++level) {
    if (Sources(level).size() < kRunsMerged) continue;
    DATELINE_ASSIGN_OR_RETURN(PostingMove move, PlanMove(level, buckets_max));
    moves.push_back(std::move(move));
  }
  return moves;
}

void PostingRuns::Applied(const PostingRun& made) {
  Put({.number = made.number}, KeysIn(made.buckets));
}

void PostingRuns::Applied(const PostingMove& move) {
  Put(move.into, KeysIn(move.buckets));
  if (!move.into.is_whole()) return;
  std::erase_if(runs_, [&move](const Run& run) {
    return std::find(move.from.begin(), move.from.end(), run.head.number) != move.from.end();
  });
}

}  // namespace dateline::storage
