#include "services/ingestion/dates/feed_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/text/utf8.h"
#include "services/ingestion/dates/date_grammar.h"
#include "services/ingestion/dates/date_tokens.h"
#include "services/ingestion/dates/date_words.h"
#include "services/ingestion/dates/date_zones.h"

namespace dateline::dates {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr minutes kKoreanOffset{540};
// Timestamps in seconds between 1990 and 2200, or in milliseconds.
constexpr std::int64_t kTimestampMin = 631'152'000;
constexpr std::int64_t kTimestampMax = 7'258'118'400;
constexpr std::size_t kZoneNameLettersMax = 5;

// The parts of a date as they turn up; whole as soon as a day is known.
struct Parts {
  std::optional<DayMatch> day;
  std::optional<TimeMatch> time;
  std::optional<ZoneMatch> zone;

  std::optional<ParsedDate> Whole() const {
    if (!day) return std::nullopt;
    ParsedDate parsed;
    parsed.utc = sys_days(std::chrono::year(day->year) / day->month / day->day);
    parsed.precision = day->precision;
    if (!time) return parsed;
    if (day->precision != Precision::kDay) return std::nullopt;
    parsed.utc += time->since_midnight;
    parsed.precision = time->precision;
    if (zone && zone->offset) {
      parsed.utc -= *zone->offset;
      parsed.zone_known = true;
    } else if (zone && !zone->named.empty()) {
      if (const auto there = InNamedZone(zone->named, parsed.utc)) {
        parsed.utc = *there;
        parsed.zone_known = true;
      } else if (const auto last = zone->named.substr(zone->named.rfind('/') + 1); ZoneOffset(FoldWord(last))) {
        parsed.utc -= *ZoneOffset(FoldWord(last));
        parsed.zone_known = true;
      }
    } else if (!zone && (day->korean || time->korean)) {
      parsed.utc -= kKoreanOffset;
      parsed.zone_known = true;
    }
    return parsed;
  }
};

std::optional<ParsedDate> Timestamp(const std::vector<Token>& tokens) {
  if (tokens.size() != 1 || tokens[0].kind != Token::Kind::kNumber) return std::nullopt;
  std::int64_t value = tokens[0].value;
  if (tokens[0].digits == 13) value /= 1000;
  if (tokens[0].digits == 14) return std::nullopt;
  if (tokens[0].digits < 9 || value < kTimestampMin || value > kTimestampMax) return std::nullopt;
  return ParsedDate{sys_seconds(seconds(value)), Precision::kSecond, true};
}

// 20240517080507.
std::optional<ParsedDate> FourteenDigits(const std::vector<Token>& tokens) {
  if (tokens.size() != 1 || !tokens[0].IsNumber(14, 14)) return std::nullopt;
  const std::int64_t value = tokens[0].value;
  const auto date = static_cast<int>(value / 1'000'000);
  const auto time = static_cast<int>(value % 1'000'000);
  if (!IsDay(date / 10000, date / 100 % 100, date % 100)) return std::nullopt;
  if (time / 10000 > 23 || time / 100 % 100 > 59 || time % 100 > 59) return std::nullopt;
  const sys_days day(std::chrono::year(date / 10000) / (date / 100 % 100) / (date % 100));
  return ParsedDate{day + seconds(time / 10000 * 3600 + time / 100 % 100 * 60 + time % 100), Precision::kSecond, false};
}

// "-0312", "-03-12": ISO 8601 years without their century, strictly.
std::optional<ParsedDate> WithoutCentury(const std::vector<Token>& tokens) {
  if (tokens.size() < 2 || !tokens[0].IsSign('-')) return std::nullopt;
  int year = 0;
  int month = 1;
  if (tokens.size() == 2 && tokens[1].IsNumber(4, 4)) {
    year = static_cast<int>(tokens[1].value / 100);
    month = static_cast<int>(tokens[1].value % 100);
  } else if (tokens.size() == 4 && tokens[1].IsNumber(2, 2) && tokens[2].IsSign('-') && tokens[3].IsNumber(2, 2)) {
    year = static_cast<int>(tokens[1].value);
    month = static_cast<int>(tokens[3].value);
  } else if (tokens.size() == 2 && tokens[1].IsNumber(2, 2)) {
    return ParsedDate{sys_days(std::chrono::year(FullYear(static_cast<int>(tokens[1].value))) / 1 / 1),
                      Precision::kYear, false};
  }
  if (year == 0 || month < 1 || month > 12) return std::nullopt;
  return ParsedDate{sys_days(std::chrono::year(FullYear(year)) / month / 1), Precision::kMonth, false};
}

// Behind a parenthesis: "(PDT)", "(Central European Time)".
std::size_t SkipComment(const std::vector<Token>& tokens, std::size_t at) {
  while (at < tokens.size() && !tokens[at].IsSign(')')) ++at;
  return std::min(at + 1, tokens.size());
}

bool SaysNothing(const std::vector<Token>& tokens, std::size_t at, bool zone_expected) {
  const Token& token = tokens[at];
  if (token.kind == Token::Kind::kSign) {
    return std::string_view(",.-|;@").find(token.sign) != std::string_view::npos;
  }
  if (token.kind == Token::Kind::kNumber) return false;
  if (IsFiller(token.word) || token.word == "t" || IsWeekday(token.word)) return true;
  // The name of a day comes first and before a comma, whatever became of its letters.
  if (at == 0 && at + 1 < tokens.size() && (tokens[1].IsSign(',') || tokens[1].IsSign('.'))) return true;
  return zone_expected && token.capitals && token.space_before && token.word.size() <= kZoneNameLettersMax;
}

// asctime puts the time, and at times the zone, between day and year: "Jul 15 01:16:00 +0000 2012".
std::optional<Parts> YearLast(const Grammar& grammar, const std::vector<Token>& tokens, std::size_t at,
                              std::string_view language, std::size_t* end) {
  if (at + 2 >= tokens.size() || tokens[at].kind != Token::Kind::kWord || !tokens[at + 1].IsNumber(1, 2)) return {};
  const int month = MonthOf(tokens[at].word, language);
  if (month == 0) return {};
  std::size_t next = at + 2;
  if (tokens[next].IsSign(',')) ++next;
  Parts parts;
  parts.time = grammar.Time(next);
  if (!parts.time) return {};
  next = parts.time->end;
  if (next < tokens.size() && !tokens[next].IsNumber(4, 4)) {
    parts.zone = grammar.Zone(next);
    if (parts.zone) next = parts.zone->end;
  }
  if (next >= tokens.size() || !tokens[next].IsNumber(4, 4)) return {};
  const auto year = static_cast<int>(tokens[next].value);
  const auto day = static_cast<int>(tokens[at + 1].value);
  if (!IsDay(year, month, day)) return {};
  parts.day = DayMatch{.year = year, .month = month, .day = day, .end = next + 1};
  *end = next + 1;
  return parts;
}

}  // namespace

