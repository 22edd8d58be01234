#include "services/extraction/facts/years.h"

#include <string_view>

#include "services/extraction/facts/figure_signs.h"

namespace dateline::extraction {
namespace {

// Before kSureYear only behind "in": the town was founded in 1867.
constexpr int kFirstYear = 1600;
constexpr int kSureYear = 1900;
constexpr int kLastYear = 2099;

bool IsDash(std::string_view sign) {
  return sign == "-" || sign == "\u2013" || sign == "\u2014" || sign == "\u2011";
}

}  // namespace

int YearReader::ValueAt(std::uint32_t token, TokenRange line) const {
  if (token < line.begin || token >= line.end || analysis_.token(token).kind != TokenKind::kNumber) return 0;
  const std::string_view digits = analysis_.Folded(token);
  if (digits.size() != 4) return 0;
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value >= kFirstYear && value <= kLastYear ? value : 0;
}

// A word before it that years follow, also at the beginning of a range or list of years.
bool YearReader::IsCue(std::uint32_t token, TokenRange line) const {
  if (token == line.begin) return false;
  const std::uint32_t before = token - 1;
  if (analysis_.Covers(before, Lexicon::kDateCues) || analysis_.Covers(before, Lexicon::kDateParts) ||
      analysis_.Covers(before, Lexicon::kMonths))
    return true;
  if (before == line.begin) return false;
  // "2010-2012", "2010 and 2012": the other year.
  return (IsDash(analysis_.Text(before)) || numerals_.Is(before, "link") || numerals_.Is(before, "range") ||
          analysis_.Text(before) == "/" || analysis_.Text(before) == ",") &&
         ValueAt(before - 1, line) != 0;
}

bool YearReader::IsQuantity(std::uint32_t token, TokenRange line, bool cue) const {
  if (token > line.begin) {
    if (analysis_.HitEndingAt(token - 1, Lexicon::kCurrencies) != nullptr &&
        analysis_.token(token - 1).kind != TokenKind::kWord)
      return true;
    const LexiconHit* currency = analysis_.HitEndingAt(token - 1, Lexicon::kCurrencies);
    if (currency != nullptr && !analysis_.Entry(*currency).Has(kEntryAfter)) return true;
  }
  const std::uint32_t next = token + 1;
  if (next >= line.end) return false;
  // "2000 km", "2000 people", "2000 million"
  if (analysis_.HitAt(next, Lexicon::kScales) != nullptr) return true;
  // A unit that is itself a word for the year ("2024年") makes no quantity of it.
  if (const LexiconHit* unit = analysis_.HitAt(next, Lexicon::kUnits); unit != nullptr)
    return !analysis_.Entry(*unit).Has(kEntryWeak);
  if (const LexiconHit* money = analysis_.HitAt(next, Lexicon::kCurrencies);
      money != nullptr && !analysis_.Entry(*money).Has(kEntryBefore))
    return true;
  // "2000 homes" without a word that years follow; "1990 levels" with one is a year.
  const Token& t = analysis_.token(next);
  const bool noun = t.kind == TokenKind::kWord && t.Has(kSpaceBefore) && !t.Has(kCapital) && units_.LooksPlural(next) &&
                    !analysis_.Covers(next, Lexicon::kNounStops) && !analysis_.Covers(next, Lexicon::kPrepositions);
  const bool bounded = token > line.begin && analysis_.Covers(token - 1, Lexicon::kComparators);
  return noun && (!cue || bounded);
}

// Part of a reference, a time, a model: "2019/1234", "S-2006", "2008s", "No. 2010".
bool YearReader::IsInName(std::uint32_t token, TokenRange line) const {
  const auto close = [&](std::uint32_t t) {
    return t > line.begin && t < line.end && !analysis_.token(t).Has(kSpaceBefore);
  };
  if (close(token)) {
    const std::string_view sign = analysis_.Text(token - 1);
    if (analysis_.token(token - 1).kind == TokenKind::kWord && !analysis_.token(token - 1).Has(kClitic)) return true;
    if (sign == "+" || sign == "#" || sign == "_" || sign == ":" || sign == "\u00A9" || sign == "&") return true;
    // Behind a stroke or dash another year or an ordinary word may stand, nothing else: "post-2015", "2013/2014".
    if ((sign == "/" || IsDash(sign)) && close(token - 1) && ValueAt(token - 2, line) == 0) {
      const Token& other = analysis_.token(token - 2);
      if (other.kind == TokenKind::kNumber || sign == "/" || other.Has(kUpper) || other.Has(kHasDigit)) return true;
    }
  }
  if (close(token + 1)) {
    const std::string_view sign = analysis_.Text(token + 1);
    if (analysis_.token(token + 1).kind == TokenKind::kWord && !analysis_.token(token + 1).Has(kClitic)) return true;
    if ((sign == "/" || sign == ":" || IsDash(sign)) && close(token + 2) &&
        analysis_.token(token + 2).kind == TokenKind::kNumber && ValueAt(token + 2, line) == 0) {
      // "2013/14", "2007-08": the next year in two digits.
      const std::string_view digits = analysis_.Folded(token + 2);
      const int year = ValueAt(token, line);
      if (digits.size() != 2 || (year + 1) % 100 != (digits[0] - '0') * 10 + (digits[1] - '0') || close(token + 3))
        return true;
    }
  }
  if (token > line.begin) {
    std::uint32_t before = token - 1;
    const LexiconHit* label = analysis_.HitEndingAt(before, Lexicon::kNumberLabels);
    if (label == nullptr && analysis_.Text(before) == "." && before > line.begin)
      label = analysis_.HitEndingAt(before - 1, Lexicon::kNumberLabels);
    if (label != nullptr && !analysis_.Entry(*label).Has(kEntryAfter) && analysis_.Entry(*label).Has(kEntryStrong))
      return true;
  }
  return IsHouseNumber(analysis_, token, line);
}

std::optional<YearMention> YearReader::Read(std::uint32_t token, TokenRange line) const {
  const int value = ValueAt(token, line);
  if (value == 0) return std::nullopt;
  if (token > line.begin && (analysis_.Text(token - 1) == "\u00A9" || analysis_.Folded(token - 1) == "copyright"))
    return std::nullopt;
  const bool cue = IsCue(token, line);
  if (value < kSureYear) {
    const LexiconHit* in = token > line.begin ? analysis_.HitEndingAt(token - 1, Lexicon::kPrepositions) : nullptr;
    const bool placed = in != nullptr && analysis_.Entry(*in).Has(kEntryStrong);
    if (!placed && !(cue && analysis_.Covers(token - 1, Lexicon::kMonths))) return std::nullopt;
  }
  if (IsInName(token, line) || IsQuantity(token, line, cue)) return std::nullopt;
  // Numbers one behind the other are a phone number or a table's row.
  const auto spaced_number = [&](std::uint32_t t) {
    return t > line.begin && t < line.end && analysis_.token(t).kind == TokenKind::kNumber && ValueAt(t, line) == 0;
  };
  if (spaced_number(token + 1) || spaced_number(token - 1)) return std::nullopt;
  return YearMention{value, cue ? release::v1::HIGH : release::v1::MEDIUM};
}

}  // namespace dateline::extraction
