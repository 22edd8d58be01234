#include "services/extraction/facts/relative_dates.h"

#include <string>

namespace dateline::extraction {
namespace {

CalendarDate FromProto(const google::type::Date& date) {
  return {date.year(), date.month(), date.day()};
}

// Days since Monday of the week of a day since 1970-01-01, which was a Thursday.
std::int64_t DaysSinceMonday(std::int64_t day) {
  return ((day + 3) % 7 + 7) % 7;
}

}  // namespace

RelativeDates::RelativeDates(const Analysis& analysis, const release::v1::Release& release) : analysis_(analysis) {
  if (const CalendarDate publish = FromProto(release.publish().date()); publish.complete()) {
    anchor_ = publish;
    anchor_name_ = "publish date";
  } else if (const CalendarDate dateline = FromProto(release.dateline().date()); dateline.complete()) {
    anchor_ = dateline;
    anchor_name_ = "dateline";
  }
}

// "On Wednesday" in a release of a Wednesday is that day. Of other weekdays the text does not say which week's they
// are.
std::optional<RelativeDate> RelativeDates::ReadWeekday(const LexiconHit& weekday, TokenRange line) const {
  if (weekday.end > line.end) return std::nullopt;
  if (static_cast<std::int64_t>(analysis_.Entry(weekday).value) != DaysSinceMonday(DaysFromCivil(anchor_)) + 1)
    return std::nullopt;
  // "next Wednesday", "every Wednesday"
  if (weekday.begin > line.begin) {
    const LexiconHit* cue = analysis_.HitEndingAt(weekday.begin - 1, Lexicon::kDateCues);
    if (cue != nullptr && analysis_.Entry(*cue).Has(kEntryWeak)) return std::nullopt;
  }
  // A date follows and says it better: "Wednesday, 19 October".
  std::uint32_t next = weekday.end;
  if (next < line.end && analysis_.token(next).kind == TokenKind::kPunctuation) ++next;
  if (next < line.end && (analysis_.token(next).kind == TokenKind::kNumber || analysis_.Covers(next, Lexicon::kMonths)))
    return std::nullopt;
  return RelativeDate{{weekday.begin, weekday.end}, anchor_, {}, true};
}

std::optional<RelativeDate> RelativeDates::Read(std::uint32_t token, TokenRange line) const {
  if (!anchor_.complete()) return std::nullopt;
  if (const LexiconHit* weekday = analysis_.HitAt(token, Lexicon::kWeekdays); weekday != nullptr)
    return ReadWeekday(*weekday, line);
  const LexiconHit* hit = analysis_.HitAt(token, Lexicon::kRelativeDates);
  if (hit == nullptr || hit->end > line.end) return std::nullopt;
  const LexiconEntry& entry = analysis_.Entry(*hit);
  const auto count = static_cast<int>(entry.value);
  // "this year's", "last week's budget" still name the time; "today's" says no more than "present".
  if (entry.code == "day" && hit->end < line.end && analysis_.token(hit->end).Has(kClitic)) return std::nullopt;
  RelativeDate date{{hit->begin, hit->end}, {}, {}, entry.code == "day" && count == 0};
  if (entry.code == "day") {
    date.first = CivilFromDays(DaysFromCivil(anchor_) + count);
  } else if (entry.code == "week") {
    const std::int64_t monday = DaysFromCivil(anchor_) - DaysSinceMonday(DaysFromCivil(anchor_)) + count;
    date.first = CivilFromDays(monday);
    date.last = CivilFromDays(monday + 6);
  } else if (entry.code == "month") {
    const int months = anchor_.year * 12 + anchor_.month - 1 + count;
    date.first = {months / 12, months % 12 + 1, 0};
  } else if (entry.code == "year") {
    date.first = {anchor_.year + count, 0, 0};
  }
  if (date.first.empty() || !IsPossibleDate(date.first)) return std::nullopt;
  return date;
}

}  // namespace dateline::extraction
