#pragma once
// Calendar dates as people write them: "11 March", "July 27, 2005", "le 1er mars 2024", "5. März", "18-07-2019",
// "2024年3月5日", "٥ مارس". Month names of many languages come from ICU. What a text does not say stays 0: "11 March"
// has no year. Immutable after construction and thread-safe; linear in the text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "google/type/date.pb.h"

namespace dateline::extraction {

// A date; parts that are not known are 0.
struct CalendarDate {
  int year = 0;
  int month = 0;
  int day = 0;

  bool empty() const { return year == 0 && month == 0 && day == 0; }
  bool complete() const { return year != 0 && month != 0 && day != 0; }
  bool operator==(const CalendarDate&) const = default;
};

// Days since 1970-01-01 of a complete date (proleptic Gregorian).
std::int64_t DaysFromCivil(const CalendarDate& date);
// The date of such a day; the inverse of DaysFromCivil.
CalendarDate CivilFromDays(std::int64_t days);
// Whether the parts that are given can stand in one date.
bool IsPossibleDate(const CalendarDate& date);
google::type::Date ToProto(const CalendarDate& date);

// A date in a text: bytes [begin, end).
struct DateMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  CalendarDate value;
};

// Finds dates.
class Calendar {
 public:
  // Reads the month names out of ICU's data.
  Calendar();

  // All dates in `text`, in order, without overlap; the longest reading at each place. Bare years are not dates.
  // A numeric date whose order of day and month is open ("03/04/2024") is left out.
  // With the BCP 47 tag of a language that has a table, month names of that language and of English count; else all.
  std::vector<DateMatch> Find(std::string_view text, std::string_view language = {}) const;

  // The month that the folded word names in one of the languages, 1 to 12; 0 for none.
  int Month(const std::string& folded) const { return Month(folded, kAllLanguages); }

 private:
  // A set of tables, one bit each.
  using Languages = std::uint32_t;
  static constexpr Languages kAllLanguages = ~Languages{0};
  struct MonthName {
    int month = 0;
    Languages languages = 0;
  };

  Languages LanguagesFor(std::string_view language) const;
  int Month(const std::string& folded, Languages languages) const;

  std::unordered_map<std::string, MonthName> months_;
};

}  // namespace dateline::extraction
