#include "services/extraction/facts/day_order.h"

#include <algorithm>
#include <array>
#include <string>

namespace dateline::extraction {
namespace {

// Years of two digits up to this one are of this century.
constexpr int kLastShortYear = 59;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Digits from `at` on; their number in `digits`.
int NumberAt(std::string_view s, std::size_t at, std::size_t* digits) {
  int value = 0;
  std::size_t i = at;
  while (i < s.size() && IsDigit(s[i]) && i - at < 5) value = value * 10 + (s[i++] - '0');
  *digits = i - at;
  return value;
}

// Three numbers parted by one sign that begin at `at`.
std::optional<DateMatch> NumericAt(std::string_view s, std::size_t at, DayOrder order) {
  std::size_t digits[3];
  int values[3];
  std::size_t i = at;
  char sign = 0;
  for (std::size_t part = 0; part < 3; ++part) {
    values[part] = NumberAt(s, i, &digits[part]);
    if (digits[part] == 0 || digits[part] > 4) return std::nullopt;
    i += digits[part];
    if (part == 2) break;
    if (i >= s.size() || (s[i] != '/' && s[i] != '.' && s[i] != '-')) return std::nullopt;
    if (part == 1 && s[i] != sign) return std::nullopt;
    sign = s[i++];
    // "5. 3. 2024"
    if (sign == '.' && i < s.size() && s[i] == ' ') ++i;
  }
  if (i < s.size() &&
      (IsDigit(s[i]) || ((s[i] == '.' || s[i] == '/' || s[i] == '-') && i + 1 < s.size() && IsDigit(s[i + 1]))))
    return std::nullopt;
  CalendarDate date;
  if (digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2) {
    date = {values[0], values[1], values[2]};
  } else if (digits[0] <= 2 && digits[1] <= 2 && (digits[2] == 4 || digits[2] == 2)) {
    if (order == DayOrder::kMonthFirstDots) {
      order = DayOrder::kMonthFirst;
    } else if (sign == '.') {
      order = DayOrder::kDayFirst;
    }
    int year = values[2];
    if (digits[2] == 2) {
      // Without a known order nothing says that these numbers are a date at all.
      if (order == DayOrder::kUnknown || digits[1] != 2) return std::nullopt;
      year += year <= kLastShortYear ? 2000 : 1900;
    }
    if (values[0] > 12) order = DayOrder::kDayFirst;
    if (values[1] > 12) order = DayOrder::kMonthFirst;
    if (order == DayOrder::kUnknown && values[0] != values[1]) return std::nullopt;
    date = order == DayOrder::kMonthFirst ? CalendarDate{year, values[0], values[1]}
                                          : CalendarDate{year, values[1], values[0]};
  } else {
    return std::nullopt;
  }
  if (!date.complete() || !IsPossibleDate(date)) return std::nullopt;
  return DateMatch{at, i, date};
}

// "/en-gb/": the address names a place where English is written with the day first.
bool HasDayFirstLocale(std::string_view uri) {
  constexpr std::size_t kLocaleBytes = 5;
  static constexpr std::array<std::string_view, 7> kCountries = {"gb", "uk", "ie", "au", "nz", "za", "in"};
  for (std::size_t at = uri.find("/en"); at != std::string_view::npos; at = uri.find("/en", at + 1)) {
    const std::string_view part = uri.substr(at + 1, uri.find_first_of("/?#", at + 1) - at - 1);
    if (part.size() != kLocaleBytes || (part[2] != '-' && part[2] != '_')) continue;
    const char country[] = {static_cast<char>(part[3] | 0x20), static_cast<char>(part[4] | 0x20)};
    return std::find(kCountries.begin(), kCountries.end(), std::string_view(country, 2)) != kCountries.end();
  }
  return false;
}

}  // namespace

DayOrder OrderOf(std::string_view language, std::string_view uri) {
  std::string tag;
  for (const char c : language.substr(0, 10))
    tag.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c == '_' ? '-' : c);
  if (!tag.empty() && !tag.starts_with("en")) return DayOrder::kDayFirst;
  const std::size_t scheme = uri.find("://");
  std::string_view host = scheme == std::string_view::npos ? std::string_view() : uri.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/:?#"));
  const std::string_view top = host.substr(std::min(host.size(), host.rfind('.') + 1));
  // Where English is written with the day first.
  static constexpr std::array<std::string_view, 9> kDayFirst = {"uk", "ie", "au", "nz", "za", "in", "ng", "ke", "eu"};
  for (const std::string_view country : kDayFirst) {
    if (top == country || (tag.size() == 5 && tag.substr(3) == country)) return DayOrder::kDayFirst;
  }
  if (tag.size() == 5 && tag.substr(3) == "gb") return DayOrder::kDayFirst;
  if (HasDayFirstLocale(uri)) return DayOrder::kDayFirst;
  if (tag.starts_with("en") || top == "gov" || top == "us" || top == "edu") return DayOrder::kMonthFirst;
  if (top.size() == 2 && top != "io" && top != "co" && top != "tv" && top != "me") return DayOrder::kDayFirst;
  return DayOrder::kUnknown;
}

std::optional<DateMatch> FindPageDate(std::string_view text, const Calendar& calendar, DayOrder order) {
  std::optional<DateMatch> best;
  for (std::size_t i = 0; i < text.size() && !best.has_value(); ++i) {
    if (!IsDigit(text[i])) continue;
    if (i == 0 || (!IsDigit(text[i - 1]) && text[i - 1] != '.' && text[i - 1] != '/' && text[i - 1] != '-'))
      best = NumericAt(text, i, order);
    while (i + 1 < text.size() && IsDigit(text[i + 1])) ++i;
  }
  for (const DateMatch& match : calendar.Find(text)) {
    if (!match.value.complete()) continue;
    if (!best.has_value() || match.begin < best->begin) best = match;
    break;
  }
  return best;
}

}  // namespace dateline::extraction
