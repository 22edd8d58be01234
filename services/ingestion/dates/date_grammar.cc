#include "services/ingestion/dates/date_grammar.h"

#include <array>

#include "services/ingestion/dates/date_words.h"
#include "services/ingestion/dates/date_zones.h"

namespace dateline::dates {
namespace {

constexpr int kYearMin = 1900;
constexpr int kYearMax = 2200;
// Years of the Buddhist calendar, as Thai pages write them.
constexpr int kBuddhistMin = 2443;
constexpr int kBuddhistMax = 2643;
constexpr int kBuddhistOffset = 543;
constexpr int kZoneHoursMax = 15;

bool IsYear(int year) {
  return year >= kYearMin && year <= kYearMax;
}

std::optional<DayMatch> Made(int year, int month, int day, std::size_t end) {
  if (!IsDay(year, month, day)) return std::nullopt;
  return DayMatch{.year = year, .month = month, .day = day, .end = end};
}

std::optional<DayMatch> DayOfYear(int year, int number, std::size_t end) {
  using std::chrono::days;
  if (!IsYear(year) || number < 1 || number > 366) return std::nullopt;
  const auto first = std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
  const std::chrono::year_month_day day(first + days(number - 1));
  if (static_cast<int>(day.year()) != year) return std::nullopt;
  return Made(year, static_cast<int>(static_cast<unsigned>(day.month())),
              static_cast<int>(static_cast<unsigned>(day.day())), end);
}

bool IsOrdinalEnding(std::string_view word) {
  return word == "st" || word == "nd" || word == "rd" || word == "th" || word == "er" || word == "o" || word == "a" ||
         word == "ος" || word == "го" || word == "e";
}

}  // namespace

bool IsDay(int year, int month, int day) {
  if (!IsYear(year) || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return (std::chrono::year(year) / month / day).ok();
}

int FullYear(int two_digits) {
  return two_digits < 70 ? 2000 + two_digits : 1900 + two_digits;
}

int Grammar::Month(std::size_t at, std::size_t* end) const {
  const Token* token = At(at);
  if (token == nullptr || token->kind != Token::Kind::kWord) return 0;
  if (token->word == "thang" && Number(at + 1, 1, 2)) {  // Vietnamese numbers its months.
    *end = at + 2;
    return Value(at + 1) <= 12 ? Value(at + 1) : 0;
  }
  *end = at + 1;
  return MonthOf(token->word, context_.language);
}

std::size_t Grammar::SkipJoints(std::size_t at) const {
  for (; at < tokens_.size(); ++at) {
    const Token& token = tokens_[at];
    const bool sign =
        token.kind == Token::Kind::kSign && std::string_view(",.-/'").find(token.sign) != std::string_view::npos;
    const bool word = token.kind == Token::Kind::kWord && (IsFiller(token.word) || token.word == "nam");
    if (!sign && !word) break;
  }
  return at;
}

std::optional<int> Grammar::Year(std::size_t at) const {
  if (Number(at, 4, 4)) {
    const int year = Value(at);
    if (year >= kBuddhistMin && year <= kBuddhistMax) return year - kBuddhistOffset;
    return IsYear(year) ? std::optional(year) : std::nullopt;
  }
  if (!Number(at, 2, 2) || Sign(at + 1, ':')) return std::nullopt;
  return FullYear(Value(at));
}

std::optional<DayMatch> Grammar::Day(std::size_t at) const {
  if (const auto day = Compact(at)) return day;
  if (const auto day = YearFirst(at)) return day;
  if (const auto day = DayThenMonthName(at)) return day;
  if (const auto day = ThreeNumbers(at)) return day;
  if (const auto day = MonthNameFirst(at)) return day;
  return Era(at);
}

// 20240517, 2024138, and strictly 24138.
std::optional<DayMatch> Grammar::Compact(std::size_t at) const {
  if (Number(at, 8, 8)) return Made(Value(at) / 10000, Value(at) / 100 % 100, Value(at) % 100, at + 1);
  if (!strict_) return std::nullopt;
  if (Number(at, 7, 7)) return DayOfYear(Value(at) / 1000, Value(at) % 1000, at + 1);
  if (Number(at, 6, 6)) {
    return Made(FullYear(Value(at) / 10000), Value(at) / 100 % 100, Value(at) % 100, at + 1);
  }
  if (Number(at, 5, 5)) return DayOfYear(FullYear(Value(at) / 1000), Value(at) % 1000, at + 1);
  return std::nullopt;
}

// 2024-05-17, 2024/5/17, 2024. május 17., 2024年5月17日, 2024-138, and strictly 2024-05 and 2024.
std::optional<DayMatch> Grammar::YearFirst(std::size_t at) const {
  if (!Number(at, 4, 4) || !Year(at)) return std::nullopt;
  const int year = *Year(at);
  const bool hangul = Word(at + 1, "년");
  if (hangul || Word(at + 1, "年")) {
    if (!Number(at + 2, 1, 2) || !(Word(at + 3, "월") || Word(at + 3, "月"))) return std::nullopt;
    if (!Number(at + 4, 1, 2)) return std::nullopt;
    const bool ends = Word(at + 5, "일") || Word(at + 5, "日") || Word(at + 5, "號");
    auto day = Made(year, Value(at + 2), Value(at + 4), at + (ends ? 6U : 5U));
    if (day) day->korean = hangul;
    return day;
  }
  const bool sign = Sign(at + 1, '-') || Sign(at + 1, '/') || Sign(at + 1, '.');
  std::size_t next = at + (sign ? 2U : 1U);
  std::size_t behind_month = 0;
  if (const int month = Month(next, &behind_month); month != 0) {
    const std::size_t day = SkipJoints(behind_month);
    if (Number(day, 1, 2)) return Made(year, month, Value(day), day + 1);
  }
  if (sign && Number(next, 3, 3) && Sign(at + 1, '-')) return DayOfYear(year, Value(next), next + 1);
  const bool spaced = sign && Number(next, 1, 2) && tokens_[next].space_before;
  if (sign && Number(next, 1, 2) && (!spaced || tokens_[at + 1].sign == '.')) {
    const bool same = At(next + 1) != nullptr && tokens_[next + 1].kind == Token::Kind::kSign &&
                      tokens_[next + 1].sign == tokens_[at + 1].sign;
    if (same && Number(next + 2, 1, 2)) return Made(year, Value(next), Value(next + 2), next + 3);
    if (!strict_ || same) return std::nullopt;
    auto month = Made(year, Value(next), 1, next + 1);
    if (month) month->precision = Precision::kMonth;
    return month;
  }
  if (!strict_ || sign || Word(at + 1, "w")) return std::nullopt;
  auto whole = Made(year, 1, 1, at + 1);
  if (whole) whole->precision = Precision::kYear;
  return whole;
}

// 17 May 2024, 17. Mai 24, 17th of May, 2024, 17-May-2024.
std::optional<DayMatch> Grammar::DayThenMonthName(std::size_t at) const {
  if (!Number(at, 1, 2)) return std::nullopt;
  std::size_t next = at + 1;
  if (const Token* token = At(next);
      token != nullptr && token->kind == Token::Kind::kWord && !token->space_before && IsOrdinalEnding(token->word)) {
    ++next;
  }
  std::size_t behind_month = 0;
  const std::size_t name = SkipJoints(next);
  int month = Month(name, &behind_month);
  // "a" and "de" are fillers, but some languages have short month names among them.
  if (month == 0) month = Month(next, &behind_month);
  if (month == 0) return std::nullopt;
  const std::size_t year_at = SkipJoints(behind_month);
  if (const auto year = Year(year_at)) return Made(*year, month, Value(at), year_at + 1);
  return context_.year ? Made(*context_.year, month, Value(at), behind_month) : std::nullopt;
}

// May 17, 2024; May 17 08:00:00 UTC 2024; and strictly May 2024.
std::optional<DayMatch> Grammar::MonthNameFirst(std::size_t at) const {
  std::size_t behind_month = 0;
  const int month = Month(at, &behind_month);
  if (month == 0) return std::nullopt;
  std::size_t next = behind_month;
  while (Sign(next, '.') || Sign(next, '-') || Sign(next, '/') || Sign(next, ',')) ++next;
  if (Number(next, 4, 4) && strict_) {
    const auto year = Year(next);
    auto match = year ? Made(*year, month, 1, next + 1) : std::nullopt;
    if (match) match->precision = Precision::kMonth;
    return match;
  }
  if (!Number(next, 1, 2)) return std::nullopt;
  const std::size_t day = next++;
  if (const Token* token = At(next);
      token != nullptr && token->kind == Token::Kind::kWord && !token->space_before && IsOrdinalEnding(token->word)) {
    ++next;
  }
  const std::size_t year_at = SkipJoints(next);
  if (const auto year = Year(year_at)) return Made(*year, month, Value(day), year_at + 1);
  return context_.year ? Made(*context_.year, month, Value(day), next) : std::nullopt;
}

// 17/05/2024, 05/17/2024, 17.5.24; strictly also 24-05-17.
std::optional<DayMatch> Grammar::ThreeNumbers(std::size_t at) const {
  if (!Number(at, 1, 2) || !Number(at + 2, 1, 2)) return std::nullopt;
  const Token& first_sign = tokens_[at + 1];
  const char sign = first_sign.kind == Token::Kind::kSign ? first_sign.sign : '\0';
  if ((sign != '/' && sign != '.' && sign != '-') || !Sign(at + 3, sign)) return std::nullopt;
  const auto year = Year(at + 4);
  const int a = Value(at);
  const int b = Value(at + 2);
  if (strict_ && sign == '-' && tokens_[at].digits == 2 && Number(at + 4, 2, 2)) {
    return Made(FullYear(a), b, Value(at + 4), at + 5);
  }
  if (!year) return std::nullopt;
  // Points mean that the day comes first, unless what is known of the page says otherwise.
  const bool points = sign == '.' && !context_.month_first.value_or(false);
  if ((points && b <= 12) || a > 12) return Made(*year, b, a, at + 5);
  if (b > 12) return Made(*year, a, b, at + 5);
  if (a == b) return Made(*year, a, b, at + 5);
  std::optional<bool> month_first = context_.month_first;
  const std::string language = FoldWord(context_.language);
  if (language == "en-us" || language == "en_us") {
    month_first = true;
  } else if (!language.empty() && !language.starts_with("en")) {
    month_first = false;
  } else if (language.starts_with("en-") || language.starts_with("en_")) {
    month_first = false;
  }
  if (!month_first) return std::nullopt;
  return *month_first ? Made(*year, a, b, at + 5) : Made(*year, b, a, at + 5);
}

// 令和6年5月17日.
std::optional<DayMatch> Grammar::Era(std::size_t at) const {
  int before = 0;
  if (Word(at, "令") && Word(at + 1, "和")) before = 2018;
  if (Word(at, "平") && Word(at + 1, "成")) before = 1988;
  const bool first = Word(at + 2, "元");
  if (before == 0 || !(first || Number(at + 2, 1, 2)) || !Word(at + 3, "年")) return std::nullopt;
  if (!Number(at + 4, 1, 2) || !Word(at + 5, "月") || !Number(at + 6, 1, 2)) return std::nullopt;
  return Made(before + (first ? 1 : Value(at + 2)), Value(at + 4), Value(at + 6), at + (Word(at + 7, "日") ? 8U : 7U));
}

std::optional<TimeMatch> Grammar::Time(std::size_t at) const {
  char half = '\0';
  bool korean = false;
  std::size_t next = at;
  // 오전 and 午前 stand before the time.
  if (Word(at, "오") && (Word(at + 1, "전") || Word(at + 1, "후"))) {
    half = Word(at + 1, "전") ? 'a' : 'p';
    korean = true;
    next = at + 2;
  } else if ((Word(at, "午") || Word(at, "上") || Word(at, "下")) && At(at + 1) != nullptr) {
    half = HalfOfDay(tokens_[at].word + tokens_[at + 1].word);
    next = at + 2;
  } else if (const Token* word = At(at); word != nullptr && word->kind == Token::Kind::kWord) {
    half = HalfOfDay(word->word);
    if (half != '\0') next = at + 1;
  }
  auto time = Clock(next);
  if (!time && half == '\0') time = BasicTime(at);
  if (!time) return std::nullopt;
  time->korean = korean;
  if (half == '\0') {
    // pm, p.m., PM.
    std::size_t end = time->end;
    if (const Token* word = At(end); word != nullptr && word->kind == Token::Kind::kWord) {
      half = HalfOfDay(word->word);
      if (half != '\0') ++end;
      if ((word->word == "a" || word->word == "p") && Sign(end + 1, '.') && Word(end + 2, "m")) {
        half = word->word[0];
        end += 3;
        if (Sign(end, '.')) ++end;
      }
    }
    time->end = end;
  }
  using std::chrono::hours;
  const auto hour = std::chrono::floor<hours>(time->since_midnight);
  if (half != '\0' && hour > hours(12)) half = '\0';
  if (half == 'p' && hour < hours(12)) time->since_midnight += hours(12);
  if (half == 'a' && hour == hours(12)) time->since_midnight -= hours(12);
  return time;
}

// 8:05, 08:05:07, 08:05:07.25, 8h05, 8时5分, 8시 5분 7초, 8pm.
std::optional<TimeMatch> Grammar::Clock(std::size_t at) const {
  if (!Number(at, 1, 2)) return std::nullopt;
  const int hour = Value(at);
  int minute = 0;
  int second = 0;
  std::size_t end = at + 1;
  Precision precision = Precision::kMinute;
  const bool letters = Word(end, "时") || Word(end, "時") || Word(end, "시") || Word(end, "点");
  if (letters) {
    ++end;
    if (Number(end, 1, 2) && (Word(end + 1, "分") || Word(end + 1, "분"))) {
      minute = Value(end);
      end += 2;
      if (Number(end, 1, 2) && (Word(end + 1, "秒") || Word(end + 1, "초"))) {
        second = Value(end);
        precision = Precision::kSecond;
        end += 2;
      }
    }
  } else if ((Sign(end, ':') && Number(end + 1, 1, 2)) || (strict_ && Sign(end, '.') && Number(end + 1, 2, 2))) {
    // Points stand between hours and minutes in the north of Europe; inside other words they might be decimals.
    const char sign = tokens_[end].sign;
    minute = Value(end + 1);
    end += 2;
    if (Sign(end, sign) && Number(end + 1, 1, 2)) {
      second = Value(end + 1);
      precision = Precision::kSecond;
      end += 2;
      const bool fraction =
          (Sign(end, '.') || Sign(end, ',')) && Number(end + 1, 1, 12) && !tokens_[end + 1].space_before;
      if (fraction) end += 2;
    }
  } else if (Word(end, "h") && !tokens_[end].space_before) {
    ++end;
    if (Number(end, 2, 2) && !tokens_[end].space_before) minute = Value(end++);
  } else if (const Token* word = At(end);
             word == nullptr || word->kind != Token::Kind::kWord || HalfOfDay(word->word) == '\0') {
    return std::nullopt;
  }
  const bool midnight = hour == 24 && minute == 0 && second == 0;
  if ((hour > 23 && !midnight) || minute > 59 || second > 60) return std::nullopt;
  if (Sign(end, ':')) return std::nullopt;
  return TimeMatch{
      .since_midnight = std::chrono::seconds(hour * 3600 + minute * 60 + second), .precision = precision, .end = end};
}

// T080507 and T0805, the basic form of ISO 8601; "T08" alone is an hour.
std::optional<TimeMatch> Grammar::BasicTime(std::size_t at) const {
  if (!Word(at, "t")) return std::nullopt;
  if (auto clock = Clock(at + 1)) return clock;
  const std::size_t number = at + 1;
  if (!Number(number, 2, 6) || tokens_[number].digits % 2 != 0) return std::nullopt;
  int value = Value(number);
  if (tokens_[number].digits == 2) value *= 10000;
  if (tokens_[number].digits == 4) value *= 100;
  const int hour = value / 10000;
  const int minute = value / 100 % 100;
  const int second = value % 100;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::size_t end = number + 1;
  if ((Sign(end, '.') || Sign(end, ',')) && Number(end + 1, 1, 12)) end += 2;
  return TimeMatch{.since_midnight = std::chrono::seconds(hour * 3600 + minute * 60 + second),
                   .precision = tokens_[number].digits == 6 ? Precision::kSecond : Precision::kMinute,
                   .end = end};
}

// +0200, +02:00, +2.
std::optional<std::chrono::minutes> Grammar::Offset(std::size_t at, std::size_t* end) const {
  if (!(Sign(at, '+') || Sign(at, '-')) || !Number(at + 1, 1, 4)) return std::nullopt;
  int hours = Value(at + 1);
  int minutes = 0;
  std::size_t next = at + 2;
  if (tokens_[at + 1].digits > 2) {
    minutes = hours % 100;
    hours /= 100;
  } else if (Sign(next, ':')) {
    if (!Number(next + 1, 2, 2)) return std::nullopt;
    minutes = Value(next + 1);
    next += 2;
  }
  if (hours > kZoneHoursMax || minutes > 59) return std::nullopt;
  *end = next;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return Sign(at, '-') ? -offset : offset;
}

std::optional<ZoneMatch> Grammar::Zone(std::size_t at) const {
  std::size_t end = at;
  if (const auto offset = Offset(at, &end)) {
    if (Word(end, "z")) ++end;  // "-05:00Z": somebody glued two forms together; the number says more.
    return ZoneMatch{offset, {}, end};
  }
  const Token* word = At(at);
  if (word == nullptr || word->kind != Token::Kind::kWord) return std::nullopt;
  if (Sign(at + 1, '/') && At(at + 2) != nullptr && tokens_[at + 2].kind == Token::Kind::kWord) {
    end = at + 3;
    while (Sign(end, '/') || Sign(end, '-')) end += 2;
    if (end > tokens_.size()) end = tokens_.size();
    const std::string_view name = text_.substr(word->begin, tokens_[end - 1].end - word->begin);
    return ZoneMatch{std::nullopt, name, end};
  }
  const auto offset = ZoneOffset(word->word);
  if (!offset) return std::nullopt;
  end = at + 1;
  if (offset->count() == 0) {
    if (const auto more = Offset(end, &end)) return ZoneMatch{more, {}, end};
  }
  return ZoneMatch{offset, {}, end};
}

}  // namespace dateline::dates
