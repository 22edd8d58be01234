#include "services/extraction/facts/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/base/needle_set.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {
namespace {

using release::v1::PublishCandidate;
using release::v1::PublishDate;

constexpr std::size_t kMaxRawBytes = 200;
constexpr std::size_t kMaxCandidates = 32;
constexpr std::size_t kMaxOfBasis = 5;
constexpr std::size_t kLabelBytes = 40;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// `digits` decimal digits at `at`; -1 when they are not there.
int Number(std::string_view s, std::size_t at, std::size_t digits) {
  if (at + digits > s.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (!IsDigit(s[i])) return -1;
    value = value * 10 + (s[i] - '0');
  }
  return value;
}

// Seconds or milliseconds since 1970.
std::optional<ParsedTime> FromEpoch(std::string_view digits) {
  if (digits.size() != 10 && digits.size() != 13) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : digits.substr(0, 10)) seconds = seconds * 10 + (c - '0');
  return ParsedTime{CivilFromDays(seconds / 86400), seconds};
}

// "10:30:00 +0100", "09:30 GMT" behind a date: the moment, only with its offset.
std::optional<std::int64_t> ClockTimeBehind(std::string_view s, const CalendarDate& date) {
  constexpr std::size_t kReach = 8;
  const std::size_t colon = s.find(':');
  if (colon == std::string_view::npos || colon > kReach || colon < 2) return std::nullopt;
  const int hour = Number(s, colon - 2, 2);
  const int minute = Number(s, colon + 1, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  std::size_t at = colon + 3;
  int second = 0;
  if (at < s.size() && s[at] == ':') {
    second = std::clamp(Number(s, at + 1, 2), 0, 59);
    at += 3;
  }
  while (at < s.size() && s[at] == ' ') ++at;
  const std::string_view zone = s.substr(std::min(at, s.size()));
  int offset = 0;
  if (zone.starts_with('+') || zone.starts_with('-')) {
    const int hours = Number(zone, 1, 2);
    const int minutes = Number(zone, zone.size() > 3 && zone[3] == ':' ? 4 : 3, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return std::nullopt;
    offset = (hours * 60 + minutes) * (zone[0] == '-' ? -1 : 1);
  } else if (!zone.starts_with("GMT") && !zone.starts_with("UTC") && zone != "Z") {
    return std::nullopt;
  }
  return DaysFromCivil(date) * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
}

// What the words before a date say it is that of.
enum class DateRole { kPublish, kChange, kOther };

// Folded words; the publish words are looked for first, since "published 5 March, updated" names both and the first
// date is the one that counts.
DateRole RoleOf(std::string_view before) {
  constexpr std::size_t kReach = 40;
  static constexpr std::array<std::string_view, 22> kChange = {"updat",           "aktualisiert",
                                                               "modif",           "edited",
                                                               "last change",     "letzte \u00E4nderung",
                                                               "stand:",          "stand ",
                                                               "mis \u00E0 jour", "actualiz",
                                                               "aggiornat",       "bijgewerkt",
                                                               "reviewed",        "revision",
                                                               "revised",         "\u043E\u0431\u043D\u043E\u0432",
                                                               "ge\u00E4ndert",   "\u66F4\u65B0",
                                                               "zuletzt",         "last post",
                                                               "last reply",      "letzter beitrag"};
  static constexpr std::array<std::string_view, 25> kOther = {
      "joined",  "retrieved", "registr",    "member since", "copyright",
      "expire",  "valid",     "deadline",   "born",         "g\u00FCltig",
      "seit:",   "geboren",   "accessed",   "abgerufen",    "since",
      "seit ",   "until",     "bis ",       "last visit",   "beigetreten",
      "founded", "last seen", "registered", "termin:",      "\u5F15\u7528\u65E5\u671F"};
  static constexpr NeedleSet kChangeWords(kChange);
  static constexpr NeedleSet kOtherWords(kOther);
  if (before.size() > kReach) before.remove_prefix(before.size() - kReach);
  if (before.empty()) return DateRole::kPublish;
  // Words that have to end stand right before the date too.
  std::string key = text::FoldKey(before);
  key.push_back(' ');
  if (kOtherWords.AnyIn(key) || key.find("\u00A9") != std::string::npos) return DateRole::kOther;
  return kChangeWords.AnyIn(key) ? DateRole::kChange : DateRole::kPublish;
}

CalendarDate FromProto(const google::type::Date& date) {
  return {date.year(), date.month(), date.day()};
}

// Whether what both say agrees.
bool Agree(const CalendarDate& a, const CalendarDate& b) {
  const auto same = [](int x, int y) { return x == 0 || y == 0 || x == y; };
  if (!same(a.year, b.year)) return false;
  // Zones may move a date by a day.
  if (a.complete() && b.complete()) return std::abs(DaysFromCivil(a) - DaysFromCivil(b)) <= 1;
  return same(a.month, b.month) && same(a.day, b.day);
}

bool IsUrlDate(const CalendarDate& date) {
  return date.year >= 1990 && date.year < 2100 && date.month > 0 && date.day > 0 && IsPossibleDate(date);
}

bool NoDigitAt(std::string_view path, std::size_t at) {
  return at >= path.size() || !IsDigit(path[at]);
}

// "mar", "march": the number of an English month that is a whole part of a path; 0 for anything else.
int MonthOfPart(std::string_view part) {
  static constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                               "may",       "june",     "july",     "august",
                                                               "september", "october",  "november", "december"};
  constexpr std::size_t kShort = 3;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (part == kMonths[i] || (part.size() == kShort && kMonths[i].starts_with(part))) return static_cast<int>(i) + 1;
  }
  return 0;
}

