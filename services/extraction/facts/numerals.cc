#include "services/extraction/facts/numerals.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dateline::extraction {
namespace {

// A double holds every whole number of so many digits.
constexpr std::size_t kMaxDigits = 15;
constexpr double kMaxValue = 1e18;
// The room below a number word: what may still be added to it.
constexpr double kAnyRoom = 1000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool AllDigits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), IsDigit);
}

double ParseNumber(const std::string& plain) {
  double value = 0;
  std::from_chars(plain.data(), plain.data() + plain.size(), value);
  return value;
}

// Replaces the Arabic separators, which the folding of tokens keeps, by those of `style`.
std::string PlainSigns(std::string_view folded, const NumberStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (folded.substr(i).starts_with("\u066B") || folded.substr(i).starts_with("\u066C")) {
      out.push_back(folded[i + 1] == '\xAB' ? style.decimal : style.group);
      ++i;
    } else {
      out.push_back(folded[i]);
    }
  }
  return out;
}

// Whether the parts between group signs are those of one number: "5,491,325", and "12,34,567" of India.
bool AreGroups(const std::vector<std::string_view>& parts) {
  if (parts.front().empty() || parts.front().size() > 3 || parts.back().size() != 3) return false;
  const bool thousands = std::all_of(parts.begin() + 1, parts.end(), [](auto p) { return p.size() == 3; });
  const bool lakhs = parts.size() > 2 && parts.front().size() <= 2 &&
                     std::all_of(parts.begin() + 1, parts.end() - 1, [](auto p) { return p.size() == 2; });
  return thousands || lakhs;
}

}  // namespace

NumberStyle::NumberStyle(const LanguagePack& pack) {
  for (const LexiconEntry& entry : pack.entries(Lexicon::kNumberRules)) {
    if (entry.code == "decimal_comma") {
      decimal = ',';
      group = '.';
    }
    if (entry.code == "ordinal_stop") ordinal_stop = true;
  }
}

double FractionOf(double n, double part) {
  return std::round(n * part * 10000) / 10000;
}

bool NumeralReader::Is(std::uint32_t token, std::string_view role) const {
  const LexiconHit* hit = analysis_.HitAt(token, Lexicon::kNumberRules);
  return hit != nullptr && analysis_.Entry(*hit).code == role;
}

bool NumeralReader::IsHyphen(std::uint32_t token) const {
  return token + 1 < analysis_.size() && !analysis_.token(token).Has(kSpaceBefore) &&
         !analysis_.token(token + 1).Has(kSpaceBefore) && analysis_.token(token).kind == TokenKind::kPunctuation &&
         (analysis_.Text(token) == "-" || analysis_.Text(token) == "\u2011");
}

std::optional<Numeral> NumeralReader::ReadDigits(std::string_view folded) const {
  const std::string plain = PlainSigns(folded, style_);
  std::vector<std::string_view> parts;
  std::string signs;
  std::size_t digits = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= plain.size(); ++i) {
    if (i < plain.size() && IsDigit(plain[i])) {
      ++digits;
      continue;
    }
    parts.push_back(std::string_view(plain).substr(begin, i - begin));
    if (i < plain.size()) signs.push_back(plain[i]);
    begin = i + 1;
  }
  if (digits > kMaxDigits || !std::all_of(parts.begin(), parts.end(), AllDigits)) return std::nullopt;
  std::string whole;
  std::string_view decimals;
  if (!signs.empty()) {
    // The last sign is the decimal one if it is written so; all before it part groups.
    const bool decimal_last = signs.back() == style_.decimal;
    if (decimal_last) {
      decimals = parts.back();
      parts.pop_back();
      signs.pop_back();
    }
    if (!std::all_of(signs.begin(), signs.end(), [&](char c) { return c == style_.group; })) return std::nullopt;
    if (!signs.empty() && !AreGroups(parts)) return std::nullopt;
  }
  for (const std::string_view part : parts) whole += part;
  Numeral numeral;
  numeral.grouped = !signs.empty();
  numeral.digits = signs.empty() && decimals.empty() ? static_cast<int>(whole.size()) : 0;
  if (!decimals.empty()) whole.append(".").append(decimals);
  numeral.value = ParseNumber(whole);
  numeral.unscaled = numeral.value;
  return numeral;
}

