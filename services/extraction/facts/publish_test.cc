// Proves how times are parsed, where dates are looked for, and how one of several candidates is chosen.
#include "services/extraction/facts/publish.h"

#include <gtest/gtest.h>

#include "services/extraction/facts/day_choice.h"
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

TEST(ParseTime, ReadsOtherFormsOfMetadata) {
  const Calendar calendar;
  EXPECT_EQ(ParseTime("20240305", calendar)->date, (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(ParseTime("1709631000", calendar)->date, (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(ParseTime("1709631000", calendar)->unix_seconds, 1709631000);
  EXPECT_EQ(ParseTime("Tue, 05 Mar 2024 10:30:00 +0100", calendar)->unix_seconds, 1709631000);
  EXPECT_EQ(ParseTime("03-05-2024", calendar, DayOrder::kMonthFirst)->date, (CalendarDate{2024, 3, 5}));
}

TEST(ParseSign, TakesNoDateOfSomethingElse) {
  const Calendar calendar;
  const auto read = [&](const char* raw, const char* label) {
    const auto sign = ParseSign({"near_title", raw, label}, calendar, DayOrder::kDayFirst);
    return sign.has_value() && sign->basis == "near_title";
  };
  EXPECT_TRUE(read("5 March 2024", "News"));
  EXPECT_TRUE(read("Published 5 March 2024, updated 7 March 2024", ""));
  EXPECT_FALSE(read("Last updated 5 March 2024", ""));
  EXPECT_FALSE(read("05.03.2024", "Aktualisiert:"));
  EXPECT_FALSE(read("Joined: 5 March 2024", ""));
  EXPECT_FALSE(read("5 March 2024", "Founded:"));
  EXPECT_FALSE(read("Tuesday, 5 March 2024", "Joined:"));
  EXPECT_TRUE(read("Tuesday, 5 March 2024", "Harbour news"));
  EXPECT_TRUE(IsLineOfOtherDate("Joined: Tue Mar 05, 2024 9:28 am"));
  EXPECT_FALSE(IsLineOfOtherDate("5 March 2024"));
  EXPECT_FALSE(read("In force since 5 March 2024", ""));
  EXPECT_FALSE(read("(bis 31.12.2024)", ""));
  EXPECT_FALSE(read("The storm of 5 March 2024 had closed the basin to all ships for a week", ""));
}

TEST(ParseSign, CallsTheDateOfAChangeUpdated) {
  const Calendar calendar;
  const auto basis = [&](DateSign sign) {
    const auto parsed = ParseSign(sign, calendar, DayOrder::kDayFirst);
    return parsed.has_value() ? parsed->basis : std::string();
  };
  EXPECT_EQ(basis({"near_title", "Last updated 5 March 2024", ""}), "updated");
  EXPECT_EQ(basis({"date_class", "05.03.2024", "Aktualisiert:"}), "updated");
  EXPECT_EQ(basis({"labelled", "2024\u5E743\u67085\u65E5\u66F4\u65B0", ""}), "updated");
  EXPECT_EQ(basis({"near_title", "Joined: 5 March 2024", ""}), "");
  EXPECT_EQ(basis({"near_title", "5 March 2024", "", true, false}), "above_title");
  EXPECT_EQ(basis({"date_class", "5 March 2024", "", true, false}), "above_title");
  EXPECT_EQ(basis({"date_class", "5 March 2024", "", false, true}), "far_date");
  EXPECT_TRUE(IsPublishLabel("Ver\u00F6ffentlicht am 5. M\u00E4rz 2024"));
  EXPECT_FALSE(IsPublishLabel("The storm of 5 March 2024"));
}

TEST(ParseSign, TakesNoFirstDayOfASpan) {
  const Calendar calendar;
  const auto read = [&](const char* raw) {
    return ParseSign({"near_title", raw}, calendar, DayOrder::kDayFirst).has_value();
  };
  EXPECT_FALSE(read("Week of 31 December 2023 - 6 January 2024"));
  EXPECT_FALSE(read("05.03.2024\u201306.03.2024"));
  EXPECT_FALSE(read("5 March 2024 to 7 March 2024"));
  EXPECT_TRUE(read("05.03.2024 - 14:30"));
  EXPECT_TRUE(read("5 March 2024 - 3 min read"));
  EXPECT_TRUE(read("5 March 2024 | Updated on 7 March 2024"));
}

TEST(ParseSign, BelievesTheElementThatADateIsThatOfAChange) {
  const Calendar calendar;
  DateSign sign{"near_title", "5 March 2024"};
  sign.changed = true;
  EXPECT_EQ(ParseSign(sign, calendar, DayOrder::kDayFirst)->basis, "updated");
}

TEST(ParseSign, TellsWhereAChangeIsTold) {
  const Calendar calendar;
  const auto basis = [&](bool far, bool copy) {
    DateSign sign{.basis = "labelled", .raw = "Last updated 5 March 2024", .far = far, .copy = copy};
    return ParseSign(sign, calendar, DayOrder::kDayFirst)->basis;
  };
  EXPECT_EQ(basis(false, false), "updated");
  EXPECT_EQ(basis(true, false), "far_updated");
  EXPECT_EQ(basis(false, true), "updated_copy");
  EXPECT_EQ(basis(true, true), "updated_copy");
}

TEST(ParseSign, SetsTheDatesOfRepliesFar) {
  const Calendar calendar;
  const auto basis = [&](const char* place) {
    const auto parsed =
        ParseSign({.basis = place, .raw = "2024-03-05", .of_reply = true}, calendar, DayOrder::kDayFirst);
    return parsed.has_value() ? parsed->basis : std::string();
  };
  EXPECT_EQ(basis("microdata"), "far_date");
  EXPECT_EQ(basis("time_element"), "far_date");
  EXPECT_EQ(basis("near_title"), "");
  EXPECT_EQ(basis("labelled"), "");
}

TEST(NamesItsZone, NeedsAnOffset) {
  EXPECT_TRUE(NamesItsZone("2024-03-05T21:50:00-0500"));
  EXPECT_TRUE(NamesItsZone("2024-03-05T21:50+01:00"));
  for (const char* raw : {"2024-03-05T21:50:00Z", "2024-03-05T21:50:00+00:00", "2024-03-05", "5 March 2024"})
    EXPECT_FALSE(NamesItsZone(raw)) << raw;
}

TEST(ParseTime, ReadsTheDateOfALibrary) {
  const Calendar calendar;
  EXPECT_EQ(ParseTime("2024 Mar 5", calendar)->date, (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(ParseTime("2024 March 25", calendar)->date, (CalendarDate{2024, 3, 25}));
  for (const char* bad : {"2024 Mar", "2024 Marina 5", "2024 Feb 30", "1024 Mar 5"})
    EXPECT_FALSE(ParseTime(bad, calendar).has_value()) << bad;
}

TEST(DateOfUrl, NeedsYearMonthAndDay) {
  EXPECT_EQ(DateOfUrl("https://h.example/news/2024/03/05/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/2024-03-05-basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_FALSE(DateOfUrl("https://h.example/2024/03/basin").has_value());
  EXPECT_EQ(DateOfUrl("https://h.example/news/20240305-basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/news/2024-03/05/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/2024/0305/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_FALSE(DateOfUrl("https://archive.example/web/20240305174457/h.example").has_value());
  EXPECT_EQ(MonthOfUrl("https://h.example/2024/03/basin"), (CalendarDate{2024, 3, 0}));
  EXPECT_TRUE(MonthOfUrl("https://h.example/2024/basin").empty());
  EXPECT_FALSE(DateOfUrl("https://h.example/x?d=2024/03/05").has_value());
  EXPECT_FALSE(DateOfUrl("https://h.example/120240/03/05").has_value());
}

TEST(DateOfUrl, ReadsPartsWithoutTheirZeros) {
  EXPECT_EQ(DateOfUrl("https://h.example/home/2024/3/5/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/2024/3/15"), (CalendarDate{2024, 3, 15}));
  EXPECT_FALSE(DateOfUrl("https://h.example/2024/3/5-ships-enter").has_value());
  EXPECT_FALSE(DateOfUrl("https://h.example/2024/13/5/basin").has_value());
}

TEST(DateOfUrl, ReadsNamesOfMonthsAndYearsThatStandLast) {
  EXPECT_EQ(DateOfUrl("https://h.example/news/2024/mar/05/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/news/2024/march/05/basin"), (CalendarDate{2024, 3, 5}));
  EXPECT_FALSE(DateOfUrl("https://h.example/news/2024/marina/05/basin").has_value());
  EXPECT_EQ(DateOfUrl("https://h.example/news/25-03-2024-basin"), (CalendarDate{2024, 3, 25}));
  EXPECT_EQ(DateOfUrl("https://h.example/news/25032024-basin"), (CalendarDate{2024, 3, 25}));
  EXPECT_FALSE(DateOfUrl("https://h.example/news/05-03-2024").has_value());
  EXPECT_EQ(DateOfUrl("https://h.example/news/05-03-2024", DayOrder::kDayFirst), (CalendarDate{2024, 3, 5}));
  EXPECT_EQ(DateOfUrl("https://h.example/news/05-03-2024", DayOrder::kMonthFirst), (CalendarDate{2024, 5, 3}));
  EXPECT_FALSE(DateOfUrl("https://h.example/basin-25-03-20241").has_value());
  EXPECT_FALSE(DateOfUrl("https://h.example/news/12345678-basin", DayOrder::kDayFirst).has_value());
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

TEST(ChoosePublishDate, LetsSignsThatAgreeOutweighOne) {
  EXPECT_EQ(WithCandidates({{"json_ld", {2019, 1, 1}}, {"near_title", {2024, 3, 5}}}).publish().basis(), "near_title");
  EXPECT_EQ(WithCandidates({{"json_ld", {2019, 1, 1}},
                            {"meta", {2019, 1, 1}},
                            {"json_ld_page", {2019, 1, 1}},
                            {"near_title", {2024, 3, 5}}})
                .publish()
                .basis(),
            "json_ld");
}

TEST(ChoosePublishDate, LeavesTheDayOpenWhereReadersAndMachinesAreToldApart) {
  const auto release =
      WithCandidates({{"json_ld", {2019, 1, 1}}, {"json_ld_page", {2019, 1, 1}}, {"near_title", {2024, 3, 5}}});
  EXPECT_FALSE(release.publish().has_date());
  EXPECT_EQ(release.publish().candidates_size(), 3);
}

// 23:30 UTC is the next day in the east, but not for a page that says that its clock is two hours ahead and it is the
// 5th.
TEST(WeighDays, BelievesAStampThatNamesItsZone) {
  const auto day_told = [](const char* stamp) {
    release::v1::Release release;
    AddCandidate({2024, 3, 5}, "meta", stamp, 1709681400, std::nullopt, release.mutable_publish());
    AddCandidate({2024, 3, 6}, "near_title", "6 March 2024", std::nullopt, std::nullopt, release.mutable_publish());
    for (const DayCandidate& candidate : WeighDays(release)) {
      if (candidate.day.day == 6) return candidate.features[static_cast<std::size_t>(DayFeature::kShownNextDay)];
    }
    return false;
  };
  EXPECT_TRUE(day_told("2024-03-05T23:30:00Z"));
  EXPECT_TRUE(day_told("2024-03-05T23:30:00+00:00"));
  EXPECT_FALSE(day_told("2024-03-05T21:30:00-02:00"));
}

TEST(WeighDays, TellsTheDayOfAChangeFromThatOfPublishing) {
  const auto release = WithCandidates({{"json_ld", {2024, 12, 6}},
                                       {"near_title", {2024, 12, 6}},
                                       {"meta", {2024, 12, 7}},
                                       {"updated", {2024, 12, 7}},
                                       {"modified", {2024, 12, 7}}});
  ASSERT_EQ(WeighDays(release).size(), 2U);
  EXPECT_EQ(WeighDays(release).front().day.day, 6);
}

// The features of the day of March that `release` names, by which the weights tell pages apart that date alike.
DayFeatures FeaturesOfDay(const release::v1::Release& release, int day) {
  for (const DayCandidate& candidate : WeighDays(release)) {
    if (candidate.day.day == day) return candidate.features;
  }
  return {};
}

TEST(WeighDays, SeesThatReadersAreToldOfAChangeOnly) {
  const auto release =
      WithCandidates({{"json_ld", {2024, 3, 1}}, {"updated", {2024, 3, 5}}, {"modified", {2024, 3, 5}}});
  const auto has = [&](int day, DayFeature feature) {
    return FeaturesOfDay(release, day)[static_cast<std::size_t>(feature)];
  };
  EXPECT_TRUE(has(5, DayFeature::kUpdatedShown));
  EXPECT_TRUE(has(5, DayFeature::kUpdatedShownRival));
  EXPECT_TRUE(has(1, DayFeature::kHiddenBesideUpdated));
  const auto shown = WithCandidates({{"near_title", {2024, 3, 1}}, {"updated", {2024, 3, 5}}});
  EXPECT_FALSE(FeaturesOfDay(shown, 5)[static_cast<std::size_t>(DayFeature::kUpdatedShown)]);
}

TEST(WeighDays, SeesADayOfChangeThatIsNotCalledSo) {
  const auto release =
      WithCandidates({{"json_ld", {2024, 3, 1}}, {"near_title", {2024, 3, 5}}, {"modified", {2024, 3, 5}}});
  EXPECT_TRUE(FeaturesOfDay(release, 5)[static_cast<std::size_t>(DayFeature::kShownModified)]);
  EXPECT_TRUE(FeaturesOfDay(release, 1)[static_cast<std::size_t>(DayFeature::kHiddenBesideModified)]);
}

TEST(WeighDays, TellsTheFirstOfManyPosts) {
  const auto release =
      WithCandidates({{"microdata", {2024, 3, 4}}, {"microdata", {2024, 3, 2}}, {"time_element", {2024, 3, 9}}});
  EXPECT_TRUE(FeaturesOfDay(release, 2)[static_cast<std::size_t>(DayFeature::kFirstOfTimes)]);
  EXPECT_TRUE(FeaturesOfDay(release, 9)[static_cast<std::size_t>(DayFeature::kLastOfTimes)]);
  EXPECT_FALSE(FeaturesOfDay(release, 4)[static_cast<std::size_t>(DayFeature::kFirstOfTimes)]);
}

TEST(WeighDays, SeesWhichPlacesGiveADay) {
  const auto has = [](const release::v1::Release& release, int day, DayFeature feature) {
    return FeaturesOfDay(release, day)[static_cast<std::size_t>(feature)];
  };
  const auto far =
      WithCandidates({{"near_title", {2024, 3, 1}}, {"far_date", {2024, 3, 1}}, {"far_date", {2024, 3, 5}}});
  EXPECT_TRUE(has(far, 5, DayFeature::kOnlyFar));
  EXPECT_FALSE(has(far, 1, DayFeature::kOnlyFar));
  EXPECT_TRUE(has(far, 1, DayFeature::kSeveralFar));
  const auto posts = WithCandidates({{"microdata", {2024, 3, 4}}, {"microdata", {2024, 3, 2}}});
  EXPECT_TRUE(has(posts, 2, DayFeature::kFirstPost));
  EXPECT_FALSE(has(posts, 4, DayFeature::kFirstPost));
  EXPECT_FALSE(has(WithCandidates({{"microdata", {2024, 3, 4}}}), 4, DayFeature::kFirstPost));
  const auto agreed = WithCandidates({{"json_ld", {2024, 3, 5}}, {"meta", {2024, 3, 5}}, {"near_title", {2024, 3, 5}}});
  EXPECT_TRUE(has(agreed, 5, DayFeature::kTwoMachines));
  EXPECT_TRUE(has(agreed, 5, DayFeature::kAllAgree));
}

TEST(WeighDays, SeesWhichDayMostPlacesGive) {
  const auto has = [](const release::v1::Release& release, int day) {
    return FeaturesOfDay(release, day)[static_cast<std::size_t>(DayFeature::kMostPlaces)];
  };
  const auto two = WithCandidates({{"json_ld", {2024, 3, 1}}, {"meta", {2024, 3, 1}}, {"near_title", {2024, 3, 5}}});
  EXPECT_TRUE(has(two, 1));
  EXPECT_FALSE(has(two, 5));
  const auto change = WithCandidates({{"json_ld", {2024, 3, 1}},
                                      {"near_title", {2024, 3, 1}},
                                      {"meta", {2024, 3, 5}},
                                      {"updated", {2024, 3, 5}},
                                      {"modified", {2024, 3, 5}}});
  EXPECT_TRUE(has(change, 1));
  EXPECT_TRUE(FeaturesOfDay(change, 5)[static_cast<std::size_t>(DayFeature::kMostSigns)]);
  EXPECT_FALSE(FeaturesOfDay(change, 1)[static_cast<std::size_t>(DayFeature::kMostSigns)]);
  EXPECT_FALSE(has(WithCandidates({{"json_ld", {2024, 3, 1}}, {"near_title", {2024, 3, 5}}}), 1));
  EXPECT_FALSE(has(WithCandidates({{"json_ld", {2024, 3, 1}}, {"near_title", {2024, 3, 1}}}), 1));
}

TEST(WeighDays, SeesMetaElementsAloneBesideAChange) {
  const auto has = [](const release::v1::Release& release, int day, DayFeature feature) {
    return FeaturesOfDay(release, day)[static_cast<std::size_t>(feature)];
  };
  const auto alone = WithCandidates({{"meta", {2024, 3, 1}}, {"updated", {2024, 3, 5}}});
  EXPECT_TRUE(has(alone, 1, DayFeature::kMetaBesideChange));
  EXPECT_TRUE(has(alone, 5, DayFeature::kChangeOverMeta));
  const auto both = WithCandidates({{"meta", {2024, 3, 1}}, {"json_ld", {2024, 3, 1}}, {"updated", {2024, 3, 5}}});
  EXPECT_FALSE(has(both, 1, DayFeature::kMetaBesideChange));
  EXPECT_FALSE(has(both, 5, DayFeature::kChangeOverMeta));
}

TEST(WeighDays, SeesADayThatWasShownBeforeThatOfAChange) {
  const auto release = WithCandidates({{"above_title", {2024, 3, 1}}, {"updated", {2024, 3, 5}}});
  EXPECT_TRUE(FeaturesOfDay(release, 5)[static_cast<std::size_t>(DayFeature::kModifiedLater)]);
  EXPECT_FALSE(FeaturesOfDay(release, 1)[static_cast<std::size_t>(DayFeature::kModifiedLater)]);
}

// A page that was never changed says so with the day of publishing.
TEST(WeighDays, CallsADayThatOfAChangeOnlyBesideAnother) {
  release::v1::Release release;
  release.mutable_page_modified_time()->set_seconds(DaysFromCivil({2024, 3, 5}) * 86400);
  AddCandidate({2024, 3, 5}, "json_ld", "2024-03-05", std::nullopt, std::nullopt, release.mutable_publish());
  EXPECT_FALSE(FeaturesOfDay(release, 5)[static_cast<std::size_t>(DayFeature::kModifiedDay)]);
  AddCandidate({2024, 3, 1}, "near_title", "1 March 2024", std::nullopt, std::nullopt, release.mutable_publish());
  EXPECT_TRUE(FeaturesOfDay(release, 5)[static_cast<std::size_t>(DayFeature::kModifiedDay)]);
}

// Newspapers set the day on which the page is read above everything.
TEST(WeighDays, KnowsTheDayOfTheVisit) {
  const auto visit = [](const std::vector<std::pair<const char*, CalendarDate>>& candidates) {
    return FeaturesOfDay(WithCandidates(candidates), 9)[static_cast<std::size_t>(DayFeature::kVisit)];
  };
  EXPECT_TRUE(visit({{"near_title", {2024, 3, 5}}, {"above_title", {2024, 3, 9}}}));
  EXPECT_FALSE(visit({{"near_title", {2024, 3, 12}}, {"above_title", {2024, 3, 9}}}));
  EXPECT_FALSE(visit({{"above_title", {2024, 3, 9}}}));
  EXPECT_FALSE(visit({{"near_title", {2024, 3, 5}}, {"above_title", {2024, 3, 9}}, {"meta", {2024, 3, 9}}}));
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
