#include "services/notification/delivery/delivery_window.h"

#include <unicode/gregocal.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

// Windows that follow each other without a gap are walked through; more than a week of them would be silence for ever.
constexpr int kWindowsWalkedMax = 64;
constexpr int64_t kHourMs = 3'600'000;

std::unique_ptr<icu::TimeZone> Zone(const std::string& name) {
  if (name.empty()) return std::unique_ptr<icu::TimeZone>(icu::TimeZone::getGMT()->clone());
  return std::unique_ptr<icu::TimeZone>(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
}

double ToIcu(WallTime time) {
  return static_cast<double>(std::chrono::floor<milliseconds>(time.time_since_epoch()).count());
}
WallTime FromIcu(double time) {
  return WallTime(milliseconds(static_cast<int64_t>(time)));
}

// The local day of `time`, `days` later, at these minutes after its midnight.
WallTime LocalTime(const icu::TimeZone& zone, WallTime time, int days, int minutes) {
  UErrorCode error = U_ZERO_ERROR;
  icu::GregorianCalendar calendar(zone, error);
  calendar.setTime(ToIcu(time), error);
  calendar.add(UCAL_DATE, days, error);
  calendar.set(UCAL_HOUR_OF_DAY, minutes / 60);
  calendar.set(UCAL_MINUTE, minutes % 60);
  calendar.set(UCAL_SECOND, 0);
  calendar.set(UCAL_MILLISECOND, 0);
  const double result = calendar.getTime(error);
  return U_FAILURE(error) ? time : FromIcu(result);
}

// 1 (Monday) to 7 (Sunday).
uint32_t Weekday(const icu::TimeZone& zone, WallTime time) {
  UErrorCode error = U_ZERO_ERROR;
  icu::GregorianCalendar calendar(zone, error);
  calendar.setTime(ToIcu(time), error);
  const int32_t day = calendar.get(UCAL_DAY_OF_WEEK, error);  // 1 is Sunday.
  return day == UCAL_SUNDAY ? 7U : static_cast<uint32_t>(day - 1);
}

// The first time of a digest after `created`.
WallTime DigestTime(const v1::DigestSettings& digest, WallTime created) {
  const auto zone = Zone(digest.time_zone());
  if (digest.period() == v1::DigestSettings::PERIOD_HOUR) {
    int32_t raw = 0;
    int32_t saving = 0;
    UErrorCode error = U_ZERO_ERROR;
    zone->getOffset(ToIcu(created), false, raw, saving, error);
    const auto local = static_cast<int64_t>(ToIcu(created)) + raw + saving;
    return FromIcu(static_cast<double>((local / kHourMs + 1) * kHourMs - raw - saving));
  }
  const int minutes = static_cast<int>(digest.hour()) * 60;
  const WallTime today = LocalTime(*zone, created, 0, minutes);
  return today > created ? today : LocalTime(*zone, created, 1, minutes);
}

// The end of the window that `time` is in; nullopt when it is in none.
std::optional<WallTime> MutedUntil(const v1::MuteWindow& window, WallTime time) {
  const auto zone = Zone(window.time_zone());
  for (const int days : {0, -1}) {
    const WallTime begin = LocalTime(*zone, time, days, static_cast<int>(window.start_minute()));
    const WallTime end = begin + std::chrono::minutes(window.duration_minutes());
    if (time < begin || time >= end) continue;
    const auto& weekdays = window.weekdays();
    const bool on =
        weekdays.empty() || std::find(weekdays.begin(), weekdays.end(), Weekday(*zone, begin)) != weekdays.end();
    if (on) return end;
  }
  return std::nullopt;
}

}  // namespace

bool IsTimeZone(const std::string& name) {
  return name.empty() || *Zone(name) != icu::TimeZone::getUnknown();
}

WallTime EarliestDelivery(const v1::Subscription& subscription, WallTime created, WallTime now) {
  WallTime time = now;
  if (subscription.has_digest()) time = std::max(time, DigestTime(subscription.digest(), created));
  for (int i = 0; i < kWindowsWalkedMax; ++i) {
    std::optional<WallTime> end;
    for (const v1::MuteWindow& window : subscription.mute_windows()) {
      const auto until = MutedUntil(window, time);
      if (until && (!end || *until > *end)) end = until;
    }
    if (!end) break;
    time = *end;
  }
  return time;
}

}  // namespace dateline::notification
