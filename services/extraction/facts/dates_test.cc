// Proves which expressions are dates of a release, with which parts known, that years are told from quantities and
// names, and that relative dates are read only against an anchor that the fact names.
#include "services/extraction/facts/dates.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/facts/fact_fixture.h"

namespace dateline::extraction {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

// "text | year-month-day" of each date, and its last day and anchor where there are any.
Strings Dates(std::string text, std::string language = "en", CalendarDate publish = {}) {
  release::v1::Release release = BodyOf(std::move(text), std::move(language));
  if (!publish.empty()) *release.mutable_publish()->mutable_date() = ToProto(publish);
  Find(FindDates, &release);
  Strings out;
  for (const release::v1::DateMention& d : release.dates()) {
    EXPECT_EQ(release.text().substr(d.span().start(), d.span().end() - d.span().start()), d.text());
    EXPECT_NE(d.confidence(), release::v1::CONFIDENCE_UNSPECIFIED);
    std::string line = fmt::format("{} | {}-{}-{}", d.text(), d.value().year(), d.value().month(), d.value().day());
    if (d.has_value_to())
      line += fmt::format(" to {}-{}-{}", d.value_to().year(), d.value_to().month(), d.value_to().day());
    if (!d.anchor().empty()) line += " by " + d.anchor();
    out.push_back(std::move(line));
  }
  return out;
}

TEST(Dates, KeepWhatTheTextDoesNotSayOpen) {
  EXPECT_THAT(Dates("It ends on 11 March, began in July 2005 and was planned on Friday, 27 May 2004, 10:00 CET."),
              ElementsAre("11 March | 0-3-11", "July 2005 | 2005-7-0", "27 May 2004 | 2004-5-27"));
  EXPECT_THAT(Dates("The water peaked in late September and again in mid-October, and fell in spring 2014."),
              ElementsAre("late September | 0-9-0", "mid-October | 0-10-0", "spring 2014 | 2014-0-0"));
}

TEST(Dates, ShareAMonth) {
  EXPECT_THAT(Dates("Between 15 and 30 September two boats sank; the week of February 10-16, 2008 was dry."),
              ElementsAre("15 | 0-9-15", "30 September | 0-9-30", "February 10 | 2008-2-10", "16, 2008 | 2008-2-16"));
  EXPECT_THAT(Dates("From 3 to 5 May 2020, and from 30 June to 2 July 2021."),
              ElementsAre("3 | 2020-5-3", "5 May 2020 | 2020-5-5", "30 June | 2021-6-30", "2 July 2021 | 2021-7-2"));
  EXPECT_THAT(Dates("On July 3, 400 people came."), ElementsAre("July 3 | 0-7-3"));
}

TEST(Dates, TellYearsFromQuantitiesAndNames) {
  EXPECT_THAT(Dates("Since 1995, by 2030, in the 2007 budget, compared to 1990 levels and between 2010 and 2012."),
              ElementsAre("1995 | 1995-0-0", "2030 | 2030-0-0", "2007 | 2007-0-0", "1990 | 1990-0-0", "2010 | 2010-0-0",
                          "2012 | 2012-0-0"));
  EXPECT_THAT(Dates("About 2000 people, 1950 km, $2005, Room 2010, resolution 1973, 1900 Harbour Street, the 1990s, "
                    "S/2015/33 and 2000 million."),
              IsEmpty());
}

TEST(Dates, KnowOldYearsOnlyBehindIn) {
  EXPECT_THAT(Dates("The bridge was built in 1867; it weighs 1850 and rose by 1750 from then on."),
              ElementsAre("1867 | 1867-0-0"));
}

TEST(Dates, LeaveTimesOut) {
  EXPECT_THAT(Dates("It rose last year, this week and yesterday, and will rise next month.", "en", {2022, 10, 19}),
              IsEmpty());
}

TEST(Dates, DoNotTakeNamesAndWordsForMonths) {
  EXPECT_THAT(Dates("April Quay may march with May Brook. Out of 7 boats, August Fern lost one."), IsEmpty());
}

TEST(Dates, ReadRelativeOnesAgainstAnAnchorOnly) {
  EXPECT_THAT(Dates("It ended today, as it did last year and this week."), IsEmpty());
  EXPECT_THAT(Dates("It ended today, as it did last year and this week; on Wednesday they met.", "en", {2022, 10, 19}),
              ElementsAre("today | 2022-10-19 by publish date", "Wednesday | 2022-10-19 by publish date"));
  // A publish date without year is no anchor.
  EXPECT_THAT(Dates("It ended last year.", "en", {0, 3, 11}), IsEmpty());
}

TEST(Dates, ReadOtherLanguagesByTheirPacks) {
  EXPECT_THAT(Dates("Le 1er mars 2024, depuis 1995 et fin septembre.", "fr"),
              ElementsAre("1er mars 2024 | 2024-3-1", "1995 | 1995-0-0", "fin septembre | 0-9-0"));
  EXPECT_THAT(Dates("El 5 de mayo de 2024 y desde 2010; hoy se firma.", "es", {2024, 5, 5}),
              ElementsAre("5 de mayo de 2024 | 2024-5-5", "2010 | 2010-0-0", "hoy | 2024-5-5 by publish date"));
  EXPECT_THAT(Dates("Vom 3. bis 5. Mai 2024 und seit Ende 2019.", "de"),
              ElementsAre("3 | 2024-5-3", "5. Mai 2024 | 2024-5-5", "Ende 2019 | 2019-0-0"));
}

}  // namespace
}  // namespace dateline::extraction
