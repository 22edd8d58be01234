#include "services/extraction/facts/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using release::v1::PublishCandidate;
using release::v1::PublishDate;

constexpr std::size_t kMaxRawBytes = 200;
constexpr std::size_t kMaxCandidates = 20;

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

// Pages did not exist before; older dates in their metadata are defaults.
constexpr int kFirstPageYear = 1992;

// Seconds or milliseconds since 1970.
std::optional<ParsedTime> FromEpoch(std::string_view digits) {
  if (digits.size() != 10 && digits.size() != 13) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : digits.substr(0, 10)) seconds = seconds * 10 + (c - '0');
  // Days to a date, by the calendar of March years.
  const std::int64_t days = seconds / 86400 + 719468;
  const std::int64_t era = days / 146097;
  const std::int64_t day_of_era = days % 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  const auto month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  const auto year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  return ParsedTime{{year, month, day}, seconds};
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

// Whether the words before a date say that it is that of something else: a change, an account, an end.
bool IsOtherDate(std::string_view before) {
  constexpr std::size_t kReach = 40;
  constexpr std::array<std::string_view, 34> kWords = {"updat",
                                                       "aktualisiert",
                                                       "modif",
                                                       "edited",
                                                       "last change",
                                                       "letzte \u00E4nderung",
                                                       "stand:",
                                                       "mis \u00E0 jour",
                                                       "actualiz",
                                                       "aggiornat",
                                                       "bijgewerkt",
                                                       "joined",
                                                       "registr",
                                                       "member since",
                                                       "\u00A9",
                                                       "copyright",
                                                       "expire",
                                                       "valid",
                                                       "deadline",
                                                       "born",
                                                       "geboren",
                                                       "reviewed",
                                                       "accessed",
                                                       "abgerufen",
                                                       "revision",
                                                       "revised",
                                                       "\u043E\u0431\u043D\u043E\u0432",
                                                       "ge\u00E4ndert",
                                                       "since",
                                                       "seit ",
                                                       "until",
                                                       "bis ",
                                                       "last visit",
                                                       "beigetreten"};
  if (before.size() > kReach) before.remove_prefix(before.size() - kReach);
  const std::string key = text::FoldKey(before);
  // "Published 5 March, updated" names both; the first date is the one that counts.
  for (const std::string_view word : kWords) {
    if (key.find(word) != std::string::npos) return true;
  }
  return false;
}

// The lower the more trusted.
int RankOf(std::string_view basis) {
  constexpr std::array<std::string_view, 13> kOrder = {
      "json_ld",    "url",       "meta",     "microdata",  "near_title", "time_element", "json_ld_page",
      "date_class", "text_line", "dateline", "text_today", "meta_loose", "embargo"};
  const auto it = std::find(kOrder.begin(), kOrder.end(), basis);
  return static_cast<int>(it - kOrder.begin());
}