// "2024/3/5/": the parts without their zeros, each a part of the path of its own.
CalendarDate ShortPartsAt(std::string_view path, std::size_t i, int year) {
  const auto part = [&](std::size_t at) { return path.substr(at, std::min(path.find('/', at), path.size()) - at); };
  const auto value = [](std::string_view digits) {
    return digits.empty() || digits.size() > 2 ? -1 : Number(digits, 0, digits.size());
  };
  const std::string_view month = part(i + 5);
  const std::size_t behind = i + 5 + month.size() + 1;
  if (behind >= path.size()) return {};
  return {year, value(month), value(part(behind))};
}

// "20240305", "2024/03/05", "2024-03/05", "2024/0305", "2024/mar/05"
CalendarDate YearFirstAt(std::string_view path, std::size_t i) {
  const int year = Number(path, i, 4);
  if (year < 1990 || i + 8 > path.size()) return {};
  const char sign = path[i + 4];
  if (IsDigit(sign)) {
    return NoDigitAt(path, i + 8) ? CalendarDate{year, Number(path, i + 4, 2), Number(path, i + 6, 2)} : CalendarDate{};
  }
  if (sign != '/' && sign != '-') return {};
  if (i + 10 <= path.size() && (path[i + 7] == '/' || path[i + 7] == sign) && NoDigitAt(path, i + 10)) {
    const CalendarDate date{year, Number(path, i + 5, 2), Number(path, i + 8, 2)};
    if (IsUrlDate(date)) return date;
  }
  if (sign != '/') return {};
  if (const CalendarDate date = ShortPartsAt(path, i, year); IsUrlDate(date)) return date;
  if (const std::size_t end = path.find('/', i + 5); end != std::string_view::npos) {
    const CalendarDate date{year, MonthOfPart(path.substr(i + 5, end - i - 5)), Number(path, end + 1, 2)};
    if (IsUrlDate(date) && NoDigitAt(path, end + 3)) return date;
  }
  return NoDigitAt(path, i + 9) ? CalendarDate{year, Number(path, i + 5, 2), Number(path, i + 7, 2)} : CalendarDate{};
}

