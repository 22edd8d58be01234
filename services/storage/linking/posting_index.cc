#include "services/storage/linking/posting_index.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/linking/posting_buckets.h"

namespace dateline::storage {
namespace {

constexpr int kRowsAtOnce = 1'000;

}  // namespace

void PostingIndex::Hold(const PostingRow& row) {
  for (const uint32_t key : row.keys) latest_.Add(key, static_cast<uint32_t>(row.release_id));
  ++rows_;
}

absl::Status PostingIndex::Refresh() {
  DATELINE_ASSIGN_OR_RETURN(const PostingHead head, store_.LoadPostingHead());
  if (head == head_) return absl::OkStatus();
  if (head.resets != head_.resets) runs_.Clear();
  // With a new run of rows what is behind the runs is another part.
  if (head.resets != head_.resets || head.first != head_.first) {
    latest_.Clear();
    rows_ = 0;
    head_.latest = 0;
  }
  DATELINE_RETURN_IF_ERROR(runs_.Refresh(head.runs));
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
  const auto take = [&found, limit_each](size_t i, uint32_t release) {
    const auto id = static_cast<int64_t>(release);
    // A release that was revised is posted again.
    if (std::find(found[i].begin(), found[i].end(), id) == found[i].end()) found[i].push_back(id);
    return found[i].size() < limit_each;
  };
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < keys.size(); ++i) {
    kept.push_back(PostingKey(keys[i]));
    latest_.Find(kept[i], [&](uint32_t release) { return take(i, release); });
  }
  const auto wants = [&found, limit_each](size_t i) { return found[i].size() < limit_each; };
  DATELINE_RETURN_IF_ERROR(runs_.Find(kept, wants, take));
  return found;
}

absl::Status PostingIndex::Complete(DerivedChanges* changes) const {
  int64_t sequence = head_.latest;
  for (PostingRow& row : changes->postings) row.sequence = ++sequence;
  int64_t number = runs_.next_number();
  if (rows_ >= in_memory_)
    changes->posting_run = {.number = number++, .up_to = head_.latest, .buckets = latest_.ToBuckets()};
  // Twice as fast as runs are made, a merge has ended before the next of its level is due.
  const size_t moved = (changes->postings.size() * kRunBuckets + 2 * in_memory_ - 1) / (2 * in_memory_);
  DATELINE_ASSIGN_OR_RETURN(changes->posting_moves, runs_.PlanMoves(static_cast<uint32_t>(moved)));
  for (PostingMove& move : changes->posting_moves) {
    if (move.into.number == 0) move.into.number = number++;
  }
  return absl::OkStatus();
}

void PostingIndex::Applied(const DerivedChanges& changes) {
  if (changes.posting_run.has_value()) {
    runs_.Applied(*changes.posting_run);
    latest_.Clear();
    rows_ = 0;
    head_.first = changes.posting_run->up_to + 1;
  }
  for (const PostingMove& move : changes.posting_moves) runs_.Applied(move);
  head_.runs = runs_.heads();
  for (const PostingRow& row : changes.postings) {
    Hold(row);
    head_.latest = row.sequence;
  }
}

}  // namespace dateline::storage
