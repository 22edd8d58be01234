// Proves that every form of date which feeds, sitemaps and newsroom pages use is read, that what is impossible or open
// stays unknown, and that dates are found inside lines of words. Table-driven: one row is one form.

#include "services/ingestion/dates/feed_date.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dateline::dates {
namespace {

std::string Utc(std::string_view text, const DateContext& context = {}) {
  const auto date = ParseDate(text, context);
  return date ? FormatUtc(date->utc) : "unknown";
}

struct Row {
  std::string_view text;
  std::string_view utc;
};

TEST(FeedDate, ReadsMailDatesWithTheirMistakes) {
  const std::vector<Row> rows = {
      {"Fri, 17 May 2024 08:05:09 GMT", "2024-05-17T08:05:09Z"},
      {"Mon, 17 May 2024 08:05:09 +0200", "2024-05-17T06:05:09Z"},  // It was a Friday.
      {"17 May 24 08:05 EST", "2024-05-17T13:05:00Z"},
      {"17 May 98 08:05 UT", "1998-05-17T08:05:00Z"},
      {"Fri,17 May 2024 8:5:9 -0000", "2024-05-17T08:05:09Z"},
      {"Friday, 17-May-24 08:05:09 PDT", "2024-05-17T15:05:09Z"},
      {"Fri, 17th May 2024 08:05:09 GMT", "2024-05-17T08:05:09Z"},
      {"Fri, 17 May 2024 08:05:09 GMT+01:30", "2024-05-17T06:35:09Z"},
      {"Fri, 17 May 2024 08:05:09 Etc/GMT", "2024-05-17T08:05:09Z"},
      {"Fri, 17 May 2024 08:05:09 Europe/Lisbon", "2024-05-17T07:05:09Z"},
      {"Wed, 17 Jan 2024 08:05:09 Europe/Lisbon", "2024-01-17T08:05:09Z"},
      {"Fri, 17 May 2024 08:05:09 +0200 (CEST)", "2024-05-17T06:05:09Z"},
      {"Fri, 17 May 2024 24:00:00 GMT", "2024-05-18T00:00:00Z"},
      {"Fri, 17 May 2024 08:05:09 XQZ", "2024-05-17T08:05:09Z"},
      {"Thurs, 16 Sept 2021 00:00:39 +0000", "2021-09-16T00:00:39Z"},
      {"17 May 2024 GMT", "2024-05-17T00:00:00Z"},
      {"Fri, May 17, 2024 3:05 PM EST", "2024-05-17T20:05:00Z"},
      {"May. 17, 2024, 12:37 a.m.", "2024-05-17T00:37:00Z"},
      {"Friday, May 17, 2024 - 3:09pm", "2024-05-17T15:09:00Z"},
      {"Fri, 2024/05/17 08:05:09 EDT", "2024-05-17T12:05:09Z"},
  };
  for (const Row& row : rows) EXPECT_EQ(Utc(row.text), row.utc) << row.text;
}

TEST(FeedDate, ReadsIsoInAllItsForms) {
  const std::vector<Row> rows = {
      {"2024-05-17T08:05:09Z", "2024-05-17T08:05:09Z"},
      {"2024-05-17T08:05:09.123456+02:00", "2024-05-17T06:05:09Z"},
      {"2024-05-17t08:05:09,5-0330", "2024-05-17T11:35:09Z"},
      {"2024-05-17T08:05+05", "2024-05-17T03:05:00Z"},
      {"2024-05-17 08:05:09 +0200", "2024-05-17T06:05:09Z"},
      {"20240517T080509Z", "2024-05-17T08:05:09Z"},
      {"20240517080509", "2024-05-17T08:05:09Z"},
      {"2024-05-17T08:05:09-05:00Z", "2024-05-17T13:05:09Z"},
      {"2024-138", "2024-05-17T00:00:00Z"},
      {"24138", "2024-05-17T00:00:00Z"},
      {"24-05-17", "2024-05-17T00:00:00Z"},
      {"240517", "2024-05-17T00:00:00Z"},
      {"2024-05-17", "2024-05-17T00:00:00Z"},
      {"2024-05", "2024-05-01T00:00:00Z"},
      {"-2405", "2024-05-01T00:00:00Z"},
      {"2024", "2024-01-01T00:00:00Z"},
      {"1715933109", "2024-05-17T08:05:09Z"},
      {"1715933109000", "2024-05-17T08:05:09Z"},
  };
  for (const Row& row : rows) EXPECT_EQ(Utc(row.text), row.utc) << row.text;
}

TEST(FeedDate, ReadsAsctime) {
  EXPECT_EQ(Utc("Fri May 17 08:05:09 2024"), "2024-05-17T08:05:09Z");
  EXPECT_EQ(Utc("Fri May  7 08:05:09 EDT 2024"), "2024-05-07T12:05:09Z");
  EXPECT_EQ(Utc("Fri May 17 08:05:09 +0200 2024"), "2024-05-17T06:05:09Z");
  EXPECT_EQ(Utc("Fri May 17 2024 08:05:09 GMT+0200 (Central European Summer Time)"), "2024-05-17T06:05:09Z");
}

TEST(FeedDate, ReadsMonthNamesOfManyLanguages) {
  const std::vector<Row> rows = {
      {"17 mai 2024", "2024-05-17T00:00:00Z"},
      {"ven., 17 mai 2024 08:05:09 +0000", "2024-05-17T08:05:09Z"},
      {"1er août 2024", "2024-08-01T00:00:00Z"},
      {"17. Mai 2024, 08:05 Uhr", "2024-05-17T08:05:00Z"},
      {"17. maj 2024 kl. 08.05", "2024-05-17T08:05:00Z"},
      {"Fri, 17 May 2024 08.05.09 GMT", "2024-05-17T08:05:09Z"},
      {"17 de mayo de 2024", "2024-05-17T00:00:00Z"},
      {"17 мая 2024 г.", "2024-05-17T00:00:00Z"},
      {"Παρ, 17 Μάι 2024 08:05:09 EST", "2024-05-17T13:05:09Z"},
      {"2024-május-17T9:05-05:00", "2024-05-17T14:05:00Z"},
      {"2024. május 17.", "2024-05-17T00:00:00Z"},
      {"17 kwietnia 2024", "2024-04-17T00:00:00Z"},
      {"١٧ مايو ٢٠٢٤", "2024-05-17T00:00:00Z"},
      {"17 พฤษภาคม 2567", "2024-05-17T00:00:00Z"},
      {"ngày 17 tháng 5 năm 2024", "2024-05-17T00:00:00Z"},
  };
  for (const Row& row : rows) EXPECT_EQ(Utc(row.text), row.utc) << row.text;
}

TEST(FeedDate, ReadsEastAsianForms) {
  EXPECT_EQ(Utc("2024年5月17日"), "2024-05-17T00:00:00Z");
  EXPECT_EQ(Utc("2024年5月17日 下午3:05"), "2024-05-17T15:05:00Z");
  EXPECT_EQ(Utc("令和6年5月17日"), "2024-05-17T00:00:00Z");
  // Korea has one zone.
  EXPECT_EQ(Utc("2024-05-17 오후 3:05:09"), "2024-05-17T06:05:09Z");
  EXPECT_EQ(Utc("2024년 05월 17일  03:05:09"), "2024-05-16T18:05:09Z");
}

TEST(FeedDate, LanguageDecidesTheOrderOfNumbers) {
  EXPECT_EQ(Utc("03/04/2024"), "unknown");
  EXPECT_EQ(Utc("03/04/2024", {.language = "en-US"}), "2024-03-04T00:00:00Z");
  EXPECT_EQ(Utc("03/04/2024", {.language = "en-GB"}), "2024-04-03T00:00:00Z");
  EXPECT_EQ(Utc("03/04/2024", {.language = "fr"}), "2024-04-03T00:00:00Z");
  EXPECT_EQ(Utc("03/04/2024", {.month_first = true}), "2024-03-04T00:00:00Z");
  EXPECT_EQ(Utc("10/30/23 21:55:58"), "2023-10-30T21:55:58Z");
  EXPECT_EQ(Utc("30.10.23"), "2023-10-30T00:00:00Z");
  EXPECT_EQ(Utc("05.04.2024"), "2024-04-05T00:00:00Z");
  EXPECT_EQ(Utc("05.19.15"), "2015-05-19T00:00:00Z");
  EXPECT_EQ(Utc("05.04.15", {.month_first = true}), "2015-05-04T00:00:00Z");
  // The same word, two months.
  EXPECT_EQ(Utc("1 listopada 2023", {.language = "pl"}), "2023-11-01T00:00:00Z");
  EXPECT_EQ(Utc("1. listopada 2023.", {.language = "hr"}), "2023-10-01T00:00:00Z");
}

TEST(FeedDate, TakesTheYearFromElsewhereOnlyWhereNoneIsWritten) {
  EXPECT_EQ(Utc("17 May"), "unknown");
  EXPECT_EQ(Utc("17 May", {.year = 2023}), "2023-05-17T00:00:00Z");
  EXPECT_EQ(Utc("May 17, 10:30", {.year = 2023}), "2023-05-17T10:30:00Z");
  EXPECT_EQ(Utc("17 May 2024", {.year = 2023}), "2024-05-17T00:00:00Z");
}

TEST(FeedDate, WhatIsImpossibleStaysUnknown) {
  for (const std::string_view text :
       {"", "   ", "soon", "2 hours ago", "Fri, 31 Jun 2024 08:00:00 GMT", "2024-05-17T25:00:00Z",
        "2024-05-17T10:61:00Z", "Fri, 17 zzz 2024 08:05:09 GMT", "2024-xx-17", "2024-05-17T08:05:09-06:00Textra",
        "2024-05-17T08:05:09+00:xx", "17 May", "May 17", "12:30", "99999999999999999999"}) {
    EXPECT_EQ(Utc(text), "unknown") << text;
  }
  EXPECT_EQ(Utc(std::string(kMaxDateBytes, ' ') + "x" + std::string(10, ' ')), "unknown");
}

TEST(FeedDate, SaysHowPreciseItIs) {
  EXPECT_EQ(ParseDate("2024")->precision, Precision::kYear);
  EXPECT_EQ(ParseDate("Nov. 2020")->precision, Precision::kMonth);
  EXPECT_EQ(ParseDate("17 May 2024")->precision, Precision::kDay);
  EXPECT_EQ(ParseDate("17 May 2024 08:05")->precision, Precision::kMinute);
  EXPECT_FALSE(ParseDate("17 May 2024 08:05")->zone_known);
  EXPECT_TRUE(ParseDate("17 May 2024 08:05 GMT")->zone_known);
}

TEST(FeedDate, IsFoundInsideALine) {
  const std::string line = "Press release 14/24 | Friday, May 17, 2024 at 3:05 pm | Ministry";
  const auto found = FindDate(line);
  ASSERT_TRUE(found);
  EXPECT_EQ(FormatUtc(found->date.utc), "2024-05-17T15:05:00Z");
  EXPECT_EQ(line.substr(found->begin, 12), "May 17, 2024");
  EXPECT_EQ(FormatDay(FindDate("Publié le 17 mai 2024 – Communiqué")->date.utc), "2024-05-17");
  EXPECT_EQ(FormatDay(FindDate("发布时间：2024-05-17 来源")->date.utc), "2024-05-17");
  EXPECT_FALSE(FindDate("In 2024 the fund gave 17 loans"));
  EXPECT_FALSE(FindDate("Resolution 2231/2015 of the council"));
}

TEST(FeedDate, IsReadFromAPathOnlyAtTheBeginningOfASegment) {
  EXPECT_EQ(FormatDay(DateOfPath("/news/2024/05/17/opening")->utc), "2024-05-17");
  EXPECT_EQ(FormatDay(DateOfPath("/news/2024-05-17-opening")->utc), "2024-05-17");
  EXPECT_EQ(FormatDay(DateOfPath("/pr/20240517_opening")->utc), "2024-05-17");
  EXPECT_FALSE(DateOfPath("/news/report-2024-05-17"));
  EXPECT_FALSE(DateOfPath("/news/2024/13/40/opening"));
  EXPECT_FALSE(DateOfPath("/id/202405171"));
}

}  // namespace
}  // namespace dateline::dates
