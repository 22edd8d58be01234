#pragma once
// On which day a release was published, as far as that is known, as both databases keep it beside their index of words:
// a stretch of years lies in the lists of so many releases that looking at the day of each which the rest of a question
// finds is the shorter way. Pure and thread-safe.

#include <cstdint>

#include "services/storage/match_plan.h"

namespace dateline::storage {

// The day by which a release stands in the order of publication, and how much of its date is known.
struct PublishedDay {
  int64_t sort_day = 0;  // Since 1970; the first day of what the date may mean.
  int precision = 0;     // 0: there is no date, and it is the day of storing; 1: the year, 2: the month, 3: the day.
};

// The last day of what the date may mean: of the year or month that begins with the first.
int64_t LastDay(const PublishedDay& day);

// Whether all days that the date may mean lie within the stretch.
bool LiesWithin(const PublishedDay& day, const DayStretch& stretch);

// The share of an archive that a stretch has to hold to be looked at, not looked for.
inline constexpr double kWideStretchShare = 0.25;

}  // namespace dateline::storage
