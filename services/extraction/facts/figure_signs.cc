#include "services/extraction/facts/figure_signs.h"

#include <algorithm>
#include <string_view>

namespace dateline::extraction {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2099;
constexpr int kMaxListNumber = 99;
// How far behind a house number the word for the street may stand.
constexpr std::uint32_t kStreetReach = 4;

// Whether no white space parts `token` from the one before it.
bool IsClose(const Analysis& analysis, std::uint32_t token, TokenRange line) {
  return token > line.begin && token < line.end && !analysis.token(token).Has(kSpaceBefore);
}

bool IsRunSign(std::string_view sign) {
  return sign == "-" || sign == "/" || sign == "." || sign == ":" || sign == "_" || sign == "\u2011" || sign == "+";
}

bool IsDash(std::string_view sign) {
  return sign == "-" || sign == "\u2013" || sign == "\u2014" || sign == "\u2011";
}

bool IsWordOrNumber(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kNumber;
}

// "1." or "2)" or "(3)" before the text of an item.
bool IsListNumber(const Analysis& analysis, const Quantity& q, TokenRange line) {
  if (q.number.digits == 0 || q.number.value > kMaxListNumber) return false;
  const std::uint32_t next = q.number.next;
  const std::string_view behind = next < line.end ? analysis.Text(next) : std::string_view();
  const bool opens = q.begin > line.begin && (analysis.Text(q.begin - 1) == "(" || analysis.Text(q.begin - 1) == "[");
  // A number alone in brackets is a note or an item wherever it stands.
  if (opens && (behind == ")" || behind == "]")) return true;
  if (q.begin != line.begin) return false;
  return (behind == "." || behind == ")") && !analysis.token(next).Has(kSpaceBefore);
}

// Where the numbers that lead up to the one at `token` begin: "Articles 3, 4 and 5". Digits alone count, and so many.
std::uint32_t FirstOfList(const Analysis& analysis, std::uint32_t token, TokenRange line) {
  constexpr int kMaxListed = 8;
  std::uint32_t first = token;
  for (int count = 0; count < kMaxListed; ++count) {
    std::uint32_t at = first;
    if (at > line.begin && analysis.Covers(at - 1, Lexicon::kConjunctions)) --at;
    if (at > line.begin && analysis.Text(at - 1) == ",") --at;
    if (at == first || at == line.begin || analysis.token(at - 1).kind != TokenKind::kNumber) break;
    first = at - 1;
  }
  return first;
}

// The label that ends right before `token`, a full stop or colon between them: "S. 403", "Nos. 4", "Passcode: 77".
const LexiconHit* LabelBefore(const Analysis& analysis, std::uint32_t token, TokenRange line) {
  if (token == line.begin) return nullptr;
  const std::uint32_t before = token - 1;
  const LexiconHit* hit = analysis.HitEndingAt(before, Lexicon::kNumberLabels);
  if (hit == nullptr && before > line.begin && (analysis.Text(before) == "." || analysis.Text(before) == ":"))
    hit = analysis.HitEndingAt(before - 1, Lexicon::kNumberLabels);
  return hit;
}

// "Section 5", "No. 12", "type 1", "5 p.m.": words before or behind it.
bool IsLabelled(const Analysis& analysis, const Quantity& q, TokenRange line) {
  const std::uint32_t behind = q.number.next;
  if (behind < line.end) {
    const LexiconHit* hit = analysis.HitAt(behind, Lexicon::kNumberLabels);
    // "12 Square" may be an address, "300 square miles" is none.
    if (hit != nullptr && analysis.Entry(*hit).Has(kEntryAfter) &&
        (analysis.Entry(*hit).code != "street" || analysis.token(behind).Has(kCapital)))
      return true;
  }
  if (q.begin == line.begin || q.number.scale != 1) return false;
  const LexiconHit* hit = LabelBefore(analysis, FirstOfList(analysis, q.begin, line), line);
  if (hit == nullptr || analysis.Entry(*hit).Has(kEntryAfter)) return false;
  const LexiconEntry& label = analysis.Entry(*hit);
  return label.Has(kEntryStrong) || q.unit.kind == UnitKind::kNone;
}

}  // namespace

