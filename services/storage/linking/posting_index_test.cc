// Proves that postings are found wherever they stand (in memory, in runs of any age), the latest first and no more than
// asked for; that they survive the process and are seen by another one; that runs are merged without losing one; and
// that a filter never hides a key.

#include "services/storage/linking/posting_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/storage/linking/posting_buckets.h"
#include "services/storage/memory/memory_postings.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps postings as a database does.
class KeptPostings final : public LinkStore {
 public:
  void Apply(const DerivedChanges& changes) { kept_.Apply(changes); }
  void Reset() { kept_.Reset(); }
  std::vector<PostingRunHead> runs() const { return kept_.head().runs; }
  size_t rows() const { return kept_.Rows(0, 1'000'000).size(); }
  size_t buckets() const { return kept_.bucket_count(); }
  int reads() const { return reads_; }

  absl::StatusOr<PostingHead> LoadPostingHead() override { return kept_.head(); }
  absl::StatusOr<std::vector<PostingRow>> LoadPostings(int64_t after, int limit) override {
    return kept_.Rows(after, limit);
  }
  absl::StatusOr<std::vector<std::string>> LoadPostingBuckets(int64_t run,
                                                              const std::vector<uint32_t>& buckets) override {
    reads_ += static_cast<int>(buckets.size());
    return kept_.Buckets(run, buckets);
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
  MemoryPostings kept_;
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
  ASSERT_TRUE(index.Complete(&changes).ok());
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
  EXPECT_EQ(kept.runs().size(), 2u);
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
  ASSERT_GE(kept.runs().size(), 3u);
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
  const int looks = absent * static_cast<int>(kept.runs().size());
  EXPECT_LT(kept.reads() - before, looks / 50) << "of " << looks << " a filter let so many pass";
}

// Whole runs of each level, and those that are being made.
std::map<int, std::pair<int, int>> Levels(const KeptPostings& kept) {
  std::map<int, std::pair<int, int>> levels;
  for (const PostingRunHead& run : kept.runs()) ++(run.is_whole() ? levels[run.level].first : levels[run.level].second);
  return levels;
}

TEST(PostingIndex, RunsOfOneLevelBecomeOneOfTheNextLittleByLittle) {
  constexpr size_t kInMemory = 8;
  KeptPostings kept;
  PostingIndex index(kept, kInMemory);
  size_t merging = 0;
  std::set<int> levels;
  for (int64_t release = 1; release <= 1'500; ++release) {
    // A frequent key, one that comes back, one of the release alone.
    const auto number = static_cast<uint32_t>(release);
    Post(kept, index, release, {7, 100 + number % 90, 3'000'000'000U + number * 771});
    for (const auto& [level, runs] : Levels(kept)) {
      EXPECT_LE(runs.first, 7) << "of level " << level;
      EXPECT_LE(runs.second, 1);
      merging += static_cast<size_t>(runs.second);
      levels.insert(level);
    }
    if (release % 37 != 0) continue;
    // While keys move, each stands in one place.
    for (int64_t earlier = 1; earlier <= release; earlier += 13)
      ASSERT_THAT(Found(index, 3'000'000'000U + static_cast<uint32_t>(earlier) * 771), ElementsAre(earlier)) << release;
    const auto frequent = Found(index, 7);
    ASSERT_EQ(frequent.size(), std::min<size_t>(32, static_cast<size_t>(release)));
    EXPECT_EQ(frequent.front(), release);
    EXPECT_TRUE(std::is_sorted(frequent.rbegin(), frequent.rend()));
  }
  EXPECT_GT(merging, 100u) << "no merge was seen under way";
  EXPECT_EQ(levels, (std::set<int>{0, 1, 2, 3}));
  EXPECT_THAT(Found(index, 105),
              ElementsAre(1'445, 1'355, 1'265, 1'175, 1'085, 995, 905, 815, 725, 635, 545, 455, 365, 275, 185, 95, 5));
  // No bucket stayed that is in no run: what is found is all that is kept.
  PostingIndex later(kept, kInMemory);
  ASSERT_TRUE(later.Refresh().ok());
  EXPECT_EQ(Found(later, 105), Found(index, 105));
  EXPECT_LE(kept.buckets(), 1'500u + 90 * 12 + 12);
}

TEST(PostingIndex, AMergeGoesOnWhereAnotherProcessLeftIt) {
  KeptPostings kept;
  auto index = std::make_unique<PostingIndex>(kept, 8);
  PostingIndex watcher(kept, 8);
  bool interrupted = false;
  for (int64_t release = 1; release <= 400; ++release) {
    const auto number = static_cast<uint32_t>(release);
    Post(kept, *index, release, {number * 10'000'019});
    if (release % 3 != 0) continue;
    for (const PostingRunHead& run : kept.runs()) interrupted = interrupted || !run.is_whole();
    index = std::make_unique<PostingIndex>(kept, 8);
    ASSERT_TRUE(index->Refresh().ok());
    if (release % 9 != 0) continue;
    ASSERT_TRUE(watcher.Refresh().ok());
    for (uint32_t earlier = 1; earlier <= number; ++earlier) {
      ASSERT_THAT(Found(*index, earlier * 10'000'019), ElementsAre(earlier)) << "after " << release;
      ASSERT_THAT(Found(watcher, earlier * 10'000'019), ElementsAre(earlier)) << "after " << release;
    }
  }
  EXPECT_TRUE(interrupted);
}

TEST(PostingBuckets, OfEachKeyTheLatestReleasesStayInTheirOrder) {
  std::vector<std::string> runs(kRunsMerged);
  // Keys of the first bucket of level 0: the last two bits of the bucket of level 1 tell them apart.
  const uint32_t width = 1U << 17U;
  for (uint32_t run = 0; run < kRunsMerged; ++run) {
    for (uint32_t i = 0; i < 10; ++i) {
      AppendPostingNumber(5, &runs[run]);
      AppendPostingNumber(run * 10 + 10 - i, &runs[run]);
    }
    AppendPostingNumber(3 * width + 1, &runs[run]);
    AppendPostingNumber(77, &runs[run]);
  }
  std::vector<std::string> merged;
  MergeBuckets({runs.begin(), runs.end()}, 0, &merged);
  ASSERT_EQ(merged.size(), kRunsMerged);
  std::vector<uint32_t> releases;
  ForEachPosting(merged[0], [&releases](uint32_t key, uint32_t release) {
    EXPECT_EQ(key, 5u);
    releases.push_back(release);
  });
  ASSERT_EQ(releases.size(), kRunPostingsMax);
  EXPECT_EQ(releases.front(), 40u);
  EXPECT_TRUE(std::is_sorted(releases.rbegin(), releases.rend()));
  EXPECT_TRUE(merged[1].empty());
  std::vector<uint32_t> once;
  FindInBucket(merged[3], 3 * width + 1, [&once](uint32_t release) {
    once.push_back(release);
    return true;
  });
  EXPECT_THAT(once, ElementsAre(77));
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
