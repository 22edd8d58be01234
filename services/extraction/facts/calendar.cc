#include "services/extraction/facts/calendar.h"

#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr int kFirstYear = 1800;
constexpr int kLastYear = 2199;
constexpr std::array<std::string_view, 18> kLocales = {"en", "fr", "es", "pt", "it",    "de", "nl", "ru", "uk",
                                                       "pl", "sv", "da", "ar", "ar_LB", "tr", "id", "ro", "el"};

constexpr std::string_view PrimaryOf(std::string_view tag) {
  return tag.substr(0, tag.find_first_of("-_"));
}

// One bit for the locales of a language; 0 when there is none.
constexpr std::uint32_t BitOf(std::string_view locale) {
  for (std::size_t i = 0; i < kLocales.size(); ++i) {
    if (PrimaryOf(kLocales[i]) == PrimaryOf(locale)) return std::uint32_t{1} << i;
  }
  return 0;
}

// English words that are months only when capitalised.
bool NeedsCapital(std::string_view folded) {
  return folded == "may" || folded == "march" || folded == "mar";
}

bool IsWordChar(char32_t c) {
  return u_isalpha(static_cast<UChar32>(c)) != 0 || u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK;
}

struct Token {
  enum class Kind { kWord, kNumber, kOther };
  Kind kind = Kind::kOther;
  std::size_t begin = 0;
  std::size_t end = 0;
  char32_t sign = 0;      // of kOther
  int value = 0;          // of kNumber
  int digits = 0;         // of kNumber
  int month = 0;          // of kWord
  std::string_view word;  // of kWord
  bool space_before = false;
};

int DigitValue(char32_t c) {
  return static_cast<int>(u_digit(static_cast<UChar32>(c), 10));
}

// Words that may stand between the parts of a date.
bool IsLink(std::string_view word) {
  return word == "of" || word == "de" || word == "del" || word == "do" || word == "the" || word == "di";
}
bool IsOrdinal(std::string_view word) {
  return word == "st" || word == "nd" || word == "rd" || word == "th" || word == "er" || word == "e" ||
         word == "\u00BA" || word == "\u00AA";
}

// Walks the tokens of one text.
class Reader {
 public:
  explicit Reader(const std::vector<Token>& tokens) : tokens_(tokens) {}

  bool Number(std::size_t i, int low, int high, int digits_max) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::kNumber && tokens_[i].digits <= digits_max &&
           tokens_[i].value >= low && tokens_[i].value <= high;
  }
  bool Year(std::size_t i) const { return Number(i, kFirstYear, kLastYear, 4) && tokens_[i].digits == 4; }
  bool Sign(std::size_t i, char32_t sign) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::kOther && tokens_[i].sign == sign;
  }
  bool Word(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == Token::Kind::kWord; }
  int MonthAt(std::size_t i) const { return Word(i) ? tokens_[i].month : 0; }

  // Behind an optional ordinal ending, full stop or linking word.
  std::size_t SkipOrdinal(std::size_t i) const {
    if (Word(i) && !tokens_[i].space_before && IsOrdinal(tokens_[i].word)) return i + 1;
    if (Sign(i, '.')) return i + 1;
    return i;
  }
  std::size_t SkipLink(std::size_t i) const { return Word(i) && IsLink(tokens_[i].word) ? i + 1 : i; }
  std::size_t SkipSign(std::size_t i, char32_t sign) const { return Sign(i, sign) ? i + 1 : i; }
  const Token& at(std::size_t i) const { return tokens_[i]; }

 private:
  const std::vector<Token>& tokens_;
};

// A reading: the date and the index behind its last token.
struct Reading {
  CalendarDate value;
  std::size_t next = 0;
};

std::optional<Reading> DayFirst(const Reader& r, std::size_t i) {
  if (!r.Number(i, 1, 31, 2)) return std::nullopt;
  std::size_t at = r.SkipLink(r.SkipOrdinal(i + 1));
  const int month = r.MonthAt(at);
  if (month == 0) return std::nullopt;
  Reading reading{{0, month, r.at(i).value}, at + 1};
  std::size_t year = r.SkipLink(r.SkipSign(r.SkipSign(at + 1, '.'), ','));
  if (r.Year(year)) {
    reading.value.year = r.at(year).value;
    reading.next = year + 1;
  }
  return reading;
}