bool IsNumberRun(const Analysis& analysis, std::uint32_t token, TokenRange line, std::uint32_t* behind) {
  // Runs without white space: "202/228-1122", "COVID-19", "13:14", "2019/1234", "COM(2021)559".
  std::uint32_t end = token + 1;
  int numbers = 1;
  bool time_or_path = false;
  while (IsClose(analysis, end, line)) {
    const Token& t = analysis.token(end);
    if (t.kind == TokenKind::kNumber) {
      ++numbers;
    } else if (t.kind == TokenKind::kPunctuation && IsRunSign(analysis.Text(end)) && IsClose(analysis, end + 1, line) &&
               analysis.token(end + 1).kind == TokenKind::kNumber) {
      const std::string_view sign = analysis.Text(end);
      time_or_path = time_or_path || sign == "/" || sign == ":" || sign == "_";
    } else {
      break;
    }
    ++end;
  }
  *behind = end;
  if (numbers > 2 || time_or_path) return true;
  // "(877) 407-0784": an area code in brackets before a run.
  if (numbers == 1 && token > line.begin && analysis.Text(token - 1) == "(" && IsClose(analysis, end, line) &&
      analysis.Text(end) == ")" && end + 3 < line.end && analysis.token(end + 1).kind == TokenKind::kNumber &&
      IsClose(analysis, end + 2, line) && IsRunSign(analysis.Text(end + 2)) && IsClose(analysis, end + 3, line) &&
      analysis.token(end + 3).kind == TokenKind::kNumber) {
    *behind = end + 4;
    return true;
  }
  // A sign or word right before it: "+86", "#5", "I-40", "'08".
  if (IsClose(analysis, token, line)) {
    const Token& before = analysis.token(token - 1);
    const std::string_view sign = analysis.Text(token - 1);
    if (before.kind == TokenKind::kWord && !before.Has(kClitic)) return true;
    if (sign == "+" || sign == "#" || sign == "'" || sign == "\u2019" || sign == "_" || sign == "\\" ||
        sign == "\u2116")
      return true;
    if ((sign == "/" || sign == ":" || sign == ".") && IsClose(analysis, token - 1, line)) return true;
  }
  // Numbers one behind the other, parted by spaces alone: "2 283 3592".
  const auto spaced_number = [&](std::uint32_t t) {
    return t < line.end && analysis.token(t).kind == TokenKind::kNumber && !analysis.token(t).Has(kLineStart);
  };
  if (numbers == 1 && spaced_number(end)) {
    // Groups of thousands are read as one number elsewhere; here a run with a group of another length is meant.
    std::uint32_t at = end;
    constexpr std::uint32_t kMaxGroups = 5;
    bool thousands = analysis.Folded(token).size() <= 3;
    while (spaced_number(at)) {
      thousands = thousands && analysis.Folded(at).size() >= 3 &&
                  (analysis.Folded(at).size() == 3 || analysis.Folded(at)[3] < '0');
      ++at;
    }
    if (!thousands || at - end > kMaxGroups) {
      *behind = at;
      return true;
    }
  }
  return false;
}

bool IsHouseNumber(const Analysis& analysis, std::uint32_t token, TokenRange line) {
  for (std::uint32_t at = token + 1; at < line.end && at <= token + kStreetReach; ++at) {
    const Token& t = analysis.token(at);
    if (t.kind != TokenKind::kWord || !t.Has(kCapital)) return false;
    const LexiconHit* hit = analysis.HitAt(at, Lexicon::kNumberLabels);
    if (hit != nullptr && analysis.Entry(*hit).code == "street") return true;
  }
  return false;
}

