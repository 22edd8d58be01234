#pragma once
// The forms of a day, a time of day and a zone, each matched at one place of a token list. Internal to this module;
// pure and thread-safe.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "services/ingestion/dates/date_tokens.h"
#include "services/ingestion/dates/feed_date.h"

namespace dateline::dates {

// Each match says behind which token it ends.
struct DayMatch {
  int year = 0;
  int month = 1;
  int day = 1;
  Precision precision = Precision::kDay;
  bool korean = false;  // Written in the form of one country: its zone is known.
  std::size_t end = 0;
};

struct TimeMatch {
  std::chrono::seconds since_midnight{};
  Precision precision = Precision::kSecond;
  bool korean = false;
  std::size_t end = 0;
};

struct ZoneMatch {
  std::optional<std::chrono::minutes> offset;  // nullopt: nobody knows this name.
  std::string_view named;                      // A name of the tz database.
  std::size_t end = 0;
};

class Grammar {
 public:
  // `strict` allows forms that would be guesses inside other words: years and months alone, two-digit years first.
  Grammar(std::string_view text, const std::vector<Token>& tokens, const DateContext& context, bool strict)
      : text_(text), tokens_(tokens), context_(context), strict_(strict) {}

  std::optional<DayMatch> Day(std::size_t at) const;
  std::optional<TimeMatch> Time(std::size_t at) const;
  std::optional<ZoneMatch> Zone(std::size_t at) const;

 private:
  std::optional<DayMatch> YearFirst(std::size_t at) const;
  std::optional<DayMatch> Compact(std::size_t at) const;
  std::optional<DayMatch> DayThenMonthName(std::size_t at) const;
  std::optional<DayMatch> MonthNameFirst(std::size_t at) const;
  std::optional<DayMatch> ThreeNumbers(std::size_t at) const;
  std::optional<DayMatch> Era(std::size_t at) const;
  std::optional<TimeMatch> Clock(std::size_t at) const;
  std::optional<TimeMatch> BasicTime(std::size_t at) const;
  std::optional<std::chrono::minutes> Offset(std::size_t at, std::size_t* end) const;

  const Token* At(std::size_t at) const { return at < tokens_.size() ? &tokens_[at] : nullptr; }
  bool Number(std::size_t at, int least, int most) const {
    return at < tokens_.size() && tokens_[at].IsNumber(least, most);
  }
  bool Sign(std::size_t at, char c) const { return at < tokens_.size() && tokens_[at].IsSign(c); }
  bool Word(std::size_t at, std::string_view folded) const { return at < tokens_.size() && tokens_[at].IsWord(folded); }
  int Value(std::size_t at) const { return static_cast<int>(tokens_[at].value); }
  // The month named at a place, and behind which token the name ends; 0 for none.
  int Month(std::size_t at, std::size_t* end) const;
  // Behind signs and fillers that may stand between the parts of a day.
  std::size_t SkipJoints(std::size_t at) const;
  // A year of four digits, or of two that begin no time.
  std::optional<int> Year(std::size_t at) const;

  const std::string_view text_;
  const std::vector<Token>& tokens_;
  const DateContext& context_;
  const bool strict_;
};

bool IsDay(int year, int month, int day);
// 70 to 99 are of the last century.
int FullYear(int two_digits);

}  // namespace dateline::dates