// "05-03-2024", "05032024": with the year last, in the order that is known or the only one that is possible.
CalendarDate YearLastAt(std::string_view path, std::size_t i, DayOrder order) {
  const bool parted = path[i + 2] == '-' || path[i + 2] == '_';
  const std::size_t second = i + (parted ? 3 : 2);
  const std::size_t year = second + (parted ? 3 : 2);
  if (year + 4 > path.size() || !NoDigitAt(path, year + 4) || (parted && path[year - 1] != path[i + 2])) return {};
  const CalendarDate day_first{Number(path, year, 4), Number(path, second, 2), Number(path, i, 2)};
  const CalendarDate month_first{day_first.year, day_first.day, day_first.month};
  if (!IsUrlDate(month_first) || day_first.day == day_first.month) return day_first;
  if (!IsUrlDate(day_first)) return month_first;
  if (order == DayOrder::kDayFirst) return day_first;
  return order == DayOrder::kUnknown ? CalendarDate{} : month_first;
}

// "2024 Mar 5", as libraries write it.
CalendarDate YearMonthDay(std::string_view s, const Calendar& calendar) {
  const int year = Number(s, 0, 4);
  if (year < kFirstPageYear || s.size() < 10 || s[4] != ' ') return {};
  const std::size_t end = s.find(' ', 5);
  if (end == std::string_view::npos) return {};
  const std::string_view day = s.substr(end + 1);
  const CalendarDate date{year, calendar.Month(text::FoldKey(s.substr(5, end - 5))),
                          Number(day, 0, std::min<std::size_t>(day.size(), 2))};
  return date.complete() && day.size() <= 2 && IsPossibleDate(date) ? date : CalendarDate{};
}

// Whether what stands behind a date makes it the first day of a span: " - 6 January 2024".
bool OpensRange(std::string_view behind, const Calendar& calendar, DayOrder order) {
  constexpr std::size_t kReach = 5;
  std::size_t at = 0;
  while (at < behind.size() && behind[at] == ' ') ++at;
  const std::string_view rest = behind.substr(at);
  if (!rest.starts_with('-') && !rest.starts_with("\u2013") && !rest.starts_with("\u2014") &&
      !rest.starts_with("bis ") && !rest.starts_with("to "))
    return false;
  const std::optional<DateMatch> next = FindPageDate(rest, calendar, order);
  return next.has_value() && next->begin <= kReach;
}

}  // namespace

