// What every store finds: lists and searches that page without loss or repeat, see the latest revision only, and
// understand the query language in every script. Ranks may differ between back ends, sets may not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "services/storage/conformance/store_under_test.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::string Uri(int i) {
  return "https://example.org/news/" + std::to_string(i);
}

SearchPage Search(Store& store, std::string_view words, const char* filter = "") {
  SearchParams params;
  params.query = *ParseSearchQuery(words);
  params.filter = *filter::Compile(filter);
  params.limit = 100;
  auto page = store.SearchReleases(params);
  EXPECT_TRUE(page.ok()) << page.status();
  return *std::move(page);
}

std::vector<std::string> Titles(const SearchPage& page) {
  std::vector<std::string> titles;
  for (const FoundRelease& hit : page.hits) titles.push_back(hit.release.title());
  return titles;
}

TEST_P(StoreConformance, SearchUnderstandsTheQueryLanguage) {
  Publish(store_, Uri(1), "River crossing", "The ministry built a climate fund for the Économie of the port.");
  Publish(store_, Uri(2), "Port school", "Migration of the river fund. A changing climate.");
  Publish(store_, Uri(3), "Nothing", "Other words entirely.");
  EXPECT_THAT(Titles(Search(store_, "river")), UnorderedElementsAre("River crossing", "Port school"));
  EXPECT_THAT(Titles(Search(store_, "RIVER ministry")), ElementsAre("River crossing"));
  EXPECT_THAT(Titles(Search(store_, "\"climate fund\"")), ElementsAre("River crossing"));
  EXPECT_THAT(Titles(Search(store_, "climate fund")), UnorderedElementsAre("River crossing", "Port school"));
  EXPECT_THAT(Titles(Search(store_, "migra*")), ElementsAre("Port school"));
  EXPECT_THAT(Titles(Search(store_, "climate -migration")), ElementsAre("River crossing"));
  EXPECT_THAT(Titles(Search(store_, "title:port")), ElementsAre("Port school"));
  EXPECT_THAT(Titles(Search(store_, "fund -title:port")), ElementsAre("River crossing"));
  EXPECT_THAT(Titles(Search(store_, "economie")), ElementsAre("River crossing"));
  EXPECT_THAT(Titles(Search(store_, "absent")), IsEmpty());
  EXPECT_EQ(Search(store_, "river").total, 2);
}

TEST_P(StoreConformance, SearchFindsShortWordsOfScriptsWithoutSpaces) {
  Publish(store_, Uri(1), "三亚港口学校", "港口学校今天开学，WTO参加了典礼。");
  Publish(store_, Uri(2), "学会", "口岸开放。新しいカードです。");
  EXPECT_THAT(Titles(Search(store_, "学校")), ElementsAre("三亚港口学校"));
  EXPECT_THAT(Titles(Search(store_, "开学")), ElementsAre("三亚港口学校"));
  EXPECT_THAT(Titles(Search(store_, "港口学校")), ElementsAre("三亚港口学校"));
  EXPECT_THAT(Titles(Search(store_, "校学")), IsEmpty());
  EXPECT_THAT(Titles(Search(store_, "学")), UnorderedElementsAre("三亚港口学校", "学会"));
  EXPECT_THAT(Titles(Search(store_, "カード")), ElementsAre("学会"));
  EXPECT_THAT(Titles(Search(store_, "wto -学会")), ElementsAre("三亚港口学校"));
  EXPECT_THAT(Titles(Search(store_, "title:学会")), ElementsAre("学会"));
}

