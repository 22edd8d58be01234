#include "services/extraction/facts/dates.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/extraction/facts/numerals.h"
#include "services/extraction/facts/relative_dates.h"
#include "services/extraction/facts/years.h"

namespace dateline::extraction {
namespace {

using release::v1::DateMention;
using release::v1::Section;

// How many days may share a month: "3, 4, 5 and 6 July".
constexpr int kMaxSharedDays = 12;

bool IsDateSection(Section::Kind kind) {
  return Analysis::IsMainText(kind) || kind == Section::CAPTION || kind == Section::NOTES || kind == Section::EMBARGO;
}

// A date in the tokens of a line.
struct Found {
  TokenRange tokens;
  CalendarDate value;
  std::string_view rule;
  release::v1::Confidence confidence = release::v1::HIGH;
};

class DateFinder {
 public:
  DateFinder(const FactContext& context, release::v1::Release* release)
      : analysis_(context.analysis),
        calendar_(context.calendar),
        years_(analysis_),
        relative_(analysis_, *release),
        release_(release) {}

  void Run() {
    for (const Line& line : analysis_.lines()) {
      if (!IsDateSection(line.section)) continue;
      line_ = line.tokens;
      found_.clear();
      FindFull();
      FindMonthsAndYears();
      std::sort(found_.begin(), found_.end(),
                [](const Found& a, const Found& b) { return a.tokens.begin < b.tokens.begin; });
      ShareYears();
      for (const Found& date : found_) {
        if (release_->dates_size() >= kMaxDates) return;
        Write(date);
      }
    }
  }

 private:
  // The dates that the calendar reads, with the days that share their month.
  void FindFull() {
    const std::size_t offset = analysis_.token(line_.begin).begin;
    covered_.assign(line_.size(), false);
    for (const DateMatch& match : calendar_.Find(analysis_.Text(line_), release_->language())) {
      const TokenRange tokens = analysis_.TokensOf(offset + match.begin, offset + match.end);
      if (tokens.empty() || IsPartOfRun(tokens)) continue;
      std::string_view rule = match.value.day == 0    ? "date.month"
                              : match.value.year == 0 ? "date.no_year"
                                                      : "date.full";
      found_.push_back({Widened(tokens, match.value.day == 0), match.value, rule});
      Cover(found_.back().tokens);
      if (match.value.day == 0) continue;
      const std::size_t full = found_.size() - 1;
      if (analysis_.token(tokens.begin).kind == TokenKind::kNumber) {
        DaysBefore(full);
      } else if (match.value.year == 0) {
        DaysBehind(full);
      }
    }
  }

  // Digits or a letter right at it, as in a reference "A-2024-03-05-7": not a date of the text.
  bool IsPartOfRun(TokenRange tokens) const {
    const auto close_number = [&](std::uint32_t at, std::uint32_t behind) {
      return at >= line_.begin && behind < line_.end && !analysis_.token(behind).Has(kSpaceBefore) &&
             analysis_.token(at).kind == TokenKind::kWord && analysis_.token(behind).kind == TokenKind::kNumber;
    };
    return tokens.begin > line_.begin && close_number(tokens.begin - 1, tokens.begin);
  }

  // With the words that name a part of the month or year: "late September", "spring 2014".
  TokenRange Widened(TokenRange tokens, bool may) const {
    if (!may) return tokens;
    std::uint32_t at = tokens.begin;
    if (at > line_.begin && analysis_.Text(at - 1) == "-" && !analysis_.token(at).Has(kSpaceBefore)) --at;
    if (at > line_.begin) {
      const LexiconHit* part = analysis_.HitEndingAt(at - 1, Lexicon::kDateParts);
      if (part != nullptr && part->begin >= line_.begin) tokens.begin = part->begin;
    }
    return tokens;
  }

  void Cover(TokenRange tokens) {
    for (std::uint32_t i = tokens.begin; i < tokens.end; ++i) covered_[i - line_.begin] = true;
  }
  bool Covered(std::uint32_t token) const { return covered_[token - line_.begin]; }