std::optional<Reading> MonthFirst(const Reader& r, std::size_t i) {
  const int month = r.MonthAt(i);
  if (month == 0) return std::nullopt;
  std::size_t at = r.SkipLink(r.SkipSign(i + 1, '.'));
  if (r.Number(at, 1, 31, 2)) {
    Reading reading{{0, month, r.at(at).value}, at + 1};
    std::size_t year = at + 1;
    if (r.Word(year) && !r.at(year).space_before && IsOrdinal(r.at(year).word)) reading.next = ++year;
    year = r.SkipSign(year, ',');
    if (r.Year(year)) {
      reading.value.year = r.at(year).value;
      reading.next = year + 1;
    }
    return reading;
  }
  at = r.SkipSign(at, ',');
  // "31 February 2024" is no date, and "February 2024" not what it says.
  if (i > 0 && r.Number(i - 1, 1, 99, 2)) return std::nullopt;
  if (r.Year(at)) return Reading{{r.at(at).value, month, 0}, at + 1};
  return std::nullopt;
}

// Numbers parted by one and the same sign, without spaces.
std::optional<Reading> Numeric(const Reader& r, std::size_t i) {
  for (const char32_t sign : {U'-', U'.', U'/'}) {
    if (!r.Sign(i + 1, sign) || !r.Sign(i + 3, sign)) continue;
    for (std::size_t k = i + 1; k < i + 5; ++k) {
      if (k != i + 4 && r.at(k).space_before) return std::nullopt;
    }
    if (i > 0 && !r.at(i).space_before && r.Sign(i - 1, sign)) return std::nullopt;
    if (r.Sign(i + 5, sign) && !r.at(i + 5).space_before && r.Number(i + 6, 0, 9999, 9)) return std::nullopt;
    if (r.Year(i) && r.Number(i + 2, 1, 12, 2) && r.Number(i + 4, 1, 31, 2)) {
      return Reading{{r.at(i).value, r.at(i + 2).value, r.at(i + 4).value}, i + 5};
    }
    if (r.Number(i, 1, 31, 2) && r.Number(i + 2, 1, 31, 2) && r.Year(i + 4)) {
      const int first = r.at(i).value;
      const int second = r.at(i + 2).value;
      const int year = r.at(i + 4).value;
      if (second > 12 && first <= 12) return Reading{{year, first, second}, i + 5};
      if (second > 12) return std::nullopt;
      // With a stroke both orders are in use; with a dash or full stop the day comes first.
      if (sign == U'/' && first <= 12 && first != second) return std::nullopt;
      return Reading{{year, second, first}, i + 5};
    }
  }
  return std::nullopt;
}

std::optional<Reading> EastAsian(const Reader& r, std::size_t i) {
  Reading reading;
  std::size_t at = i;
  if (r.Year(at) && r.Word(at + 1) && r.at(at + 1).word == "\u5E74") {
    reading.value.year = r.at(at).value;
    at += 2;
  }
  if (!r.Number(at, 1, 12, 2) || !r.Word(at + 1) || r.at(at + 1).word != "\u6708") return std::nullopt;
  reading.value.month = r.at(at).value;
  reading.next = at + 2;
  if (r.Number(at + 2, 1, 31, 2) && r.Word(at + 3) &&
      (r.at(at + 3).word == "\u65E5" || r.at(at + 3).word == "\u53F7")) {
    reading.value.day = r.at(at + 2).value;
    reading.next = at + 4;
  }
  if (reading.value.day == 0 && reading.value.year == 0) return std::nullopt;
  return reading;
}

int DaysInMonth(int year, int month) {
  constexpr std::array kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && year != 0 && !(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))) return 28;
  return kDays[static_cast<std::size_t>(month - 1)];
}

}  // namespace

