// Every store finds by a filter exactly what the evaluator in memory lets through, and searches with facets, in every
// order and with better spellings. The filters and releases of the property are generated from a seed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "common/filter/testing/generator.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/spelling.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string Uri(int i) {
  return "https://example.org/found/" + std::to_string(i);
}

void Commit(Store& store, Release release, int i, std::string_view content = "raw") {
  const Release named = MakeRelease(Uri(i), "t", "t");
  release.set_name(named.name());
  release.set_uri(named.uri());
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(store, MakeDocument(Uri(i), content))->document.name());
  *request.add_releases() = std::move(release);
  const auto committed = CommitAndWait(store, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
}

std::set<std::string> ListAll(Store& store, const filter::Filter& filter) {
  ReleaseQuery query;
  query.filter = filter;
  query.limit = 7;
  std::set<std::string> names;
  for (int pages = 0; pages < 100; ++pages) {
    const auto page = store.ListReleases(query);
    EXPECT_TRUE(page.ok()) << filter.text() << ": " << page.status();
    if (!page.ok()) break;
    for (const Release& release : page->releases) {
      EXPECT_TRUE(names.insert(release.name()).second) << "twice: " << release.name();
    }
    // Pages are full until the last.
    if (!page->next.has_value()) break;
    EXPECT_EQ(page->releases.size(), 7u) << filter.text();
    query.after = page->next;
  }
  return names;
}

TEST_P(StoreConformance, FiltersAsTheEvaluatorDoes) {
  constexpr int kReleases = 120;
  constexpr int kFilters = 600;
  filter::Generator generator(7'410);
  for (int i = 0; i < kReleases; ++i) {
    clock_.Advance(std::chrono::hours(90));
    Commit(store_, generator.NextRelease(i), i);
    if (i % 5 == 0) Commit(store_, generator.NextRelease(i), i, "another");
  }
  ReleaseQuery all;
  all.view = View::kFull;
  all.limit = 1000;
  const auto everything = store_.ListReleases(all);
  ASSERT_TRUE(everything.ok()) << everything.status();
  const std::vector<Release>& stored = everything->releases;
  ASSERT_EQ(stored.size(), static_cast<size_t>(kReleases));
  size_t matched = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string text = generator.NextFilter();
    const absl::StatusOr<filter::Filter> filter = filter::Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    std::set<std::string> expected;
    for (const Release& release : stored) {
      if (filter->Matches(release)) expected.insert(release.name());
    }
    const std::set<std::string> found = ListAll(store_, *filter);
    EXPECT_EQ(found, expected) << text;
    for (const Release& release : stored) {
      if (found.contains(release.name()) == expected.contains(release.name())) continue;
      ADD_FAILURE() << text << " is wrong about\n" << release.DebugString();
      return;
    }
    matched += expected.size();
  }
  EXPECT_GT(matched, static_cast<size_t>(kReleases) * kFilters / 20);
}

Release Sample(std::string_view title, std::string_view country, int year) {
  Release release;
  release.set_title(std::string(title));
  release.set_text("The ministry spoke of migration and of water.");
  release.set_language("en");
  release.set_source("sources/gov");
  release.mutable_extractor()->set_version("1");
  auto* place = release.add_places();
  place->set_display_name("Town");
  place->set_country_code(std::string(country));
  release.add_people()->set_display_name("Li Ming");
  release.add_organizations()->set_display_name("Harbour Board");
  if (year > 0) release.mutable_publish()->mutable_date()->set_year(year);
  return release;
}

