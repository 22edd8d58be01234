#pragma once
// Names of months and days in every language that ICU has, in nominative, genitive and short forms. English is at hand
// at once; the others are read from ICU when the first word that is not English comes by, once in a process. Internal
// to this module; thread-safe.

#include <string_view>

namespace dateline::dates {

// The month, 1 to 12, that the folded word names; 0 for none, or when languages disagree and neither `language` nor the
// wider use of one of them decides. Words of three letters and more may be cut short ("Thurs", "Septem").
int MonthOf(std::string_view folded, std::string_view language);

// Whether the folded word is a day of the week in some language.
bool IsWeekday(std::string_view folded);

// Words that stand between the parts of a date and say nothing: "of", "de", "at", "Uhr".
bool IsFiller(std::string_view folded);

// 'a' for morning, 'p' for afternoon, '\0' for other words.
char HalfOfDay(std::string_view folded);

}  // namespace dateline::dates