// Whatever way a back end takes to the days: of a stretch in which most releases lie, and of one in which few do.
TEST_P(StoreConformance, SearchKeepsToDaysOfPublicationHoweverMuchIsKnownOfThem) {
  const auto publish = [this](int i, int year, int month, int day) {
    Release release = MakeRelease(Uri(i), std::to_string(i), "The river rose.");
    if (year != 0) {
      auto* date = release.mutable_publish()->mutable_date();
      date->set_year(year);
      date->set_month(month);
      date->set_day(day);
    }
    v1::CommitReleasesRequest request;
    request.set_document(PutAndWait(store_, MakeDocument(Uri(i), std::to_string(i)))->document.name());
    *request.add_releases() = release;
    ASSERT_TRUE(CommitAndWait(store_, request).ok());
  };
  publish(1, 2017, 12, 31);
  publish(2, 2018, 0, 0);
  publish(3, 2018, 6, 0);
  publish(4, 2018, 6, 15);
  publish(5, 2018, 6, 30);
  publish(6, 0, 0, 0);
  publish(7, 1969, 7, 20);
  const auto found = [this](const char* filter) { return Titles(Search(store_, "river", filter)); };
  EXPECT_THAT(found("publish.date >= 2018"), UnorderedElementsAre("2", "3", "4", "5"));
  EXPECT_THAT(found("publish.date >= 2018-06-01"), UnorderedElementsAre("3", "4", "5"));
  EXPECT_THAT(found("publish.date > 2018-06-15"), UnorderedElementsAre("5"));
  EXPECT_THAT(found("publish.date <= 2018-06-30"), UnorderedElementsAre("1", "3", "4", "5", "7"));
  EXPECT_THAT(found("publish.date < 2018"), UnorderedElementsAre("1", "7"));
  EXPECT_THAT(found("publish.date = 2018-06"), UnorderedElementsAre("3", "4", "5"));
  EXPECT_THAT(found("publish.date >= 1900 publish.date <= 2018-06-15"), UnorderedElementsAre("1", "4", "7"));
  EXPECT_THAT(found("NOT publish.date >= 2018"), UnorderedElementsAre("1", "6", "7"));
  EXPECT_THAT(found("publish.date >= 2018 OR publish.date < 1970"), UnorderedElementsAre("2", "3", "4", "5", "7"));
  EXPECT_EQ(Search(store_, "river", "publish.date >= 2018").total, 4);
  EXPECT_EQ(Search(store_, "river", "publish.date >= 2019").total, 0);

  SearchParams by_day;
  by_day.query = *ParseSearchQuery("river");
  by_day.filter = *filter::Compile("publish.date <= 2018-06-30");
  by_day.order = ReleaseOrder::kPublishedOldest;
  by_day.limit = 100;
  const auto page = store_.SearchReleases(by_day);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(Titles(*page), ElementsAre("7", "1", "3", "4", "5"));
}

TEST_P(StoreConformance, SearchFindsNames) {
  Release release = MakeRelease(Uri(1), "Title", "She said so.");
  release.add_people()->set_display_name("Anaïs Lima");
  auto* organization = release.add_organizations();
  organization->set_display_name("World Harbour Organization");
  organization->set_acronym("WHO");
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(store_, MakeDocument(Uri(1), "raw"))->document.name());
  *request.add_releases() = release;
  ASSERT_TRUE(CommitAndWait(store_, request).ok());
  EXPECT_THAT(Titles(Search(store_, "\"anais lima\"")), ElementsAre("Title"));
  EXPECT_THAT(Titles(Search(store_, "harbour who")), ElementsAre("Title"));
}

TEST_P(StoreConformance, SearchSeesTheLatestRevisionOnly) {
  Publish(store_, Uri(1), "Title", "old unusual words");
  Publish(store_, Uri(1), "Title", "new different words");
  Publish(store_, Uri(1), "Title", "third different words");
  EXPECT_THAT(Titles(Search(store_, "unusual")), IsEmpty());
  EXPECT_THAT(Titles(Search(store_, "different words")), ElementsAre("Title"));
  EXPECT_EQ(Search(store_, "words").total, 1);
}

TEST_P(StoreConformance, SearchShowsWhereTheWordsStand) {
  Publish(store_, Uri(1), "Title", "The river Crossing was opened.");
  const SearchPage page = Search(store_, "crossing");
  ASSERT_EQ(page.hits.size(), 1u);
  const Snippet& snippet = page.hits[0].snippet;
  ASSERT_EQ(snippet.highlights.size(), 1u);
  const auto [start, end] = snippet.highlights[0];
  EXPECT_EQ(snippet.text.substr(start, end - start), "Crossing");
  EXPECT_GT(page.hits[0].score, 0);
}

TEST_P(StoreConformance, SearchPutsATitleBeforeAMention) {
  for (int i = 0; i < 20; ++i)
    Publish(store_, Uri(100 + i), "Filler " + std::to_string(i), "quite other things are said here");
  Publish(store_, Uri(1), "Weekly notes",
          "somewhere far down the glacier is mentioned among many other things that happened");
  Publish(store_, Uri(2), "Glacier", "The glacier melts. The glacier is watched.");
  EXPECT_THAT(Titles(Search(store_, "glacier")), ElementsAre("Glacier", "Weekly notes"));
}

TEST_P(StoreConformance, SearchScoresDependOnTheReleaseAlone) {
  Publish(store_, Uri(1), "Glacier melts", "The glacier is watched, and the glacier melts.");
  Publish(store_, Uri(2), "Weekly notes", "A glacier was seen in the north.");
  Publish(store_, Uri(3), "North", "Nothing of note. Nothing in the north.");
  for (const std::string query : {"glacier", "north", "glacier north", "title:glacier", "glacier -melts"}) {
    SearchParams params;
    params.query = *ParseSearchQuery(query);
    params.limit = 10;
    params.view = View::kFull;
    const auto page = store_.SearchReleases(params);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_THAT(page->hits, Not(IsEmpty())) << query;
    for (const FoundRelease& hit : page->hits) {
      EXPECT_NEAR(hit.score, MatchIndexed(*ParseSearchQuery(query), IndexRelease(hit.release, WallTime())), 1e-6)
          << query << ": " << hit.release.title();
    }
  }
}