// "377 000": groups of three digits, each behind a single space.
void NumeralReader::TakeSpacedGroups(Numeral* numeral, std::string* digits) const {
  const auto is_group = [&](std::uint32_t token) {
    if (token >= analysis_.size()) return false;
    const Token& next = analysis_.token(token);
    if (next.kind != TokenKind::kNumber || !next.Has(kSpaceBefore) || next.Has(kLineStart)) return false;
    const std::string_view between =
        analysis_.text().substr(analysis_.token(token - 1).end, next.begin - analysis_.token(token - 1).end);
    const std::string_view folded = analysis_.Folded(token);
    return (between == " " || between == "\u00A0" || between == "\u202F" || between == "\u2009") &&
           folded.size() >= 3 && AllDigits(folded.substr(0, 3)) &&
           (folded.size() == 3 || (!IsDigit(folded[3]) && folded[3] == style_.decimal));
  };
  if (digits->size() > 3 || digits->front() == '0') return;
  while (is_group(numeral->next) && digits->size() <= kMaxDigits) {
    const std::string_view group = analysis_.Folded(numeral->next);
    ++numeral->next;
    numeral->grouped = true;
    digits->append(group.substr(0, 3));
    if (group.size() > 3) {
      digits->append(".").append(group.substr(4));
      break;
    }
  }
}

std::optional<Numeral> NumeralReader::Digits(std::uint32_t token) const {
  const std::string_view folded = analysis_.Folded(token);
  std::optional<Numeral> numeral = ReadDigits(folded);
  if (!numeral.has_value()) return std::nullopt;
  numeral->begin = token;
  numeral->next = token + 1;
  if (numeral->digits > 0) {
    std::string digits(folded);
    TakeSpacedGroups(&*numeral, &digits);
    if (numeral->next > token + 1) {
      if (!AllDigits(digits.substr(0, digits.find('.'))) || digits.size() > kMaxDigits) return std::nullopt;
      numeral->value = ParseNumber(digits);
      numeral->unscaled = numeral->value;
      numeral->digits = 0;
    }
  }
  return numeral;
}

std::optional<Numeral> NumeralReader::Words(std::uint32_t token) const {
  Numeral numeral;
  numeral.begin = token;
  numeral.words = true;
  double total = 0;
  double current = 0;
  double room = kAnyRoom;
  double scale_room = kMaxValue;
  for (std::uint32_t at = token; at < analysis_.size();) {
    std::uint32_t word = at;
    if (at > token) {
      // Further words follow behind a hyphen, a linking word or nothing.
      if (IsHyphen(at)) {
        word = at + 1;
      } else if (const LexiconHit* link = analysis_.HitAt(at, Lexicon::kNumberRules);
                 link != nullptr && analysis_.Entry(*link).code == "link" && room >= analysis_.Entry(*link).value) {
        word = link->end;
      }
    }
    if (const LexiconHit* hit = analysis_.HitAt(word, Lexicon::kNumberWords); hit != nullptr) {
      const double value = analysis_.Entry(*hit).value;
      if (value >= room) break;
      current += value;
      const bool tens = value >= 20 && std::fmod(value, 10) == 0;
      room = value >= 100 && std::fmod(value, 100) == 0 ? 100 : tens && value < 100 ? 10 : 0;
      at = hit->end;
    } else if (const LexiconHit* factor = analysis_.HitAt(word, Lexicon::kScales);
               factor != nullptr && at > token && word == at && !analysis_.Entry(*factor).Has(kEntryMoney)) {
      const double value = analysis_.Entry(*factor).value;
      if (value == 100) {
        if (current <= 0 || current >= 100) break;
        current *= 100;
        room = 100;
      } else {
        if (value >= scale_room) {
          // "two thousand million"
          if (current > 0) break;
          total *= value;
        } else {
          if (current <= 0) break;
          total += current * value;
          scale_room = value;
        }
        if (total >= kMaxValue) return std::nullopt;
        numeral.unscaled = total / value;
        numeral.scale = value;
        current = 0;
        room = kAnyRoom;
      }
      at = factor->end;
    } else {
      break;
    }
    numeral.next = at;
    // A number does not go over the end of a line.
    if (at < analysis_.size() && analysis_.token(at).Has(kLineStart)) break;
  }
  if (numeral.next == 0) return std::nullopt;
  numeral.value = total + current;
  if (numeral.scale == 1) numeral.unscaled = numeral.value;
  return numeral;
}