  // A day of a month in bare digits; 0 for anything else.
  int DayAt(std::uint32_t token) const {
    if (token < line_.begin || token >= line_.end || analysis_.token(token).kind != TokenKind::kNumber) return 0;
    const std::string_view digits = analysis_.Folded(token);
    if (digits.size() > 2) return 0;
    int day = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return 0;
      day = day * 10 + (c - '0');
    }
    return day <= 31 ? day : 0;
  }

  // Whether the token parts the days of one list: "and", "to", "-", ",".
  bool IsDayLink(std::uint32_t token) const {
    const std::string_view sign = analysis_.Text(token);
    if (sign == "-" || sign == "\u2013" || sign == "\u2014" || sign == "," || sign == "/" || sign == "\u3001")
      return true;
    const LexiconHit* hit = analysis_.HitAt(token, Lexicon::kNumberRules);
    if (hit == nullptr || hit->end != token + 1) return false;
    const std::string& code = analysis_.Entry(*hit).code;
    return code == "link" || code == "range" || code == "coordination";
  }

  // "15 and 30 September": the days before `full` share its month and year.
  void DaysBefore(std::size_t full) {
    const CalendarDate value = found_[full].value;
    std::uint32_t at = found_[full].tokens.begin;
    int next = value.day;
    for (int count = 0; count < kMaxSharedDays && at >= line_.begin + 2; ++count) {
      std::uint32_t number = at - 2;
      // "1st to 3rd May", "1. bis 3. Mai": the ending of the ordinal stands between.
      if (DayAt(number) == 0 && number > line_.begin && !analysis_.token(number).Has(kSpaceBefore)) --number;
      const int day = DayAt(number);
      if (day == 0 || day >= next || Covered(number) || !IsDayLink(at - 1)) return;
      // Part of another number: "2,500 and 5 March".
      if (number > line_.begin && !analysis_.token(number).Has(kSpaceBefore) &&
          analysis_.token(number - 1).kind != TokenKind::kMark && !IsDayLink(number - 1))
        return;
      // A comma alone joins days only when the list goes on ("and" before the last).
      if (analysis_.Text(at - 1) == "," && count == 0) return;
      found_.push_back({{number, number + 1}, {value.year, value.month, day}, "date.shared_month"});
      Cover({number, number + 1});
      at = number;
      next = day;
    }
  }

  // "February 10-16, 2008", "July 3 and 4": the days behind `full` share its month, and the year behind them is that of
  // all.
  void DaysBehind(std::size_t full) {
    const CalendarDate value = found_[full].value;
    std::uint32_t at = found_[full].tokens.end;
    int last = value.day;
    const std::size_t first_shared = found_.size();
    for (int count = 0; count < kMaxSharedDays && at + 1 < line_.end; ++count) {
      std::uint32_t number = at + 1;
      if (analysis_.Text(at) == "," && IsDayLink(number) && analysis_.Text(number) != ",") ++number;
      if (number >= line_.end) break;
      const int day = DayAt(number);
      if (day <= last || Covered(number) || !IsDayLink(at)) break;
      // "July 3, 400 people", "May 5 to 10 countries": what is counted is no day.
      if (number + 1 < line_.end && analysis_.token(number + 1).kind == TokenKind::kWord &&
          !analysis_.token(number + 1).Has(kClitic) && !EndsDays(number + 1))
        break;
      found_.push_back({{number, number + 1}, {0, value.month, day}, "date.shared_month"});
      Cover({number, number + 1});
      at = number + 1;
      last = day;
    }
    if (found_.size() == first_shared || at >= line_.end) return;
    const std::uint32_t year = analysis_.Text(at) == "," ? at + 1 : at;
    if (year >= line_.end || Covered(year)) return;
    const int value_of_year = years_.ValueAt(year, line_);
    if (value_of_year == 0) return;
    found_.back().tokens.end = year + 1;
    Cover(found_.back().tokens);
    found_[full].value.year = value_of_year;
    for (std::size_t i = first_shared; i < found_.size(); ++i) found_[i].value.year = value_of_year;
  }

  // Words that may follow a list of days: prepositions, conjunctions, verbs; never a noun that is counted.
  bool EndsDays(std::uint32_t token) const {
    return analysis_.Covers(token, Lexicon::kPrepositions) || analysis_.Covers(token, Lexicon::kNounStops) ||
           analysis_.Covers(token, Lexicon::kDeterminers) || analysis_.Covers(token, Lexicon::kPronouns);
  }

