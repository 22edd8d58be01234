#pragma once
// Numeric dates of pages whose order of day and month is open ("03/04/2024", "5.3.24"): which comes first depends on
// where the page is from. Pure, thread-safe, linear.

#include <cstdint>
#include <optional>
#include <string_view>

#include "services/extraction/facts/calendar.h"

namespace dateline::extraction {

// Which part of a numeric date with strokes or dashes comes first.
// Nearly everybody who sets full stops puts the day first; kMonthFirstDots reads these too the other way round, for
// dates that another sign confirms.
enum class DayOrder : std::uint8_t { kUnknown, kDayFirst, kMonthFirst, kMonthFirstDots };

// The order in use where the page says it is from: its declared language ("en-GB", "de", "en_US") and its host's top
// level domain.
DayOrder OrderOf(std::string_view language, std::string_view uri);

// The first date in `text`, a short line: in words or numbers, also with a year of two digits where the order is known.
// nullopt without a complete date.
std::optional<DateMatch> FindPageDate(std::string_view text, const Calendar& calendar, DayOrder order);

}  // namespace dateline::extraction
