#include "common/filter/times.h"

#include <charconv>
#include <chrono>

namespace dateline::filter {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// Takes exactly `digits` digits from the front.
bool TakeNumber(std::string_view* text, size_t digits, int* value) {
  if (text->size() < digits) return false;
  for (size_t i = 0; i < digits; ++i) {
    if ((*text)[i] < '0' || (*text)[i] > '9') return false;
  }
  std::from_chars(text->data(), text->data() + digits, *value);
  text->remove_prefix(digits);
  return true;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// The days of a date of which month and day may be 0.
std::optional<Stretch> MakeDays(int year, int month, int day) {
  using std::chrono::sys_days;
  if (year < 1 || year > 9999 || month < 0 || month > 12 || day < 0 || (month == 0 && day != 0)) return std::nullopt;
  const std::chrono::year y(year);
  const auto count = [](sys_days days) { return static_cast<int64_t>(days.time_since_epoch().count()); };
  if (month == 0) return Stretch{count(sys_days(y / 1 / 1)), count(sys_days(y / 12 / 31))};
  const auto m = y / std::chrono::month(static_cast<unsigned>(month));
  if (day == 0) return Stretch{count(sys_days(m / 1)), count(sys_days(m / std::chrono::last))};
  const auto d = m / std::chrono::day(static_cast<unsigned>(day));
  if (!d.ok()) return std::nullopt;
  return Stretch{count(sys_days(d)), count(sys_days(d))};
}

// Takes a date from the front.
std::optional<Stretch> TakeDays(std::string_view* text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!TakeNumber(text, 4, &year)) return std::nullopt;
  if (Take(text, '-')) {
    if (!TakeNumber(text, 2, &month) || month == 0) return std::nullopt;
    if (Take(text, '-') && (!TakeNumber(text, 2, &day) || day == 0)) return std::nullopt;
  }
  return MakeDays(year, month, day);
}

// Takes ".5" and the like from the front, as microseconds; finer digits are dropped.
bool TakeFraction(std::string_view* text, int64_t* micros) {
  if (!Take(text, '.')) return true;
  int64_t unit = kMicrosPerSecond / 10;
  size_t digits = 0;
  while (!text->empty() && text->front() >= '0' && text->front() <= '9') {
    *micros += unit * (text->front() - '0');
    unit /= 10;
    text->remove_prefix(1);
    ++digits;
  }
  return digits > 0;
}

// Takes "Z" or "+01:00" from the front; nothing means UTC.
bool TakeOffset(std::string_view* text, int64_t* micros) {
  if (text->empty() || Take(text, 'Z') || Take(text, 'z')) return true;
  const bool west = text->front() == '-';
  int hours = 0;
  int minutes = 0;
  text->remove_prefix(1);
  if (!TakeNumber(text, 2, &hours) || !Take(text, ':') || !TakeNumber(text, 2, &minutes)) return false;
  *micros = (hours * 60 + minutes) * 60 * kMicrosPerSecond * (west ? -1 : 1);
  return hours < 24 && minutes < 60;
}

}  // namespace

std::optional<Stretch> ParseDays(std::string_view text) {
  const std::optional<Stretch> days = TakeDays(&text);
  return text.empty() ? days : std::nullopt;
}

std::optional<Stretch> ParseMoments(std::string_view text) {
  const std::optional<Stretch> days = TakeDays(&text);
  if (!days.has_value()) return std::nullopt;
  if (text.empty()) return Stretch{days->first * kMicrosPerDay, (days->last + 1) * kMicrosPerDay - 1};
  if (days->first != days->last || (!Take(&text, 'T') && !Take(&text, 't') && !Take(&text, ' '))) return std::nullopt;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int64_t fraction = 0;
  int64_t offset = 0;
  if (!TakeNumber(&text, 2, &hour) || !Take(&text, ':') || !TakeNumber(&text, 2, &minute)) return std::nullopt;
  if (Take(&text, ':') && (!TakeNumber(&text, 2, &second) || !TakeFraction(&text, &fraction))) return std::nullopt;
  const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
  if (!text.empty() && !has_sign && text != "Z" && text != "z") return std::nullopt;
  if (!TakeOffset(&text, &offset) || !text.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const int64_t seconds = (int64_t{hour} * 60 + minute) * 60 + second;
  const int64_t at = days->first * kMicrosPerDay + seconds * kMicrosPerSecond + fraction - offset;
  return Stretch{at, at};
}

std::optional<Stretch> DaysOf(const google::type::Date& date) {
  return MakeDays(date.year(), date.month(), date.day());
}

Stretch MomentOf(const google::protobuf::Timestamp& time) {
  const int64_t at = time.seconds() * kMicrosPerSecond + time.nanos() / 1000;
  return {at, at};
}

bool Holds(const Stretch& field, Comparator comparator, const Stretch& value) {
  switch (comparator) {
    case Comparator::kEqual:
    case Comparator::kHas:
      return field.first >= value.first && field.last <= value.last;
    case Comparator::kNotEqual:
      return field.first < value.first || field.last > value.last;
    case Comparator::kLess:
      return field.last < value.first;
    case Comparator::kLessOrEqual:
      return field.last <= value.last;
    case Comparator::kGreater:
      return field.first > value.last;
    case Comparator::kGreaterOrEqual:
      return field.first >= value.first;
  }
  return false;
}

}  // namespace dateline::filter
