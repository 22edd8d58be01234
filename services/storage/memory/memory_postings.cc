#include "services/storage/memory/memory_postings.h"

namespace dateline::storage {

PostingHead MemoryPostings::head() const {
  PostingHead head{
      .resets = resets_, .runs = {}, .first = rows_.empty() ? latest_ + 1 : rows_.begin()->first, .latest = latest_};
  for (const auto& [number, run] : runs_) head.runs.push_back(run);
  return head;
}

std::vector<PostingRow> MemoryPostings::Rows(int64_t after, int limit) const {
  std::vector<PostingRow> rows;
  for (auto row = rows_.upper_bound(after); row != rows_.end() && rows.size() < static_cast<size_t>(limit); ++row)
    rows.push_back(row->second);
  return rows;
}

std::vector<std::string> MemoryPostings::Buckets(int64_t run, const std::vector<uint32_t>& buckets) const {
  std::vector<std::string> found;
  for (const uint32_t bucket : buckets) {
    const auto kept = buckets_.find({run, bucket});
    found.push_back(kept == buckets_.end() ? std::string() : kept->second);
  }
  return found;
}

void MemoryPostings::PutBuckets(int64_t run, uint32_t first, const std::vector<std::string>& buckets) {
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (!buckets[i].empty()) buckets_[{run, first + static_cast<uint32_t>(i)}] = buckets[i];
  }
}

void MemoryPostings::Move(const PostingMove& move) {
  runs_[move.into.number] = move.into;
  PutBuckets(move.into.number, move.first_into, move.buckets);
  for (const int64_t from : move.from) {
    buckets_.erase(buckets_.lower_bound({from, move.first}), buckets_.lower_bound({from, move.last}));
    if (move.into.is_whole()) runs_.erase(from);
  }
}

void MemoryPostings::Apply(const DerivedChanges& changes) {
  if (const auto& run = changes.posting_run; run.has_value()) {
    rows_.erase(rows_.begin(), rows_.upper_bound(run->up_to));
    runs_[run->number] = {.number = run->number};
    PutBuckets(run->number, 0, run->buckets);
  }
  for (const PostingMove& move : changes.posting_moves) Move(move);
  for (const PostingRow& row : changes.postings) {
    rows_[row.sequence] = row;
    latest_ = row.sequence;
  }
}

void MemoryPostings::Reset() {
  const uint64_t resets = resets_ + 1;
  *this = MemoryPostings{};
  resets_ = resets;
}

}  // namespace dateline::storage
