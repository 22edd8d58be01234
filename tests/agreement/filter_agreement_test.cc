// The property that searches, streams and subscriptions rest on: whatever filter and whatever releases, the evaluator
// in memory, the inverted index that matches events, and the indexes of SQLite and PostgreSQL say the same. Filters and
// releases are generated from a seed, which DATELINE_SEED sets; DATELINE_FILTERS sets how many filters are tried.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/filter/testing/generator.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "services/notification/event_types.h"
#include "services/notification/matching/filter_index.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline {
namespace {

using release::v1::Release;

constexpr int kReleases = 150;
const notification::EventTypeSet kPublished = notification::TypeSet("org.dateline.release.published");
constexpr uint64_t kFilters = 1'000;

uint64_t Setting(const char* name, uint64_t standard) {
  const char* value = std::getenv(name);
  return value == nullptr ? standard : std::strtoull(value, nullptr, 10);
}

void Commit(storage::Store& store, Release release, int i) {
  const std::string uri = fmt::format("https://example.org/agreement/{}", i);
  const Release named = storage::MakeRelease(uri, "t", "t");
  release.set_name(named.name());
  release.set_uri(named.uri());
  storage::v1::CommitReleasesRequest request;
  request.set_document(storage::PutAndWait(store, storage::MakeDocument(uri, "raw"))->document.name());
  *request.add_releases() = std::move(release);
  const auto committed = storage::CommitAndWait(store, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
}

// The names of all that a store lists by a filter, page by page.
std::vector<std::string> Listed(storage::Store& store, const filter::Filter& filter) {
  storage::ReleaseQuery query;
  query.filter = filter;
  std::vector<std::string> names;
  do {
    const auto page = store.ListReleases(query);
    EXPECT_TRUE(page.ok()) << filter.text() << ": " << page.status();
    if (!page.ok()) break;
    for (const Release& release : page->releases) names.push_back(release.name());
    query.after = page->next;
  } while (query.after.has_value());
  std::sort(names.begin(), names.end());
  return names;
}

class FilterAgreement : public ::testing::Test {
 protected:
  // Stores the releases in both databases; what they answer as full records is what everything else is given.
  void Fill(filter::Generator& generator) {
    for (int i = 0; i < kReleases; ++i) {
      const Release release = generator.NextRelease(i);
      for (storage::Store* store : {sqlite_.get(), postgres_.get()}) Commit(*store, release, i);
      clock_.Advance(std::chrono::hours(90));
    }
    storage::ReleaseQuery all;
    all.view = storage::View::kFull;
    all.limit = kReleases;
    auto page = sqlite_->ListReleases(all);
    ASSERT_TRUE(page.ok()) << page.status();
    stored_ = std::move(page->releases);
    ASSERT_EQ(stored_.size(), static_cast<size_t>(kReleases));
  }

  std::unique_ptr<storage::Store> OpenSqlite() {
    auto store = storage::SqliteStore::Open({.path = folder_.File("storage.db"), .vfs = {}}, clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  std::unique_ptr<storage::Store> OpenPostgres() {
    storage::PostgresStore::Options options;
    options.connection.connection = testing::PostgresServer::Shared().NewDatabase();
    auto store = storage::PostgresStore::Open(std::move(options), clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  FakeClock clock_;
  testing::TempDir folder_;
  std::unique_ptr<storage::Store> sqlite_ = OpenSqlite();
  std::unique_ptr<storage::Store> postgres_ = OpenPostgres();
  std::vector<Release> stored_;
};

TEST_F(FilterAgreement, TheFourBackEndsSayTheSame) {
  const uint64_t seed = Setting("DATELINE_SEED", 20'261'130);
  const uint64_t count = Setting("DATELINE_FILTERS", kFilters);
  filter::Generator generator(seed);
  Fill(generator);
  std::vector<filter::Filter> filters;
  notification::FilterIndex index;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string text = generator.NextFilter();
    const auto filter = filter::Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    filters.push_back(*filter);
    ASSERT_TRUE(index.Put(static_cast<int64_t>(i), text, kPublished).ok()) << text;
  }
  // What the inverted index finds, by filter.
  std::vector<std::vector<std::string>> found(count);
  for (const Release& release : stored_) {
    const filter::Subject subject(release);
    for (const auto& match : index.Find(subject, kPublished)) {
      for (const int64_t id : match.subscriptions()) found[static_cast<size_t>(id)].push_back(release.name());
    }
  }
  size_t matches = 0;
  for (size_t i = 0; i < filters.size(); ++i) {
    std::vector<std::string> expected;
    for (const Release& release : stored_) {
      if (filters[i].Matches(release)) expected.push_back(release.name());
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found[i].begin(), found[i].end());
    matches += expected.size();
    ASSERT_EQ(found[i], expected) << "inverted index: " << filters[i].text();
    ASSERT_EQ(Listed(*sqlite_, filters[i]), expected) << "SQLite: " << filters[i].text();
    ASSERT_EQ(Listed(*postgres_, filters[i]), expected) << "PostgreSQL: " << filters[i].text();
  }
  fmt::print("seed {}: {} filters over {} releases, {} cases on each of four back ends, {} matches, all agree\n", seed,
             count, kReleases, count * kReleases, matches);
  // Nothing would be proven if filters matched everything or nothing.
  EXPECT_GT(matches, count * kReleases / 20);
  EXPECT_LT(matches, count * kReleases * 19 / 20);
}

}  // namespace
}  // namespace dateline