std::optional<ParsedTime> ParseTime(std::string_view raw, const Calendar& calendar, DayOrder order) {
  const std::string_view s = text::TrimSpace(raw.substr(0, kMaxRawBytes));
  const int year = Number(s, 0, 4);
  const int month = Number(s, 5, 2);
  const int day = Number(s, 8, 2);
  if (year < 0 || month < 1 || day < 1 || s[4] != '-' || s[7] != '-') {
    if (s.size() >= 10 && std::all_of(s.begin(), s.end(), IsDigit)) return FromEpoch(s);
    if (s.size() >= 8 && Number(s, 0, 8) > 0 && (s.size() == 8 || s[8] == 'T')) {
      const CalendarDate compact{Number(s, 0, 4), Number(s, 4, 2), Number(s, 6, 2)};
      if (compact.year >= kFirstPageYear && compact.complete() && IsPossibleDate(compact))
        return ParsedTime{compact, {}};
      return std::nullopt;
    }
    if (const CalendarDate named = YearMonthDay(s, calendar); named.complete()) return ParsedTime{named, {}};
    const std::optional<DateMatch> date = FindPageDate(s, calendar, order);
    if (!date.has_value()) return std::nullopt;
    return ParsedTime{date->value, ClockTimeBehind(s.substr(date->end), date->value)};
  }
  ParsedTime parsed{{year, month, day}, std::nullopt};
  if (!IsPossibleDate(parsed.date)) return std::nullopt;
  if (s.size() < 16 || (s[10] != 'T' && s[10] != ' ')) return parsed;
  const int hour = Number(s, 11, 2);
  const int minute = Number(s, 14, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return parsed;
  int second = 0;
  std::size_t at = 16;
  if (at < s.size() && s[at] == ':') {
    second = std::clamp(Number(s, at + 1, 2), 0, 59);
    at += 3;
  }
  if (at < s.size() && s[at] == '.') {
    for (++at; at < s.size() && IsDigit(s[at]);) ++at;
  }
  while (at < s.size() && s[at] == ' ') ++at;
  int offset_minutes = 0;
  if (at < s.size() && (s[at] == '+' || s[at] == '-')) {
    const int hours = Number(s, at + 1, 2);
    const int minutes = std::max(0, Number(s, at + (at + 3 < s.size() && s[at + 3] == ':' ? 4 : 3), 2));
    if (hours < 0 || hours > 14 || minutes > 59) return parsed;
    offset_minutes = (hours * 60 + minutes) * (s[at] == '-' ? -1 : 1);
  } else if (at >= s.size() || s[at] != 'Z') {
    return parsed;
  }
  parsed.unix_seconds = DaysFromCivil(parsed.date) * 86400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
  return parsed;
}

std::string_view ChangeBasis(bool far, bool copy) {
  if (copy) return "updated_copy";
  return far ? "far_updated" : "updated";
}

bool NamesItsZone(std::string_view raw) {
  // "2024-03-05T10:00"
  constexpr std::size_t kLocalTimeBytes = 16;
  const std::size_t sign = raw.find_last_of("+-");
  return raw.size() > kLocalTimeBytes && sign != std::string_view::npos && sign >= kLocalTimeBytes &&
         raw.find_first_of("123456789", sign) != std::string_view::npos;
}

std::optional<ParsedSign> ParseSign(const DateSign& sign, const Calendar& calendar, DayOrder order) {
  ParsedSign out{{}, sign.basis};
  const bool of_text = sign.basis == "near_title" || sign.basis == "labelled" || sign.basis == "far_line";
  // Answers date themselves; the first of them may still be what the page is of.
  if (sign.of_reply && of_text) return std::nullopt;
  if (sign.of_reply) out.basis = "far_date";
  const bool shown = of_text || sign.basis == "date_class";
  if (shown || sign.basis == "time_element") {
    const std::optional<DateMatch> date = FindPageDate(sign.raw, calendar, order);
    const std::string_view before = std::string_view(sign.raw).substr(0, date.has_value() ? date->begin : 0);
    // A label holds no date of its own; between it and the date a weekday may stand.
    constexpr std::size_t kWeekdayBytes = 14;
    const bool labelled =
        text::TrimSpace(before).size() < kWeekdayBytes && std::none_of(sign.label.begin(), sign.label.end(), IsDigit);
    DateRole role = RoleOf(before);
    if (role == DateRole::kPublish && labelled) role = RoleOf(sign.label);
    // Chinese and Japanese say it behind the date.
    if (role == DateRole::kPublish && date.has_value() &&
        text::TrimSpace(std::string_view(sign.raw).substr(date->end)).starts_with("\u66F4\u65B0"))
      role = DateRole::kChange;
    if (role == DateRole::kPublish && sign.changed) role = DateRole::kChange;
    if (date.has_value() && OpensRange(std::string_view(sign.raw).substr(date->end), calendar, order))
      return std::nullopt;
    if (role == DateRole::kOther || (shown && !date.has_value())) return std::nullopt;
    if (role == DateRole::kChange) out.basis = ChangeBasis(sign.far, sign.copy);
    // A sentence may hold a date too.
    constexpr std::size_t kMaxWordsAround = 40;
    constexpr std::size_t kMaxChangeWords = 60;
    if (of_text &&
        sign.raw.size() - (date->end - date->begin) > (role == DateRole::kChange ? kMaxChangeWords : kMaxWordsAround))
      return std::nullopt;
    if ((out.basis == "near_title" || out.basis == "date_class") && sign.above && !sign.far) out.basis = "above_title";
    if (sign.far && (out.basis == "time_element" || out.basis == "date_class" || out.basis == "far_line"))
      out.basis = "far_date";
  }
  const std::optional<ParsedTime> parsed = ParseTime(sign.raw, calendar, order);
  if (!parsed.has_value() || parsed->date.year < kFirstPageYear) return std::nullopt;
  out.time = *parsed;
  return out;
}

bool IsChangeLine(std::string_view line) {
  return RoleOf(text::TruncateUtf8(line, kLabelBytes)) == DateRole::kChange;
}

bool IsLineOfOtherDate(std::string_view line) {
  return RoleOf(text::TruncateUtf8(line, kLabelBytes)) == DateRole::kOther;
}

bool IsPublishLabel(std::string_view line) {
  static constexpr std::array<std::string_view, 41> kWords = {"publish",
                                                              "posted",
                                                              "post time",
                                                              "released",
                                                              "date:",
                                                              "dated",
                                                              "ver\u00F6ffentlicht",
                                                              "erschienen",
                                                              "erstellt am",
                                                              "eingestellt am",
                                                              "gespeichert",
                                                              "datum:",
                                                              "vom ",
                                                              "publi\u00E9",
                                                              "mise en ligne",
                                                              "mis en ligne",
                                                              "parution",
                                                              "publicado",
                                                              "publicaci",
                                                              "fecha:",
                                                              "pubblicat",
                                                              "data:",
                                                              "geplaatst",
                                                              "gepubliceerd",
                                                              "opublik",
                                                              "publicerad",
                                                              "publisert",
                                                              "udgivet",
                                                              "julkaistu",
                                                              "zve\u0159ejn",
                                                              "megjelen",
                                                              "yay\u0131n",
                                                              "\u043E\u043F\u0443\u0431\u043B\u0438\u043A",
                                                              "\u0434\u0430\u0442\u0430",
                                                              "\u53D1\u5E03",
                                                              "\u767C\u5E03",
                                                              "\u516C\u958B",
                                                              "\u63B2\u8F09",
                                                              "\u6295\u7A3F",
                                                              "\u0646\u0634\u0631",
                                                              "\u00E9tait publi"};
  constexpr std::size_t kReach = 60;
  static constexpr NeedleSet kLabels(kWords);
  return kLabels.AnyIn(text::FoldKey(text::TruncateUtf8(line, kReach)));
}

std::optional<CalendarDate> DateOfUrl(std::string_view uri, DayOrder order) {
  const std::string_view path = uri.substr(0, uri.find_first_of("?#"));
  for (std::size_t i = 0; i + 8 <= path.size(); ++i) {
    if (i > 0 && path[i - 1] != '/' && path[i - 1] != '-' && path[i - 1] != '_') continue;
    if (!IsDigit(path[i])) continue;
    if (const CalendarDate date = YearFirstAt(path, i); IsUrlDate(date)) return date;
    if (i == 0 || path[i - 1] != '/') continue;
    if (const CalendarDate date = YearLastAt(path, i, order); IsUrlDate(date)) return date;
  }
  return std::nullopt;
}

CalendarDate MonthOfUrl(std::string_view uri) {
  const std::string_view path = uri.substr(0, uri.find_first_of("?#"));
  for (std::size_t i = path.find('/'); i != std::string_view::npos; i = path.find('/', i + 1)) {
    const int year = Number(path, i + 1, 4);
    if (year < 1990 || year >= 2100 || i + 7 >= path.size() || (path[i + 5] != '/' && path[i + 5] != '-')) continue;
    const int month = Number(path, i + 6, 2);
    if (month >= 1 && month <= 12 && (i + 8 >= path.size() || !IsDigit(path[i + 8]))) return {year, month, 0};
  }
  return {};
}

std::optional<DateMatch> FindTodayDate(std::string_view text, const Calendar& calendar) {
  static constexpr std::array<std::string_view, 16> kWords = {"today",
                                                              "Today",
                                                              "TODAY",
                                                              "aujourd'hui",
                                                              "aujourd\u2019hui",
                                                              "Aujourd'hui",
                                                              "Aujourd\u2019hui",
                                                              "hoy",
                                                              "Hoy",
                                                              "heute",
                                                              "Heute",
                                                              "\u0441\u0435\u0433\u043E\u0434\u043D\u044F",
                                                              "\u4ECA\u5929",
                                                              "\u4ECA\u65E5",
                                                              "\u0627\u0644\u064A\u0648\u0645",
                                                              "oggi"};
  static constexpr NeedleSet kTodays(kWords);
  constexpr std::size_t kReach = 48;
  std::size_t behind = 0;
  for (auto today = kTodays.Find(text); today.at != std::string_view::npos; today = kTodays.Find(text, behind)) {
    behind = today.at + today.needle.size();
    const std::string_view window = text::TruncateUtf8(text.substr(behind), kReach);
    std::size_t open = 0;
    while (open < window.size() && (window[open] == ' ' || window[open] == '(' || window[open] == ',')) ++open;
    if (window.substr(open).starts_with("\uFF08")) open += 3;
    if (open == 0 || window.substr(0, open).find_first_of("(,") == std::string_view::npos) {
      if (!window.starts_with("\uFF08")) continue;
    }
    const std::vector<DateMatch> dates = calendar.Find(window);
    if (dates.empty() || dates.front().value.day == 0 || dates.front().begin > open + 14) continue;
    // A weekday may stand between; a verb may not.
    if (window.substr(open, dates.front().begin - open).find(' ') !=
        window.substr(open, dates.front().begin - open).rfind(' '))
      continue;
    return DateMatch{behind + dates.front().begin, behind + dates.front().end, dates.front().value};
  }
  return std::nullopt;
}

void AddCandidate(const CalendarDate& date, std::string_view basis, std::string_view raw,
                  std::optional<std::int64_t> unix_seconds, std::optional<release::v1::Span> span,
                  PublishDate* publish) {
  if (date.empty() || static_cast<std::size_t>(publish->candidates_size()) >= kMaxCandidates) return;
  std::size_t of_basis = 0;
  for (const PublishCandidate& known : publish->candidates()) {
    if (known.basis() != basis) continue;
    if (FromProto(known.date()) == date || ++of_basis >= kMaxOfBasis) return;
  }
  PublishCandidate* candidate = publish->add_candidates();
  *candidate->mutable_date() = ToProto(date);
  candidate->set_basis(std::string(basis));
  candidate->set_raw(std::string(text::TruncateUtf8(raw, kMaxRawBytes)));
  if (unix_seconds.has_value()) candidate->mutable_time()->set_seconds(*unix_seconds);
  if (span.has_value()) *candidate->mutable_span() = *span;
}

void ChoosePublishDate(release::v1::Release* release) {
  if (!release->has_publish() || release->publish().candidates().empty()) {
    release->clear_publish();
    return;
  }
  PublishDate* publish = release->mutable_publish();
  // A complete date is worth more than a partial one from a better place.
  std::stable_sort(publish->mutable_candidates()->begin(), publish->mutable_candidates()->end(),
                   [](const PublishCandidate& a, const PublishCandidate& b) {
                     const bool whole_a = FromProto(a.date()).complete();
                     const bool whole_b = FromProto(b.date()).complete();
                     if (whole_a != whole_b) return whole_a;
                     return RankOfBasis(a.basis()) < RankOfBasis(b.basis());
                   });
  const std::vector<DayCandidate> days = WeighDays(*release);
  if (!days.empty()) {
    if (days.front().probability < kMinDayProbability) return;
  }
  const PublishCandidate& best = publish->candidates(days.empty() ? 0 : days.front().candidate);
  *publish->mutable_date() = best.date();
  if (best.has_time()) *publish->mutable_time() = best.time();
  publish->set_basis(best.basis());
  const PublishCandidate* against = nullptr;
  for (const PublishCandidate& other : publish->candidates()) {
    if (&other == &best || other.basis() == "time_element" || IsChangeBasis(other.basis())) continue;
    if (!Agree(FromProto(best.date()), FromProto(other.date()))) against = &other;
  }
  // Labels of days are wrong in four of a hundred cases, which keeps the probabilities down.
  constexpr double kSure = 0.91;
  constexpr double kLikely = 0.7;
  const double probability = days.empty() ? kLikely : days.front().probability;
  publish->set_confidence(probability >= kSure     ? release::v1::HIGH
                          : probability >= kLikely ? release::v1::MEDIUM
                                                   : release::v1::LOW);
  if (against == nullptr) return;
  release::v1::Notice* notice = release->add_notices();
  notice->set_reason("DATE_CONFLICT");
  notice->set_message(fmt::format("The publish date is taken from {} (\"{}\"), but {} says \"{}\".", best.basis(),
                                  best.raw(), against->basis(), against->raw()));
  if (against->has_span()) *notice->mutable_span() = against->span();
}

}  // namespace dateline::extraction
