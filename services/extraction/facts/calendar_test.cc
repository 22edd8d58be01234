// Proves which expressions are read as dates, in which languages, and that nothing is filled in or guessed.
#include "services/extraction/facts/calendar.h"

#include <gtest/gtest.h>

namespace dateline::extraction {
namespace {

struct Case {
  const char* text;
  CalendarDate date;
  const char* words;
};

TEST(Calendar, ReadsDatesOfManyLanguages) {
  const Calendar calendar;
  const Case cases[] = {
      {"It ends on 11 March.", {0, 3, 11}, "11 March"},
      {"on July 27, 2005 in", {2005, 7, 27}, "July 27, 2005"},
      {"the 1st of May 2020", {2020, 5, 1}, "1st of May 2020"},
      {"since Sept. 3, 2024", {2024, 9, 3}, "Sept. 3, 2024"},
      {"le 1er mars 2024", {2024, 3, 1}, "1er mars 2024"},
      {"el 5 de marzo de 2024", {2024, 3, 5}, "5 de marzo de 2024"},
      {"am 5. März 2024", {2024, 3, 5}, "5. März 2024"},
      {"5 марта 2024 г.", {2024, 3, 5}, "5 марта 2024"},
      {"于2024年3月5日举行", {2024, 3, 5}, "2024年3月5日"},
      {"3月11日", {0, 3, 11}, "3月11日"},
      {"في 5 مارس 2024", {2024, 3, 5}, "5 مارس 2024"},
      {"٥ مارس ٢٠٢٤", {2024, 3, 5}, "٥ مارس ٢٠٢٤"},
      {"2024-03-05T10:00", {2024, 3, 5}, "2024-03-05"},
      {"18-07-2019 - 11:37", {2019, 7, 18}, "18-07-2019"},
      {"13/02/2025", {2025, 2, 13}, "13/02/2025"},
      {"12/25/2024", {2024, 12, 25}, "12/25/2024"},
      {"in May 2013", {2013, 5, 0}, "May 2013"},
  };
  for (const Case& c : cases) {
    const std::vector<DateMatch> found = calendar.Find(c.text);
    ASSERT_EQ(found.size(), 1U) << c.text;
    EXPECT_EQ(found[0].value, c.date) << c.text;
    EXPECT_EQ(std::string_view(c.text).substr(found[0].begin, found[0].end - found[0].begin), c.words);
  }
}

TEST(Calendar, LeavesOutWhatIsNoDate) {
  const Calendar calendar;
  for (const char* text :
       {"in 2024", "they may 5 times", "march 400 km", "31 February 2024", "03/04/2024", "1.2.3.2024", "32 March",
        "version 2.10.1", "10.30 hours", "+86 10 5979 9692", "no digits in March"}) {
    EXPECT_TRUE(calendar.Find(text).empty()) << text;
  }
}

TEST(Calendar, FindsSeveralInOrder) {
  const Calendar calendar;
  const auto found = calendar.Find("from 2 May to 23 May 2024 and on 1 June");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].value, (CalendarDate{0, 5, 2}));
  EXPECT_EQ(found[1].value, (CalendarDate{2024, 5, 23}));
  EXPECT_EQ(found[2].value, (CalendarDate{0, 6, 1}));
}

TEST(DaysFromCivil, CountsFromTheEpoch) {
  EXPECT_EQ(DaysFromCivil({1970, 1, 1}), 0);
  EXPECT_EQ(DaysFromCivil({2000, 3, 1}), 11017);
  EXPECT_EQ(DaysFromCivil({1969, 12, 31}), -1);
  EXPECT_FALSE(IsPossibleDate({2023, 2, 29}));
  EXPECT_TRUE(IsPossibleDate({2024, 2, 29}));
  EXPECT_TRUE(IsPossibleDate({0, 2, 29}));
}

}  // namespace
}  // namespace dateline::extraction