  void FindMonthsAndYears() {
    for (std::uint32_t at = line_.begin; at < line_.end; ++at) {
      if (Covered(at)) continue;
      if (analysis_.token(at).kind == TokenKind::kNumber) {
        if (const std::optional<YearMention> year = years_.Read(at, line_); year.has_value()) {
          found_.push_back({Widened({at, at + 1}, true), {year->value, 0, 0}, "date.year", year->confidence});
          Cover(found_.back().tokens);
        }
      } else if (const LexiconHit* month = analysis_.HitAt(at, Lexicon::kMonths); month != nullptr) {
        if (month->end > line_.end || !IsBareMonth(*month)) continue;
        const int value = static_cast<int>(analysis_.Entry(*month).value);
        found_.push_back(
            {Widened({month->begin, month->end}, true), {0, value, 0}, "date.bare_month", release::v1::MEDIUM});
        Cover(found_.back().tokens);
      } else if (const std::optional<RelativeDate> relative = relative_.Read(at, line_);
                 relative.has_value() && relative->is_anchor) {
        // "Last year" and "tomorrow" name a time rather than a date; events use them (events.cc).
        found_.push_back({relative->tokens, relative->first, "date.relative", release::v1::MEDIUM});
        Cover(relative->tokens);
      }
    }
  }

  // A month without day or year: names of months are also names of people and words ("May", "April Smith").
  bool IsBareMonth(const LexiconHit& month) const {
    if (!analysis_.token(month.begin).Has(kCapital) && analysis_.token(month.begin).kind == TokenKind::kWord &&
        analysis_.Entry(month).Has(kEntryCapitalized))
      return false;
    bool cue = false;
    if (month.begin > line_.begin) {
      std::uint32_t before = month.begin - 1;
      if (analysis_.Text(before) == "-" && before > line_.begin) --before;
      cue = analysis_.Covers(before, Lexicon::kDateParts) || analysis_.Covers(before, Lexicon::kDateCues);
    }
    const bool weak = analysis_.Entry(month).Has(kEntryWeak) || analysis_.Entry(month).Has(kEntryCapitalized);
    if (weak && !cue) return false;
    // A capital word or a possessive behind it makes it a name; a number some other expression.
    if (month.end >= line_.end) return cue || !weak;
    const Token& next = analysis_.token(month.end);
    if (next.kind == TokenKind::kNumber || (next.Has(kClitic) && weak)) return false;
    return cue || next.kind != TokenKind::kWord || !next.Has(kCapital);
  }

  // "between 5 March and 7 April 2010": the first takes the year of the second.
  void ShareYears() {
    for (std::size_t i = found_.size(); i-- > 1;) {
      Found& first = found_[i - 1];
      const Found& second = found_[i];
      if (first.value.year != 0 || second.value.year == 0 || second.value.month == 0 || first.value.month == 0)
        continue;
      if (first.rule == "date.relative" || second.rule == "date.relative") continue;
      const std::uint32_t gap = second.tokens.begin - first.tokens.end;
      if (gap != 1 || !IsDayLink(first.tokens.end) || analysis_.Text(first.tokens.end) == ",") continue;
      CalendarDate value = first.value;
      value.year = second.value.year;
      if (IsPossibleDate(value)) first.value = value;
    }
  }

  void Write(const Found& date) {
    if (!IsPossibleDate(date.value)) return;
    DateMention* mention = release_->add_dates();
    mention->set_text(std::string(analysis_.Text(date.tokens)));
    *mention->mutable_value() = ToProto(date.value);
    *mention->mutable_span() = SpanOf(analysis_, date.tokens);
    mention->set_confidence(date.confidence);
    mention->set_rule(std::string(date.rule));
    if (date.rule == "date.relative") mention->set_anchor(std::string(relative_.anchor_name()));
  }

  const Analysis& analysis_;
  const Calendar& calendar_;
  YearReader years_;
  RelativeDates relative_;
  release::v1::Release* release_;
  TokenRange line_;
  std::vector<bool> covered_;  // tokens of the line
  std::vector<Found> found_;   // of the line
};

}  // namespace

void FindDates(const FactContext& context, release::v1::Release* release) {
  DateFinder(context, release).Run();
}

}  // namespace dateline::extraction
