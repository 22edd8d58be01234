// Proves how times are parsed, where dates are looked for, and how one of several candidates is chosen.
#include "services/extraction/facts/publish.h"

#include <gtest/gtest.h>

#include "services/extraction/facts/front_matter.h"

namespace dateline::extraction {
namespace {

TEST(ParseTime, ReadsMomentsOnlyWithAnOffset) {
  const Calendar calendar;
  EXPECT_EQ(ParseTime("2024-03-05T10:30:00+01:00", calendar)->unix_seconds, 1709631000);
  EXPECT_EQ(ParseTime("2024-03-05T09:30:00.250Z", calendar)->unix_seconds, 1709631000);
  EXPECT_EQ(ParseTime("2024-03-05T04:30-0500", calendar)->unix_seconds, 1709631000);
  EXPECT_FALSE(ParseTime("2024-03-05T10:30:00", calendar)->unix_seconds.has_value());
  EXPECT_EQ(ParseTime("March 5, 2024", calendar)->date, (CalendarDate{2024, 3, 5}));
  for (const char* bad : {"", "2024", "2024-13-05", "soon", "11 March"})
    EXPECT_FALSE(ParseTime(bad, calendar).has_value()) << bad;
}

TEST(DateOfUrl, NeedsYearMonthAndDay) {
  EXPECT_EQ(DateOfUrl("https://h.example/news/2024/03/05/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/2024-03-05-basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_FALSE(DateOfUrl("https://h.example/2024/03/basin").has_value());
  EXPECT_FALSE(DateOfUrl("https://h.example/x?d=2024/03/05").has_value());
  EXPECT_FALSE(DateOfUrl("https://h.example/120240/03/05").has_value());
}

TEST(FindTodayDate, BindsTheDateToToday) {
  const Calendar calendar;
  EXPECT_EQ(FindTodayDate("It concludes today (11 March) after two days.", calendar)->value, (CalendarDate{0, 3, 11}));
  EXPECT_EQ(FindTodayDate("Today (27 March 2014) the limits were set.", calendar)->value, (CalendarDate{2014, 3, 27}));
  EXPECT_EQ(FindTodayDate("aujourd'hui (5 mars 2024)", calendar)->value, (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(FindTodayDate("今天（3月5日）开放", calendar)->value, (CalendarDate{0, 3, 5}));
  EXPECT_FALSE(FindTodayDate("today the talks of 11 March were resumed", calendar).has_value());
  EXPECT_FALSE(FindTodayDate("As of today, 14 ships lie in port since 11 March.", calendar).has_value());
}

release::v1::Release WithCandidates(const std::vector<std::pair<const char*, CalendarDate>>& candidates) {
  release::v1::Release release;
  for (const auto& [basis, date] : candidates)
    AddCandidate(date, basis, "raw", std::nullopt, std::nullopt, release.mutable_publish());
  ChoosePublishDate(&release);
  return release;
}

TEST(ChoosePublishDate, PrefersCompleteDatesThenTrust) {
  const auto release =
      WithCandidates({{"text_today", {0, 3, 11}}, {"meta", {2016, 3, 11}}, {"json_ld", {2016, 3, 11}}});
  EXPECT_EQ(release.publish().basis(), "json_ld");
  EXPECT_EQ(release.publish().candidates_size(), 3);
  EXPECT_EQ(release.publish().confidence(), release::v1::HIGH);
  EXPECT_EQ(release.notices_size(), 0);
}

TEST(ChoosePublishDate, KeepsAPartialDatePartial) {
  const auto release = WithCandidates({{"text_today", {0, 3, 11}}});
  EXPECT_EQ(release.publish().date().year(), 0);
  EXPECT_EQ(release.publish().date().month(), 3);
  EXPECT_EQ(release.publish().confidence(), release::v1::MEDIUM);
}

TEST(ChoosePublishDate, ReportsAContradiction) {
  const auto release = WithCandidates({{"meta", {2016, 3, 11}}, {"dateline", {2016, 5, 2}}});
  EXPECT_EQ(release.publish().basis(), "meta");
  ASSERT_EQ(release.notices_size(), 1);
  EXPECT_EQ(release.notices(0).reason(), "DATE_CONFLICT");
}

TEST(ChoosePublishDate, LeavesNothingWhereThereIsNothing) {
  EXPECT_FALSE(WithCandidates({}).has_publish());
}

TEST(EmbargoTime, NeedsDateTimeAndZone) {
  const Calendar calendar;
  EXPECT_EQ(EmbargoTime("EMBARGOED UNTIL 10:30 CET, 5 March 2024", calendar), 1709631000);
  EXPECT_EQ(EmbargoTime("Embargo: 5 March 2024, 9:30 am GMT", calendar), 1709631000);
  EXPECT_FALSE(EmbargoTime("EMBARGOED UNTIL 10:30, 5 March 2024", calendar).has_value());
  EXPECT_FALSE(EmbargoTime("EMBARGOED UNTIL 5 March CET", calendar).has_value());
}

}  // namespace
}  // namespace dateline::extraction