std::optional<ParsedDate> ParseDate(std::string_view text, const DateContext& context) {
  text = text::TrimSpace(text);
  if (text.empty() || text.size() > kMaxDateBytes) return std::nullopt;
  const std::vector<Token> tokens = Tokenize(text);
  if (const auto stamp = Timestamp(tokens)) return stamp;
  if (const auto digits = FourteenDigits(tokens)) return digits;
  if (const auto short_year = WithoutCentury(tokens)) return short_year;
  const Grammar grammar(text, tokens, context, /*strict=*/true);
  Parts parts;
  for (std::size_t at = 0; at < tokens.size();) {
    if (!parts.day && !parts.time) {
      if (const auto all = YearLast(grammar, tokens, at, context.language, &at)) {
        parts = *all;
        continue;
      }
    }
    if (!parts.day) {
      if (const auto day = grammar.Day(at)) {
        parts.day = day;
        at = day->end;
        continue;
      }
    }
    if (!parts.time) {
      if (const auto time = grammar.Time(at)) {
        parts.time = time;
        at = time->end;
        continue;
      }
    }
    if (parts.time || parts.day) {
      if (tokens[at].IsSign('(')) {
        if (!parts.zone) parts.zone = grammar.Zone(at + 1);
        at = SkipComment(tokens, at);
        continue;
      }
      if (!parts.zone) {
        const auto zone = parts.time || tokens[at].kind == Token::Kind::kWord ? grammar.Zone(at) : std::nullopt;
        if (zone) {
          parts.zone = zone;
          at = zone->end;
          continue;
        }
      } else if (tokens[at].kind == Token::Kind::kWord && ZoneOffset(tokens[at].word)) {
        ++at;  // "+0200 CEST"
        continue;
      }
    }
    if (!SaysNothing(tokens, at, parts.time.has_value())) return std::nullopt;
    ++at;
  }
  return parts.Whole();
}