TEST_P(StoreConformance, CountsFacetsOverAllThatIsFound) {
  for (int i = 0; i < 9; ++i)
    Commit(store_, Sample("One " + std::to_string(i), i % 3 == 0 ? "CN" : "NG", 2018 + i % 2), i);
  Release other = Sample("Other", "FR", 0);
  other.set_text("Nothing of the kind.");
  Commit(store_, other, 9);
  SearchParams params;
  params.query = *ParseSearchQuery("migration");
  params.limit = 2;
  params.facets = {FacetField::kCountry, FacetField::kYear, FacetField::kPerson, FacetField::kSource};
  const auto page = store_.SearchReleases(params);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->total, 9);
  EXPECT_EQ(page->hits.size(), 2u);
  ASSERT_EQ(page->facets.size(), 4u);
  const auto pairs = [](const std::vector<FacetCount>& counts) {
    std::vector<std::pair<std::string, int>> out;
    for (const FacetCount& count : counts) out.emplace_back(count.value, count.count);
    return out;
  };
  EXPECT_THAT(pairs(page->facets[0]), ElementsAre(Pair("NG", 6), Pair("CN", 3)));
  EXPECT_THAT(pairs(page->facets[1]), ElementsAre(Pair("2018", 5), Pair("2019", 4)));
  EXPECT_THAT(pairs(page->facets[2]), ElementsAre(Pair("Li Ming", 9)));
  EXPECT_THAT(pairs(page->facets[3]), ElementsAre(Pair("sources/gov", 9)));
  params.filter = *filter::Compile("places.country_code = CN people.display_name = \"li*\"");
  EXPECT_THAT(pairs(store_.SearchReleases(params)->facets[0]), ElementsAre(Pair("CN", 3)));
}

TEST_P(StoreConformance, OrdersByTheDayOfPublication) {
  constexpr int kYears[] = {2019, 2015, 2021, 0, 2017};
  // The fourth has no date and stands where it was stored: in 2023.
  for (int i = 0; i < 5; ++i) Commit(store_, Sample("Title " + std::to_string(i), "CN", kYears[i]), i);
  for (const bool up : {false, true}) {
    ReleaseQuery query;
    query.order = up ? ReleaseOrder::kPublishedOldest : ReleaseOrder::kPublishedNewest;
    query.limit = 2;
    query.filter = *filter::Compile(up ? "" : "language = en");
    std::string seen;
    do {
      const auto page = store_.ListReleases(query);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const Release& release : page->releases) seen += release.title().back();
      query.after = page->next;
    } while (query.after.has_value() && seen.size() < 20);
    EXPECT_EQ(seen, up ? "14023" : "32041");
  }
}

TEST_P(StoreConformance, KeepsPagesInOrderWhileOthersAreStored) {
  for (int i = 0; i < 6; ++i) Commit(store_, Sample("Old " + std::to_string(i), "CN", 2018), i);
  SearchParams params;
  params.query = *ParseSearchQuery("migration");
  params.limit = 3;
  std::set<std::string> seen;
  const auto first = store_.SearchReleases(params);
  ASSERT_TRUE(first.ok());
  for (const auto& hit : first->hits) seen.insert(hit.release.name());
  for (int i = 10; i < 30; ++i) Commit(store_, Sample("Migration " + std::to_string(i), "CN", 2018), i);
  params.after = first->next;
  const auto second = store_.SearchReleases(params);
  ASSERT_TRUE(second.ok());
  for (const auto& hit : second->hits) {
    EXPECT_TRUE(seen.insert(hit.release.name()).second);
    EXPECT_TRUE(hit.release.title().starts_with("Old"));
  }
  EXPECT_EQ(seen.size(), 6u);
}

TEST_P(StoreConformance, SuggestsASpellingThatFindsMore) {
  for (int i = 0; i < 5; ++i) Commit(store_, Sample("Title " + std::to_string(i), "CN", 2018), i);
  const auto suggest = [&](std::string_view query) {
    SearchParams params;
    params.query = *ParseSearchQuery(query);
    params.suggest = true;
    const auto page = store_.SearchReleases(params);
    EXPECT_TRUE(page.ok()) << page.status();
    return CorrectedQuery(query, params.query, page->corrections);
  };
  EXPECT_EQ(suggest("migartion water"), "migration water");
  EXPECT_EQ(suggest("\"the ministry\" imgration -absent"), "\"the ministry\" migration -absent");
  EXPECT_EQ(suggest("minstry"), "ministry");
  EXPECT_EQ(suggest("migration"), "migration");
  EXPECT_EQ(suggest("zzzzzz"), "zzzzzz");
  EXPECT_EQ(suggest("migartion absentword"), "migartion absentword") << "with it no more is found";
}

}  // namespace
}  // namespace dateline::storage
