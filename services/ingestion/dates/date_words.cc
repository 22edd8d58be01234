#include "services/ingestion/dates/date_words.h"

#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/ingestion/dates/date_tokens.h"

namespace dateline::dates {
namespace {

constexpr std::size_t kPrefixLettersMin = 3;

struct English {
  std::string_view name;
  int month;
};
constexpr std::array<English, 12> kEnglishMonths = {{{"january", 1},
                                                     {"february", 2},
                                                     {"march", 3},
                                                     {"april", 4},
                                                     {"may", 5},
                                                     {"june", 6},
                                                     {"july", 7},
                                                     {"august", 8},
                                                     {"september", 9},
                                                     {"october", 10},
                                                     {"november", 11},
                                                     {"december", 12}}};
constexpr std::array<std::string_view, 7> kEnglishDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                          "friday", "saturday", "sunday"};

// Whose reading of a month's name wins where languages differ and nothing says which it is.
constexpr std::array<std::string_view, 20> kWideUse = {"en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv",
                                                       "da", "nb", "tr", "cs", "hu", "ro", "el", "uk", "hr", "fi"};

bool IsPrefixOf(std::string_view word, std::string_view name) {
  return word.size() >= kPrefixLettersMin && name.starts_with(word);
}

int EnglishMonth(std::string_view folded) {
  for (const English& month : kEnglishMonths) {
    if (IsPrefixOf(folded, month.name)) return month.month;
  }
  return 0;
}

bool IsEnglishDay(std::string_view folded) {
  return std::any_of(kEnglishDays.begin(), kEnglishDays.end(),
                     [&](std::string_view day) { return IsPrefixOf(folded, day); });
}

// One language's reading of a word.
struct Reading {
  std::string language;
  int month = 0;
};

class Names {
 public:
  static const Names& Get() {
    static const Names names;
    return names;
  }

  const std::vector<Reading>* Months(std::string_view folded) const {
    const auto found = months_.find(folded);
    return found == months_.end() ? nullptr : &found->second;
  }

  // The month that all names with this beginning agree on; 0 otherwise.
  int MonthByPrefix(std::string_view folded) const {
    int month = 0;
    for (auto at = months_.lower_bound(folded); at != months_.end() && at->first.starts_with(folded); ++at) {
      for (const Reading& reading : at->second) {
        if (month != 0 && month != reading.month) return 0;
        month = reading.month;
      }
    }
    return month;
  }

  bool IsDay(std::string_view folded) const {
    if (days_.find(folded) != days_.end()) return true;
    const auto at = days_.lower_bound(folded);
    return folded.size() >= kPrefixLettersMin && at != days_.end() && at->first.starts_with(folded);
  }

 private:
  Names() {
    int32_t count = 0;
    const icu::Locale* locales = icu::Locale::getAvailableLocales(count);
    for (int32_t i = 0; i < count; ++i) {
      if (*locales[i].getCountry() == '\0') Add(locales[i]);
    }
  }

  void Add(const icu::Locale& locale) {
    UErrorCode failed = U_ZERO_ERROR;
    const icu::DateFormatSymbols symbols(locale, "gregorian", failed);
    if (U_FAILURE(failed)) return;
    using Symbols = icu::DateFormatSymbols;
    for (const auto context : {Symbols::FORMAT, Symbols::STANDALONE}) {
      for (const auto width : {Symbols::WIDE, Symbols::ABBREVIATED}) {
        int32_t count = 0;
        const icu::UnicodeString* months = symbols.getMonths(count, context, width);
        for (int32_t i = 0; i < count && i < 12; ++i) AddMonth(months[i], locale.getLanguage(), i + 1);
        const icu::UnicodeString* days = symbols.getWeekdays(count, context, width);
        for (int32_t i = 0; i < count; ++i) {
          for (const Token& token : Tokens(days[i])) days_[token.word] = true;
        }
      }
    }
  }

  static std::vector<Token> Tokens(const icu::UnicodeString& name) {
    std::string utf8;
    name.toUTF8String(utf8);
    return Tokenize(utf8);
  }

  // Names of several words and numbered months ("5月", "tháng 5") are the grammar's business.
  void AddMonth(const icu::UnicodeString& name, const char* language, int month) {
    const std::vector<Token> tokens = Tokens(name);
    const Token* word = nullptr;
    for (const Token& token : tokens) {
      if (token.kind == Token::Kind::kNumber) return;
      if (token.kind != Token::Kind::kWord) continue;
      if (word != nullptr) return;
      word = &token;
    }
    if (word == nullptr) return;
    std::vector<Reading>& readings = months_[word->word];
    for (const Reading& reading : readings) {
      if (reading.language == language) return;
    }
    readings.push_back({language, month});
  }

  std::map<std::string, std::vector<Reading>, std::less<>> months_;
  std::map<std::string, bool, std::less<>> days_;
};

std::string_view LanguageOnly(std::string_view language) {
  return language.substr(0, std::min(language.find_first_of("-_"), language.size()));
}

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

int MonthOf(std::string_view folded, std::string_view language) {
  const std::string hint = FoldWord(LanguageOnly(language));
  if (hint.empty() || hint == "en") {
    if (const int month = EnglishMonth(folded); month != 0) return month;
  }
  if (const std::vector<Reading>* readings = Names::Get().Months(folded); readings != nullptr) {
    for (const Reading& reading : *readings) {
      if (reading.language == hint) return reading.month;
    }
    for (const std::string_view wide : kWideUse) {
      for (const Reading& reading : *readings) {
        if (reading.language == wide) return reading.month;
      }
    }
    const int first = readings->front().month;
    const bool agreed =
        std::all_of(readings->begin(), readings->end(), [&](const Reading& r) { return r.month == first; });
    return agreed ? first : 0;
  }
  if (const int month = EnglishMonth(folded); month != 0) return month;
  // Three bytes may be one letter elsewhere; names of months have more.
  if (folded.size() < kPrefixLettersMin) return 0;
  return Names::Get().MonthByPrefix(folded);
}

bool IsWeekday(std::string_view folded) {
  return IsEnglishDay(folded) || Names::Get().IsDay(folded);
}

bool IsFiller(std::string_view folded) {
  constexpr std::array<std::string_view, 41> kFillers = {
      "a",  "al", "alle", "am",  "ao", "as", "at",  "d",  "da",  "date", "de",  "del",  "den",  "der",
      "di", "do", "dne",  "du",  "el", "g",  "h",   "hs", "i",   "kl",   "klo", "le",   "ngay", "o",
      "of", "on", "ora",  "ore", "os", "pa", "the", "um", "uhr", "в",    "г",   "года", "р"};
  return Holds(kFillers, folded);
}

char HalfOfDay(std::string_view folded) {
  constexpr std::array<std::string_view, 4> kMorning = {"am", "πμ", "午前", "上午"};
  constexpr std::array<std::string_view, 4> kAfternoon = {"pm", "μμ", "午後", "下午"};
  if (Holds(kMorning, folded)) return 'a';
  if (Holds(kAfternoon, folded)) return 'p';
  return '\0';
}

}  // namespace dateline::dates