std::int64_t DaysFromCivil(const CalendarDate& date) {
  const std::int64_t y = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

CalendarDate CivilFromDays(std::int64_t days) {
  // Years that begin in March, so that the leap day is the last.
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month,
          static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

bool IsPossibleDate(const CalendarDate& date) {
  if (date.month < 0 || date.month > 12 || date.day < 0) return false;
  if (date.day > 0 && (date.month == 0 || date.day > DaysInMonth(date.year, date.month))) return false;
  return date.year == 0 || (date.year >= kFirstYear && date.year <= kLastYear);
}

google::type::Date ToProto(const CalendarDate& date) {
  google::type::Date proto;
  proto.set_year(date.year);
  proto.set_month(date.month);
  proto.set_day(date.day);
  return proto;
}

Calendar::Calendar() {
  for (const std::string_view name_of_locale : kLocales) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::DateFormatSymbols symbols(icu::Locale(name_of_locale.data()), status);
    if (U_FAILURE(status)) continue;
    for (const auto context : {icu::DateFormatSymbols::FORMAT, icu::DateFormatSymbols::STANDALONE}) {
      for (const auto width : {icu::DateFormatSymbols::WIDE, icu::DateFormatSymbols::ABBREVIATED}) {
        int32_t count = 0;
        const icu::UnicodeString* months = symbols.getMonths(count, context, width);
        for (int32_t i = 0; i < count && i < 12; ++i) {
          std::string utf8;
          months[i].toUTF8String(utf8);
          while (!utf8.empty() && utf8.back() == '.') utf8.pop_back();
          const std::string key = text::FoldKey(utf8);
          // Names of several words would need more than a table of words; two letters say too little.
          if (text::CountCodePoints(key) < 3 || key.find(' ') != std::string::npos) continue;
          // Where two languages give one word to two months, the first of kLocales has it.
          MonthName& name = months_.try_emplace(key, MonthName{i + 1, 0}).first->second;
          if (name.month == i + 1) name.languages |= BitOf(name_of_locale);
        }
      }
    }
  }
  months_.emplace("sept", MonthName{9, BitOf("en")});
}

Calendar::Languages Calendar::LanguagesFor(std::string_view language) const {
  const Languages own = BitOf(PrimaryOf(language));
  return own == 0 ? kAllLanguages : own | BitOf("en");
}

int Calendar::Month(const std::string& folded, Languages languages) const {
  const auto it = months_.find(folded);
  return it == months_.end() || (it->second.languages & languages) == 0 ? 0 : it->second.month;
}

std::vector<DateMatch> Calendar::Find(std::string_view text, std::string_view language) const {
  std::vector<DateMatch> matches;
  // Without a digit there is no date that we read, and most paragraphs have none.
  const bool digits = std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '\xD9' || c == '\xDB' || c == '\xEF';
  });
  if (!digits) return matches;

  const Languages languages = LanguagesFor(language);
  std::vector<Token> tokens;
  bool space = false;
  for (std::size_t i = 0; i < text.size();) {
    text::CodePoint c = text::CodePointAt(text, i);
    Token token;
    token.begin = i;
    token.space_before = space;
    space = false;
    if (text::IsSpace(c.value)) {
      space = true;
      i += c.length;
      continue;
    }
    if (DigitValue(c.value) >= 0) {
      token.kind = Token::Kind::kNumber;
      while (c.length > 0 && DigitValue(c.value) >= 0) {
        if (token.digits < 9) token.value = token.value * 10 + DigitValue(c.value);
        ++token.digits;
        i += c.length;
        c = text::CodePointAt(text, i);
      }
    } else if (u_hasBinaryProperty(static_cast<UChar32>(c.value), UCHAR_IDEOGRAPHIC) != 0) {
      token.kind = Token::Kind::kWord;
      i += c.length;
    } else if (IsWordChar(c.value)) {
      token.kind = Token::Kind::kWord;
      while (c.length > 0 && IsWordChar(c.value)) {
        i += c.length;
        c = text::CodePointAt(text, i);
      }
    } else {
      token.sign = c.value;
      i += c.length;
    }
    token.end = i;
    token.word = text.substr(token.begin, token.end - token.begin);
    constexpr std::size_t kLongestMonth = 40;
    if (token.kind == Token::Kind::kWord && token.word.size() >= 3 && token.word.size() <= kLongestMonth) {
      const std::string folded = text::FoldKey(token.word);
      token.month = Month(folded, languages);
      if (NeedsCapital(folded) && (token.word[0] < 'A' || token.word[0] > 'Z')) token.month = 0;
    }
    tokens.push_back(token);
  }

  const Reader reader(tokens);
  for (std::size_t i = 0; i < tokens.size();) {
    std::optional<Reading> best;
    if (tokens[i].kind != Token::Kind::kOther) {
      for (const auto read : {DayFirst, MonthFirst, Numeric, EastAsian}) {
        std::optional<Reading> reading = read(reader, i);
        if (reading.has_value() && IsPossibleDate(reading->value) && (!best.has_value() || reading->next > best->next))
          best = reading;
      }
    }
    if (!best.has_value()) {
      ++i;
      continue;
    }
    matches.push_back({tokens[i].begin, tokens[best->next - 1].end, best->value});
    i = best->next;
  }
  return matches;
}

}  // namespace dateline::extraction
