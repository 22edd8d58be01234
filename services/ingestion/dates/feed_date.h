#pragma once
// Dates as feeds, sitemaps, HTTP headers and newsroom pages write them: RFC 822 with all that goes wrong in it, RFC
// 3339 and W3CDTF, ISO 8601 in its basic and ordinal forms, asctime, dates with month names of any language that ICU
// knows, East Asian forms, and bare timestamps. One reader for all, because feeds mix them freely. What is impossible
// (31 June, 25 o'clock) or ambiguous without a hint stays unknown. Pure and thread-safe; no clock, so relative dates
// ("2 hours ago") are unknown too.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dateline::dates {

// Longer input holds no single date.
inline constexpr std::size_t kMaxDateBytes = 120;

// The smallest unit that was written.
enum class Precision { kYear, kMonth, kDay, kMinute, kSecond };

struct ParsedDate {
  std::chrono::sys_seconds utc;  // The beginning of the day, month or year when no more was written.
  Precision precision = Precision::kSecond;
  bool zone_known = false;  // Whether a zone was written or follows from the form; UTC is assumed otherwise.
  bool operator==(const ParsedDate&) const = default;
};

// What is known of the text around a date.
struct DateContext {
  // BCP 47; decides between languages that share a month name, and whether 03/04/2024 is in March (en-US) or April.
  std::string_view language = {};
  // Whether the month comes first in 03/04/2024; used when `language` does not decide. Without either the date is
  // unknown unless one of the numbers is over 12.
  std::optional<bool> month_first = {};
  // The year that is meant where none is written, when the page says so elsewhere (a heading, its address). Without it
  // "17 May" stays unknown.
  std::optional<int> year = {};
};

// Reads text that is a date and nothing else, apart from white space and weekday names.
std::optional<ParsedDate> ParseDate(std::string_view text, const DateContext& context = {});

// A date inside other words.
struct FoundDate {
  ParsedDate date;
  std::size_t begin = 0;  // Bytes of the text that say it.
  std::size_t end = 0;
};

// The first date of day precision or better in a short text, such as a line of a listing. Looks at the first
// kMaxSearchedBytes.
inline constexpr std::size_t kMaxSearchedBytes = 400;
std::optional<FoundDate> FindDate(std::string_view text, const DateContext& context = {});

// The day that a path says, as in "/2024/05/17/title" or "/2024-05-17-title": only at the beginning of a segment.
std::optional<ParsedDate> DateOfPath(std::string_view path);

// "2024-05-17T08:00:00Z".
std::string FormatUtc(std::chrono::sys_seconds time);
// "2024-05-17".
std::string FormatDay(std::chrono::sys_seconds time);

}  // namespace dateline::dates
