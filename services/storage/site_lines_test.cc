// Proves how the lines of a site are counted: when one is boilerplate, that space stays bounded, that a site may change
// its looks, and that the bytes in which the counts are kept are read back or refused.
#include "services/storage/site_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SiteLines, CallsBoilerplateWhatStandsOnMostPages) {
  SiteLines site;
  for (uint64_t page = 1; page <= 4; ++page) site.Add(std::vector<uint64_t>{7, 7, 1000 + page});
  EXPECT_THAT(site.Boilerplate(), IsEmpty()) << "four pages are too few";
  site.Add(std::vector<uint64_t>{9});
  EXPECT_THAT(site.Boilerplate(), ElementsAre(7U));
  for (int page = 0; page < 3; ++page) site.Add(std::vector<uint64_t>{9});
  EXPECT_THAT(site.Boilerplate(), IsEmpty()) << "half of the pages are not most";
}

TEST(SiteLines, CountsALineOnceForAPage) {
  SiteLines site;
  site.Add(std::vector<uint64_t>(50, 3));
  for (int page = 0; page < 5; ++page) site.Add(std::vector<uint64_t>{4});
  EXPECT_THAT(site.Boilerplate(), ElementsAre(4U));
}

TEST(SiteLines, StaysBoundedAndKeepsWhatIsFrequent) {
  SiteLines site;
  uint64_t next = 1'000'000;
  for (int page = 0; page < 150; ++page) {
    std::vector<uint64_t> lines(400);
    std::iota(lines.begin(), lines.end(), next);
    next += lines.size();
    lines.push_back(1);
    lines.push_back(2);
    site.Add(lines);
    ASSERT_LE(site.size(), kSiteLinesMax);
  }
  EXPECT_THAT(site.Boilerplate(), ElementsAre(1U, 2U));
}

TEST(SiteLines, FollowsASiteThatChangesItsLooks) {
  SiteLines site;
  for (int page = 0; page < 300; ++page) site.Add(std::vector<uint64_t>{1});
  EXPECT_LT(site.documents(), kSiteDocumentsMax);
  for (int page = 0; page < 400; ++page) site.Add(std::vector<uint64_t>{2});
  EXPECT_THAT(site.Boilerplate(), ElementsAre(2U));
}

TEST(SiteLines, TakesASampleOfAKnownSite) {
  SiteLines site;
  EXPECT_TRUE(site.Wants("documents/1"));
  for (uint32_t page = 0; page < kSiteDocumentsMax; ++page) site.Add(std::vector<uint64_t>{1});
  int wanted = 0;
  for (int i = 0; i < 4000; ++i) wanted += site.Wants("documents/" + std::to_string(i)) ? 1 : 0;
  EXPECT_GT(wanted, 300);
  EXPECT_LT(wanted, 700);
}

TEST(SiteLines, ReadsItsBytesBackAndRefusesOthers) {
  SiteLines site;
  for (int page = 0; page < 6; ++page) site.Add(std::vector<uint64_t>{~uint64_t{0}, 5});
  const std::string bytes = site.Serialize();
  const auto read = SiteLines::Parse(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Serialize(), bytes);
  EXPECT_THAT(read->Boilerplate(), ElementsAre(5U, ~uint64_t{0}));
  EXPECT_FALSE(SiteLines::Parse("").has_value());
  EXPECT_FALSE(SiteLines::Parse(bytes.substr(1)).has_value());
  EXPECT_FALSE(SiteLines::Parse(bytes + bytes.substr(8, 16)).has_value()) << "out of order";
}

TEST(SiteOf, IsTheHostElseTheSource) {
  v1::Document document;
  document.set_source("sources/a");
  document.set_uri("https://www.harbour.example/news/1?page=2");
  EXPECT_EQ(SiteOf(document), "harbour.example");
  document.set_uri("https://press.harbour.example");
  EXPECT_EQ(SiteOf(document), "press.harbour.example");
  document.set_uri("file:///tmp/a.txt");
  EXPECT_EQ(SiteOf(document), "sources/a");
  document.clear_source();
  EXPECT_EQ(SiteOf(document), "");
}

}  // namespace
}  // namespace dateline::storage