std::optional<FoundDate> FindDate(std::string_view text, const DateContext& context) {
  text = text::TruncateUtf8(text, kMaxSearchedBytes);
  const std::vector<Token> tokens = Tokenize(text);
  const Grammar grammar(text, tokens, context, /*strict=*/false);
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    Parts parts;
    std::size_t end = at;
    if (const auto all = YearLast(grammar, tokens, at, context.language, &end)) {
      parts = *all;
    } else if ((parts.day = grammar.Day(at))) {
      end = parts.day->end;
      // A number glued to more letters or digits is an identifier.
      if (end < tokens.size() && tokens[end].kind == Token::Kind::kWord && !tokens[end].space_before &&
          tokens[end - 1].kind == Token::Kind::kNumber && tokens[end].word.size() == 1 && tokens[end].word != "t") {
        continue;
      }
      std::size_t next = end;
      while (next < tokens.size() && next < end + 3 && SaysNothing(tokens, next, false)) ++next;
      if ((parts.time = grammar.Time(next))) {
        end = parts.time->end;
        if ((parts.zone = grammar.Zone(end))) end = parts.zone->end;
      }
    } else {
      continue;
    }
    const auto whole = parts.Whole();
    if (whole) return FoundDate{*whole, tokens[at].begin, tokens[end - 1].end};
  }
  return std::nullopt;
}

std::optional<ParsedDate> DateOfPath(std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const std::string_view rest = path.substr(slash + 1, 10);
    const auto digit = [&](std::size_t i) { return i < rest.size() && rest[i] >= '0' && rest[i] <= '9'; };
    if (!digit(0) || !digit(1) || !digit(2) || !digit(3)) continue;
    const auto number = [&](std::size_t from, std::size_t count) {
      int value = 0;
      for (std::size_t i = from; i < from + count; ++i) value = value * 10 + (rest[i] - '0');
      return value;
    };
    const char sign = rest.size() > 4 ? rest[4] : '\0';
    int month = 0;
    int day = 0;
    if ((sign == '/' || sign == '-') && digit(5) && digit(6) && rest.size() > 7 && rest[7] == sign && digit(8) &&
        digit(9)) {
      month = number(5, 2);
      day = number(8, 2);
    } else if (digit(4) && digit(5) && digit(6) && digit(7) && !digit(8)) {
      month = number(4, 2);
      day = number(6, 2);
    }
    const int year = number(0, 4);
    if (IsDay(year, month, day))
      return ParsedDate{sys_days(std::chrono::year(year) / month / day), Precision::kDay, false};
  }
  return std::nullopt;
}

std::string FormatUtc(sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto in_day = static_cast<int>((time - day).count());
  return fmt::format("{}T{:02}:{:02}:{:02}Z", FormatDay(time), in_day / 3600, in_day / 60 % 60, in_day % 60);
}

std::string FormatDay(sys_seconds time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace dateline::dates