TEST_P(StoreConformance, SearchPagesWithoutLossOrRepeatInBothOrders) {
  for (int i = 0; i < 25; ++i) {
    std::string text = "common";
    for (int j = 0; j < i % 4; ++j) text += " common";
    Publish(store_, Uri(i), "Release " + std::to_string(i), text + " number " + std::to_string(i));
  }
  for (const ReleaseOrder order : {ReleaseOrder::kRelevance, ReleaseOrder::kNewest, ReleaseOrder::kOldest,
                                   ReleaseOrder::kPublishedNewest, ReleaseOrder::kPublishedOldest}) {
    SearchParams params;
    params.query = *ParseSearchQuery("common");
    params.order = order;
    params.limit = 4;
    std::vector<std::string> seen;
    double last_score = 1e300;
    do {
      const auto page = store_.SearchReleases(params);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_EQ(page->total, 25);
      for (const auto& hit : page->hits) {
        seen.push_back(hit.release.title());
        if (order == ReleaseOrder::kRelevance) {
          EXPECT_LE(hit.score, last_score);
          last_score = hit.score;
        }
      }
      params.after = page->next;
    } while (params.after.has_value() && seen.size() < 100);
    EXPECT_EQ(seen.size(), 25u);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25u);
    if (order == ReleaseOrder::kNewest || order == ReleaseOrder::kPublishedNewest) {
      EXPECT_EQ(seen.front(), "Release 24");
      EXPECT_EQ(seen.back(), "Release 0");
    }
    if (order == ReleaseOrder::kOldest || order == ReleaseOrder::kPublishedOldest) {
      EXPECT_EQ(seen.front(), "Release 0");
      EXPECT_EQ(seen.back(), "Release 24");
    }
  }
}

TEST_P(StoreConformance, SearchAppliesTheFilterToCountAndPages) {
  for (int i = 0; i < 10; ++i)
    Publish(store_, Uri(i), "Release " + std::to_string(i), i % 2 == 0 ? "even word" : "odd word");
  const SearchPage page = Search(store_, "word", "text = \"even*\"");
  EXPECT_EQ(page.total, 5);
  EXPECT_EQ(page.hits.size(), 5u);
  for (const auto& hit : page.hits) EXPECT_TRUE(hit.release.text().empty()) << "the basic view was asked for";
}

TEST_P(StoreConformance, ListsReleasesInBothOrdersPageByPage) {
  for (int i = 0; i < 7; ++i) Publish(store_, Uri(i), std::to_string(i), "text");
  Publish(store_, Uri(0), "0", "revised, which does not move it");
  for (const bool oldest_first : {false, true}) {
    ReleaseQuery query;
    query.order = oldest_first ? ReleaseOrder::kOldest : ReleaseOrder::kNewest;
    query.limit = 3;
    std::string seen;
    int pages = 0;
    do {
      const auto page = store_.ListReleases(query);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_EQ(page->positions.size(), page->releases.size());
      for (const auto& release : page->releases) seen += release.title();
      query.after = page->next;
    } while (query.after.has_value() && ++pages < 10);
    EXPECT_EQ(seen, oldest_first ? "0123456" : "6543210");
  }
}

TEST_P(StoreConformance, ListsOnlyWhatTheFilterLetsThrough) {
  for (int i = 0; i < 9; ++i) Publish(store_, Uri(i), std::to_string(i), "text");
  ReleaseQuery query;
  query.filter = *filter::Compile("(title:0 OR title:3 OR title:6) text:*");
  query.limit = 2;
  std::string seen;
  do {
    const auto page = store_.ListReleases(query);
    ASSERT_TRUE(page.ok());
    for (const auto& release : page->releases) {
      seen += release.title();
      EXPECT_EQ(release.text(), "");
    }
    query.after = page->next;
  } while (query.after.has_value());
  EXPECT_EQ(seen, "630");
}

TEST_P(StoreConformance, EndsAPageBeforeItGrowsTooLarge) {
  for (int i = 0; i < 5; ++i) Publish(store_, Uri(i), std::to_string(i), std::string(1000, 'x'));
  ReleaseQuery query;
  query.view = View::kFull;
  query.bytes_max = 2'700;
  std::string seen;
  int pages = 0;
  do {
    const auto page = store_.ListReleases(query);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->releases.size(), 2u);
    EXPECT_GE(page->releases.size(), 1u);
    for (const auto& release : page->releases) seen += release.title();
    query.after = page->next;
  } while (query.after.has_value() && ++pages < 10);
  EXPECT_EQ(seen, "43210");
  query.after.reset();
  query.bytes_max = 1;
  EXPECT_EQ(store_.ListReleases(query)->releases.size(), 1u) << "one release comes whatever its size";
}

}  // namespace
}  // namespace dateline::storage
