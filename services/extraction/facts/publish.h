#pragma once
// When a release was published: every sign is kept as a candidate, and the most trusted one is chosen. Nothing is
// filled in: "today (11 March)" gives month and day and no year. Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/facts/day_order.h"

namespace dateline::extraction {

// Pages did not exist before; older dates in their metadata are defaults.
inline constexpr int kFirstPageYear = 1992;

// A sign that a page's metadata or URL give.
struct DateSign {
  // "json_ld", "meta", "time_element" and the like, as the README of the service lists them; "far_line" for a short
  // line far from the headline.
  std::string basis;
  std::string raw;
  // The piece of text right before it, where it stands in the text: "Updated:".
  std::string label = {};
  // It stands above the headline; far from it.
  bool above = false;
  bool far = false;
  // It stands in an element that says when the page was changed.
  bool changed = false;
  // It stands in a comment or an answer, as the page itself says.
  bool of_reply = false;
  // The page is a copy without scripts, and so without what they tell of the day of publishing.
  bool copy = false;
  // It stands in a box around the article, and counts only where the page dates itself nowhere else.
  bool foot = false;
};

// One moment as metadata write it: ISO 8601, or a date in words.
struct ParsedTime {
  CalendarDate date;
  // Seconds since 1970, only when time of day and offset are given.
  std::optional<std::int64_t> unix_seconds;
};
std::optional<ParsedTime> ParseTime(std::string_view raw, const Calendar& calendar,
                                    DayOrder order = DayOrder::kUnknown);

// The basis of a day that is called that of a change: far from the headline, or in a page that is a copy without
// scripts.
std::string_view ChangeBasis(bool far, bool copy);

// Whether a moment is written with an offset from UTC, and so with the day that it was where the page is from.
bool NamesItsZone(std::string_view raw);

// What a sign says.
struct ParsedSign {
  ParsedTime time;
  // That of the sign; "updated", "far_updated" or "updated_copy" where the words before it say that it is the date of a
  // change.
  std::string basis;
};
// nullopt when it is no date, or one of something else, such as an account.
std::optional<ParsedSign> ParseSign(const DateSign& sign, const Calendar& calendar, DayOrder order);

// Whether a line speaks of a change ("Updated 5 March 2024"), or says that its date is that of publishing.
bool IsChangeLine(std::string_view line);
// Whether its date is that of something else: "Joined 5 March 2024".
bool IsLineOfOtherDate(std::string_view line);
bool IsPublishLabel(std::string_view line);

// The date that a URL path carries as /2024/03/05/, /2024/mar/05/, /2024-03-05 or 20240305, or at the beginning of a
// part with the year last: /05-03-2024-title, /05032024-title. Of the latter those that can be read in two ways need
// `order`. nullopt when none, or only year and month.
std::optional<CalendarDate> DateOfUrl(std::string_view uri, DayOrder order = DayOrder::kUnknown);
// Year and month of a URL path: /2024/03/; empty when none.
CalendarDate MonthOfUrl(std::string_view uri);

// "today (11 March)" in running text, in several languages; the match covers the date.
std::optional<DateMatch> FindTodayDate(std::string_view text, const Calendar& calendar);

// Adds a candidate.
void AddCandidate(const CalendarDate& date, std::string_view basis, std::string_view raw,
                  std::optional<std::int64_t> unix_seconds, std::optional<release::v1::Span> span,
                  release::v1::PublishDate* publish);

// Orders the candidates by trust and chooses (day_choice.h); clears `publish` from the release when there are none, and
// leaves its date out when none is likely enough. Candidates that contradict the chosen one give a notice
// DATE_CONFLICT.
void ChoosePublishDate(release::v1::Release* release);

}  // namespace dateline::extraction