bool IsName(const Analysis& analysis, const NumeralReader& numerals, const Quantity& q, TokenRange line) {
  const Numeral& n = q.number;
  const bool plain =
      n.digits > 0 && n.scale == 1 && q.unit.kind != UnitKind::kMoney && q.unit.kind != UnitKind::kPercent;
  // A word set close to the digits, which is no unit: "12th", "90s", "3D".
  const std::uint32_t behind = q.next;
  if (IsClose(analysis, behind, line) && IsWordOrNumber(analysis.token(behind))) return true;
  // "401(k)", "6-monoacetyl...": what is tied to it makes a name of both.
  if (plain && q.unit.kind == UnitKind::kNone && IsClose(analysis, behind, line) &&
      IsClose(analysis, behind + 1, line) && (analysis.Text(behind) == "(" || IsDash(analysis.Text(behind))) &&
      analysis.token(behind + 1).kind == TokenKind::kWord)
    return true;
  if (IsLabelled(analysis, q, line)) return true;
  // "3. Quartal": a full stop makes a small number an ordinal where the language writes them so.
  constexpr double kMaxOrdinal = 99;
  if (plain && q.unit.kind == UnitKind::kNone && n.value <= kMaxOrdinal && numerals.WritesOrdinalsWithStop() &&
      IsClose(analysis, behind, line) && analysis.Text(behind) == "." && behind + 1 < line.end)
    return true;
  if (plain && q.unit.kind == UnitKind::kNone && IsListNumber(analysis, q, line)) return true;
  if (plain && IsHouseNumber(analysis, n.begin, line)) return true;
  if (q.compared) return false;
  const bool unit_strong =
      q.unit.kind == UnitKind::kMeasure || q.unit.kind == UnitKind::kMoney || q.unit.kind == UnitKind::kPercent;
  if (n.digits == 4 && n.value >= kFirstYear && n.value <= kLastYear && n.scale == 1 && !unit_strong &&
      q.unit.kind != UnitKind::kNoun)
    return true;
  // "I-40", "COVID-19": a hyphen ties it to a word; only what is measured can stand behind a dash without spaces.
  if (IsClose(analysis, q.begin, line) && IsDash(analysis.Text(q.begin - 1)) && IsClose(analysis, q.begin - 1, line) &&
      analysis.token(q.begin - 2).kind == TokenKind::kWord && (!unit_strong || analysis.token(q.begin - 2).Has(kUpper)))
    return true;
  const bool starts = analysis.token(q.begin).Has(kSentenceStart);
  const auto capital_word = [&](std::uint32_t t) {
    return t >= line.begin && t < line.end && analysis.token(t).kind == TokenKind::kWord &&
           analysis.token(t).Has(kCapital);
  };
  // "Global 500", "Boeing 737": a capital word before and nothing that is counted behind.
  if (plain && q.unit.kind == UnitKind::kNone && q.begin > line.begin && capital_word(q.begin - 1) &&
      !analysis.token(q.begin - 1).Has(kSentenceStart))
    return true;
  // "206 Federal Building", "the 527 Reform Act": digits before a name and no noun that they count.
  if (plain && q.unit.kind == UnitKind::kNone && !n.grouped && n.digits > 0 && capital_word(n.next) &&
      analysis.token(n.next).Has(kSpaceBefore) && !analysis.token(n.next).Has(kSentenceStart))
    return true;
  // "Four Corners", "the Seven Sisters": number words inside names.
  if (n.words && !starts && analysis.SectionOf(q.begin) != release::v1::Section::HEADING && capital_word(q.begin) &&
      (capital_word(n.next) || (q.begin > line.begin && capital_word(q.begin - 1))))
    return true;
  // "first half", "third quarter", "the other half"
  if (n.fraction && q.begin > line.begin &&
      (analysis.Covers(q.begin - 1, Lexicon::kOrdinals) || numerals.Is(q.begin - 1, "part")))
    return true;
  return false;
}

}  // namespace dateline::extraction