// How much a sign counts where signs contradict each other. What readers see at the headline outweighs JSON-LD alone,
// but not JSON-LD and meta elements together.
double WeightOf(std::string_view basis) {
  struct Entry {
    std::string_view basis;
    double weight;
  };
  constexpr std::array<Entry, 11> kWeights = {{{"url", 1.5},
                                               {"meta", 1.3},
                                               {"near_title", 1.2},
                                               {"json_ld", 1.0},
                                               {"microdata", 0.7},
                                               {"text_line", 0.5},
                                               {"dateline", 0.45},
                                               {"text_today", 0.4},
                                               {"time_element", 0.3},
                                               {"json_ld_page", 0.25},
                                               {"date_class", 0.1}}};
  const auto it = std::find_if(kWeights.begin(), kWeights.end(), [&](const Entry& e) { return e.basis == basis; });
  return it == kWeights.end() ? 0.05 : it->weight;
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

// Puts the candidate first whose date has the most weight; of each basis only the first counts. The candidates are in
// order of trust already, and so is that of equal weights.
void MoveAgreedFirst(PublishDate* publish) {
  std::vector<std::string_view> seen;
  std::vector<std::pair<CalendarDate, double>> sums;
  for (const PublishCandidate& candidate : publish->candidates()) {
    const CalendarDate date = FromProto(candidate.date());
    if (!date.complete() || std::find(seen.begin(), seen.end(), candidate.basis()) != seen.end()) continue;
    seen.push_back(candidate.basis());
    auto it = std::find_if(sums.begin(), sums.end(), [&](const auto& sum) { return sum.first == date; });
    if (it == sums.end()) it = sums.insert(sums.end(), {date, 0.0});
    it->second += WeightOf(candidate.basis());
  }
  if (sums.size() < 2) return;
  const auto best =
      std::max_element(sums.begin(), sums.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  auto* candidates = publish->mutable_candidates();
  const auto first = std::find_if(candidates->begin(), candidates->end(),
                                  [&](const PublishCandidate& c) { return FromProto(c.date()) == best->first; });
  if (first != candidates->end()) std::rotate(candidates->begin(), first, first + 1);
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

std::optional<ParsedTime> ParseSign(const DateSign& sign, const Calendar& calendar, DayOrder order) {
  const bool shown = sign.basis == "near_title" || sign.basis == "date_class";
  if (shown || sign.basis == "time_element") {
    const std::optional<DateMatch> date = FindPageDate(sign.raw, calendar, order);
    const std::string_view before = std::string_view(sign.raw).substr(0, date.has_value() ? date->begin : 0);
    // A label holds no date of its own.
    const bool labelled =
        text::TrimSpace(before).size() < 3 && std::none_of(sign.label.begin(), sign.label.end(), IsDigit);
    if (IsOtherDate(before) || (labelled && IsOtherDate(sign.label))) return std::nullopt;
    if (shown && !date.has_value()) return std::nullopt;
    // A sentence may hold a date too.
    constexpr std::size_t kMaxWordsAround = 40;
    if (sign.basis == "near_title" && sign.raw.size() - (date->end - date->begin) > kMaxWordsAround)
      return std::nullopt;
  }
  std::optional<ParsedTime> parsed = ParseTime(sign.raw, calendar, order);
  if (parsed.has_value() && parsed->date.year < kFirstPageYear) return std::nullopt;
  return parsed;
}

std::optional<CalendarDate> DateOfUrl(std::string_view uri) {
  const std::string_view path = uri.substr(0, uri.find_first_of("?#"));
  for (std::size_t i = 0; i + 10 <= path.size(); ++i) {
    if (i > 0 && path[i - 1] != '/' && path[i - 1] != '-' && path[i - 1] != '_') continue;
    const char sign = path[i + 4];
    if ((sign != '/' && sign != '-') || path[i + 7] != sign) continue;
    const CalendarDate date{Number(path, i, 4), Number(path, i + 5, 2), Number(path, i + 8, 2)};
    const bool ends = i + 10 == path.size() || !IsDigit(path[i + 10]);
    if (ends && date.year >= 1990 && date.month > 0 && date.day > 0 && IsPossibleDate(date)) return date;
  }
  return std::nullopt;
}

std::optional<DateMatch> FindTodayDate(std::string_view text, const Calendar& calendar) {
  constexpr std::array<std::string_view, 16> kWords = {"today",
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
  constexpr std::size_t kReach = 48;
  for (const std::string_view word : kWords) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) {
      const std::size_t behind = at + word.size();
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
  }
  return std::nullopt;
}

void AddCandidate(const CalendarDate& date, std::string_view basis, std::string_view raw,
                  std::optional<std::int64_t> unix_seconds, std::optional<release::v1::Span> span,
                  PublishDate* publish) {
  if (date.empty() || static_cast<std::size_t>(publish->candidates_size()) >= kMaxCandidates) return;
  for (const PublishCandidate& known : publish->candidates()) {
    if (known.basis() == basis && FromProto(known.date()) == date) return;
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
                     return RankOf(a.basis()) < RankOf(b.basis());
                   });
  MoveAgreedFirst(publish);
  const PublishCandidate& best = publish->candidates(0);
  *publish->mutable_date() = best.date();
  if (best.has_time()) *publish->mutable_time() = best.time();
  publish->set_basis(best.basis());
  bool confirmed = false;
  const PublishCandidate* against = nullptr;
  for (const PublishCandidate& other : publish->candidates()) {
    if (&other == &best || other.basis() == "time_element") continue;
    if (!Agree(FromProto(best.date()), FromProto(other.date()))) {
      against = &other;
    } else {
      confirmed = true;
    }
  }
  const bool strong = best.basis() == "json_ld" || best.basis() == "url" || best.basis() == "meta";
  publish->set_confidence(against != nullptr                                                    ? release::v1::LOW
                          : confirmed                                                           ? release::v1::HIGH
                          : best.basis() == "time_element"                                      ? release::v1::LOW
                          : strong || best.basis() == "dateline" || best.basis() == "text_line" ? release::v1::HIGH
                                                                                                : release::v1::MEDIUM);
  if (against == nullptr) return;
  if (strong) publish->set_confidence(release::v1::MEDIUM);
  release::v1::Notice* notice = release->add_notices();
  notice->set_reason("DATE_CONFLICT");
  notice->set_message(fmt::format("The publish date is taken from {} (\"{}\"), but {} says \"{}\".", best.basis(),
                                  best.raw(), against->basis(), against->raw()));
  if (against->has_span()) *notice->mutable_span() = against->span();
}

}  // namespace dateline::extraction