// "a million", "a hundred thousand", "half a million".
std::optional<Numeral> NumeralReader::ArticleScale(std::uint32_t token) const {
  std::uint32_t at = token;
  double factor = 1;
  if (const LexiconHit* part = analysis_.HitAt(at, Lexicon::kFractions); part != nullptr) {
    factor = analysis_.Entry(*part).value;
    at = part->end;
  }
  if (!Is(at, "article")) return std::nullopt;
  Numeral numeral;
  numeral.begin = token;
  numeral.next = at + 1;
  numeral.words = true;
  numeral.value = factor;
  numeral.unscaled = factor;
  TakeScales(&numeral, false);
  if (numeral.scale == 1) return std::nullopt;
  return numeral;
}

// "half", "two thirds", "three-quarters", "a third of".
std::optional<Numeral> NumeralReader::Fraction(std::uint32_t token) const {
  double n = 1;
  std::uint32_t at = token;
  bool counted = false;
  const bool article = Is(token, "article");
  // "drei Viertel" may be an entry of its own.
  const LexiconHit* whole = analysis_.HitAt(token, Lexicon::kFractions);
  if (whole != nullptr && whole->end > token + 1) {
    counted = true;
  } else if (const LexiconHit* number = analysis_.HitAt(token, Lexicon::kNumberWords); number != nullptr) {
    n = analysis_.Entry(*number).value;
    at = number->end;
    counted = true;
  } else if (article) {
    at = token + 1;
  }
  if (counted && IsHyphen(at)) ++at;
  const LexiconHit* part = analysis_.HitAt(at, Lexicon::kFractions);
  if (part == nullptr) return std::nullopt;
  const LexiconEntry& entry = analysis_.Entry(*part);
  // What is also an ordinal ("third", "quarter") needs a number before it, or the article before and "of" behind it.
  if (!counted && entry.Has(kEntryWeak) && !(article && Is(part->end, "of"))) return std::nullopt;
  if (n * entry.value >= 1 || (n > 1 && entry.Has(kEntrySingular))) return std::nullopt;
  Numeral numeral;
  numeral.begin = token;
  numeral.next = part->end;
  numeral.words = true;
  numeral.fraction = true;
  numeral.value = FractionOf(n, entry.value);
  numeral.unscaled = numeral.value;
  return numeral;
}

void NumeralReader::TakeScales(Numeral* numeral, bool money) const {
  for (int count = 0; count < 2; ++count) {
    std::uint32_t at = numeral->next;
    if (count == 0 && IsHyphen(at)) ++at;
    const LexiconHit* hit = analysis_.HitAt(at, Lexicon::kScales);
    if (hit == nullptr || analysis_.token(at).Has(kLineStart)) return;
    const LexiconEntry& scale = analysis_.Entry(*hit);
    if (scale.Has(kEntryMoney) && !money) return;
    // A scale that is only a letter stands close to its number.
    if (scale.Has(kEntryMoney) && at == numeral->next && analysis_.token(at).Has(kSpaceBefore)) return;
    if (numeral->value * scale.value >= kMaxValue) return;
    numeral->value = std::round(numeral->value * scale.value * 1e4) / 1e4;
    numeral->scale *= scale.value;
    numeral->digits = 0;
    numeral->next = hit->end;
  }
}

// "two and a half".
void NumeralReader::TakeHalf(Numeral* numeral) const {
  const std::uint32_t at = numeral->next;
  if (!Is(at, "link") || !Is(at + 1, "article") || numeral->scale != 1) return;
  const LexiconHit* part = analysis_.HitAt(at + 2, Lexicon::kFractions);
  if (part == nullptr) return;
  numeral->value += analysis_.Entry(*part).value;
  numeral->unscaled = numeral->value;
  numeral->digits = 0;
  numeral->next = part->end;
}

std::optional<Numeral> NumeralReader::Read(std::uint32_t token, bool money) const {
  if (token >= analysis_.size()) return std::nullopt;
  std::optional<Numeral> numeral;
  if (analysis_.token(token).kind == TokenKind::kNumber) {
    numeral = Digits(token);
  } else if (analysis_.token(token).kind == TokenKind::kWord || analysis_.token(token).kind == TokenKind::kIdeograph) {
    if (numeral = ArticleScale(token); numeral.has_value()) return numeral;
    if (numeral = Fraction(token); numeral.has_value()) return numeral;
    numeral = Words(token);
  }
  if (!numeral.has_value()) return std::nullopt;
  TakeHalf(&*numeral);
  if (numeral->scale == 1) TakeScales(&*numeral, money);
  return numeral;
}

}  // namespace dateline::extraction
