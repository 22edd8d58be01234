#include "services/extraction/facts/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

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

// The lower the more trusted.
int RankOf(std::string_view basis) {
  constexpr std::array<std::string_view, 8> kOrder = {"json_ld",  "url",        "meta",         "text_line",
                                                      "dateline", "text_today", "time_element", "embargo"};
  const auto it = std::find(kOrder.begin(), kOrder.end(), basis);
  return static_cast<int>(it - kOrder.begin());
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

}  // namespace

std::optional<ParsedTime> ParseTime(std::string_view raw, const Calendar& calendar) {
  const std::string_view s = text::TrimSpace(raw.substr(0, kMaxRawBytes));
  const int year = Number(s, 0, 4);
  const int month = Number(s, 5, 2);
  const int day = Number(s, 8, 2);
  if (year < 0 || month < 1 || day < 1 || s[4] != '-' || s[7] != '-') {
    const std::vector<DateMatch> dates = calendar.Find(s);
    if (dates.empty() || !dates.front().value.complete()) return std::nullopt;
    return ParsedTime{dates.front().value, std::nullopt};
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
