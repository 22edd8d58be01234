#include "services/storage/published_day.h"

#include <chrono>

namespace dateline::storage {

int64_t LastDay(const PublishedDay& day) {
  if (day.precision == 3) return day.sort_day;
  const std::chrono::year_month_day first{std::chrono::sys_days{std::chrono::days{day.sort_day}}};
  const auto last = day.precision == 2 ? first.year() / first.month() / std::chrono::last
                                       : first.year() / std::chrono::December / std::chrono::last;
  return std::chrono::sys_days(last).time_since_epoch().count();
}

bool LiesWithin(const PublishedDay& day, const DayStretch& stretch) {
  return day.precision > 0 && day.sort_day >= stretch.first && day.sort_day <= stretch.last &&
         LastDay(day) <= stretch.last;
}

}  // namespace dateline::storage
