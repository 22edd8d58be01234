// Proves that postings are found wherever they stand (in memory, in runs of any age), the latest first and no more than
// asked for; that they survive the process and are seen by another one; and that a filter never hides a key.

#include "services/storage/linking/posting_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps postings as a database does.
class KeptPostings final : public LinkStore {
 public:
  void Apply(const DerivedChanges& changes) {
    if (const auto& run = changes.posting_run; run.has_value()) {
      rows_.erase(rows_.begin(), rows_.upper_bound(run->up_to));
      runs_[run->number] = run->buckets;
      head_.runs.push_back(run->number);
    }
    for (const PostingRow& row : changes.postings) {
      rows_[row.sequence] = row;
      head_.latest = row.sequence;
    }
  }
  void Reset() {
    rows_.clear();
    runs_.clear();
    head_ = {.resets = head_.resets + 1, .runs = {}, .latest = 0};
  }
  size_t rows() const { return rows_.size(); }
  size_t runs() const { return runs_.size(); }
  int reads() const { return reads_; }

  absl::StatusOr<PostingHead> LoadPostingHead() override { return head_; }
  absl::StatusOr<std::vector<PostingRow>> LoadPostings(int64_t after, int limit) override {
    std::vector<PostingRow> rows;
    for (auto row = rows_.upper_bound(after); row != rows_.end() && rows.size() < static_cast<size_t>(limit); ++row) {
      rows.push_back(row->second);
    }
    return rows;
  }
  absl::StatusOr<std::vector<std::string>> LoadPostingBuckets(int64_t run,
                                                              const std::vector<uint32_t>& buckets) override {
    std::vector<std::string> found;
    for (const uint32_t bucket : buckets) found.push_back(runs_.at(run).at(bucket));
    reads_ += static_cast<int>(buckets.size());
    return found;
  }
  absl::StatusOr<std::vector<DerivedRow>> LoadDerived(const std::vector<int64_t>&) override { return Nothing(); }
  absl::StatusOr<std::vector<LinkRow>> LoadLinks(int64_t) override { return Nothing(); }
  absl::StatusOr<std::vector<int64_t>> ClusterMembers(std::string_view, int) override { return Nothing(); }
  absl::StatusOr<std::vector<release::v1::Release>> LoadBasics(const std::vector<int64_t>&) override {
    return Nothing();
  }
  absl::StatusOr<std::optional<int64_t>> FindReleaseId(std::string_view) override { return Nothing(); }

 private:
  static absl::Status Nothing() { return absl::UnimplementedError("postings only"); }
  PostingHead head_;
  std::map<int64_t, PostingRow> rows_;
  std::map<int64_t, std::vector<std::string>> runs_;
  int reads_ = 0;
};

uint64_t Key(uint32_t number) {
  return uint64_t{number} << 32U;
}

// One release under these keys, in a step of its own.
void Post(KeptPostings& kept, PostingIndex& index, int64_t release, const std::vector<uint32_t>& keys) {
  ASSERT_TRUE(index.Refresh().ok());
  DerivedChanges changes;
  changes.postings.push_back({.sequence = 0, .release_id = release, .keys = keys});
  index.Complete(&changes);
  kept.Apply(changes);
  index.Applied(changes);
}

std::vector<int64_t> Found(PostingIndex& index, uint32_t key, size_t limit = 32) {
  const auto found = index.Find({Key(key)}, limit);
  EXPECT_TRUE(found.ok());
  return found.ok() ? found->front() : std::vector<int64_t>();
}

TEST(PostingIndex, FindsTheLatestFirstInMemoryAndInRuns) {
  KeptPostings kept;
  PostingIndex index(kept, 4);
  for (int64_t release = 1; release <= 11; ++release) {
    Post(kept, index, release, {7, static_cast<uint32_t>(1'000'000'000 + release)});
  }
  EXPECT_EQ(kept.runs(), 2u);
  EXPECT_EQ(kept.rows(), 3u);
  EXPECT_THAT(Found(index, 7), ElementsAre(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(Found(index, 7, 5), ElementsAre(11, 10, 9, 8, 7));
  EXPECT_THAT(Found(index, 1'000'000'002), ElementsAre(2));
  EXPECT_THAT(Found(index, 8), IsEmpty());
}

TEST(PostingIndex, ARevisedReleaseIsFoundOnce) {
  KeptPostings kept;
  PostingIndex index(kept, 2);
  for (const int64_t release : {1, 2, 1, 3, 1}) Post(kept, index, release, {7});
  EXPECT_THAT(Found(index, 7), ElementsAre(1, 3, 2));
}

TEST(PostingIndex, AnotherProcessSeesWhatThisOnePosted) {
  KeptPostings kept;
  PostingIndex index(kept, 4);
  PostingIndex other(kept, 4);
  for (int64_t release = 1; release <= 30; ++release) {
    PostingIndex& poster = release % 7 == 0 ? other : index;
    Post(kept, poster, release, {7, static_cast<uint32_t>(release)});
  }
  for (PostingIndex* one : {&index, &other}) {
    ASSERT_TRUE(one->Refresh().ok());
    EXPECT_EQ(Found(*one, 7).size(), 30u);
    for (uint32_t release = 8; release <= 30; ++release) EXPECT_THAT(Found(*one, release), ElementsAre(release));
  }
  PostingIndex later(kept, 4);
  ASSERT_TRUE(later.Refresh().ok());
  EXPECT_EQ(Found(later, 7), Found(index, 7));
}

TEST(PostingIndex, BeginsAnewWhenEverythingDid) {
  KeptPostings kept;
  PostingIndex index(kept, 4);
  for (int64_t release = 1; release <= 9; ++release) Post(kept, index, release, {7});
  kept.Reset();
  Post(kept, index, 20, {7});
  EXPECT_THAT(Found(index, 7), ElementsAre(20));
}

TEST(PostingIndex, ReadsOldRunsOnlyWhereAKeyStands) {
  KeptPostings kept;
  PostingIndex index(kept, 100);
  std::mt19937 random(20'261'130);
  std::map<uint32_t, int64_t> posted;
  for (int64_t release = 1; release <= 1'000; ++release) {
    std::vector<uint32_t> keys;
    for (int i = 0; i < 75; ++i) {
      const auto key = static_cast<uint32_t>(random());
      keys.push_back(key);
      posted[key] = release;
    }
    Post(kept, index, release, keys);
  }
  ASSERT_GE(kept.runs(), 9u);
  for (const auto& [key, release] : posted) {
    const auto found = Found(index, key);
    ASSERT_TRUE(std::find(found.begin(), found.end(), release) != found.end()) << key;
  }
  const int before = kept.reads();
  int absent = 0;
  while (absent < 10'000) {
    const auto key = static_cast<uint32_t>(random());
    if (posted.count(key) != 0) continue;
    EXPECT_THAT(Found(index, key), IsEmpty());
    ++absent;
  }
  const int looks = absent * static_cast<int>(kept.runs());
  EXPECT_LT(kept.reads() - before, looks / 50) << "of " << looks << " a filter let so many pass";
}

TEST(PostingIndex, ARunKeepsTheLatestOfAFrequentKey) {
  KeptPostings kept;
  PostingIndex index(kept, 100);
  for (int64_t release = 1; release <= 101; ++release) Post(kept, index, release, {7});
  const auto found = Found(index, 7);
  ASSERT_EQ(found.size(), 32u);
  EXPECT_EQ(found.front(), 101);
  EXPECT_EQ(found.back(), 70);
}

}  // namespace
}  // namespace dateline::storage
