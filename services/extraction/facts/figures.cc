#include "services/extraction/facts/figures.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/facts/figure_context.h"
#include "services/extraction/facts/figure_signs.h"
#include "services/extraction/facts/figure_units.h"
#include "services/extraction/facts/numerals.h"
#include "services/extraction/facts/quote_spans.h"

namespace dateline::extraction {
namespace {

using release::v1::Figure;
using release::v1::Section;

// Words before a number that can bound it: "an estimated", "no fewer than".
struct Comparator {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string_view sign;
};

bool IsFigureSection(Section::Kind kind) {
  return Analysis::IsMainText(kind) || kind == Section::CAPTION || kind == Section::NOTES;
}

class FigureFinder {
 public:
  FigureFinder(const FactContext& context, release::v1::Release* release)
      : analysis_(context.analysis),
        numerals_(analysis_),
        units_(analysis_, numerals_),
        taken_(analysis_.size(), false),
        named_(analysis_.size(), false),
        release_(release) {
    for (const release::v1::DateMention& date : release->dates()) {
      const TokenRange range = analysis_.TokensOf(date.span().start(), date.span().end());
      for (std::uint32_t i = range.begin; i < range.end; ++i) taken_[i] = true;
    }
    MarkNames();
  }

  void Run() {
    for (const Line& line : analysis_.lines()) {
      if (!IsFigureSection(line.section)) continue;
      line_ = line.tokens;
      for (std::uint32_t at = line_.begin; at < line_.end;) {
        if (release_->figures_size() >= kMaxFigures) return;
        at = Next(at);
      }
    }
  }

 private:
  // Short quotations that are no speech are names and titles: a bare number inside them counts nothing.
  void MarkNames() {
    constexpr std::uint32_t kMaxNameTokens = 15;
    int quote = 0;
    for (const QuoteSpan& span : FindQuoteSpans(analysis_)) {
      if (span.words.empty() || span.words.size() > kMaxNameTokens) continue;
      const std::uint32_t begin = analysis_.token(span.tokens.begin).begin;
      while (quote < release_->quotes_size() && release_->quotes(quote).span().end() <= begin) ++quote;
      if (quote < release_->quotes_size() && release_->quotes(quote).span().start() <= begin) continue;
      for (std::uint32_t i = span.words.begin; i < span.words.end; ++i) named_[i] = true;
    }
  }

  // Reads at `at`; returns where to go on.
  std::uint32_t Next(std::uint32_t at) {
    if (taken_[at] || !MayBegin(at)) return at + 1;
    std::uint32_t run_end = at + 1;
    if (analysis_.token(at).kind == TokenKind::kNumber && IsNumberRun(analysis_, at, line_, &run_end)) return run_end;
    std::optional<Quantity> first = ReadQuantity(at);
    if (!first.has_value()) return at + 1;
    // "two in three", "16 out of 20": one figure, the share.
    if (const std::uint32_t end = TakeShare(&*first); end > 0) return Accept(*first, nullptr) ? end : at + 1;
    bool range = false;
    const std::uint32_t link = LinkBehind(*first, &range);
    if (link > 0 && link < line_.end && !taken_[link]) {
      if (std::optional<Quantity> second = ReadQuantity(link); second.has_value() && Pair(&*first, *second)) {
        Accept(*first, range ? &*second : nullptr);
        // The second is read again in its turn, with its own comparator.
        return first->next;
      }
    }
    return Accept(*first, nullptr) ? first->next : std::max(first->number.next, at + 1);
  }

  bool MayBegin(std::uint32_t at) const {
    return analysis_.token(at).kind == TokenKind::kNumber || analysis_.Covers(at, Lexicon::kNumberWords) ||
           analysis_.Covers(at, Lexicon::kFractions) || analysis_.Covers(at, Lexicon::kCurrencies) ||
           numerals_.Is(at, "article");
  }

  std::optional<Quantity> ReadQuantity(std::uint32_t at) const {
    Quantity q;
    q.begin = at;
    std::uint32_t number = at;
    const LexiconHit* currency = analysis_.HitAt(at, Lexicon::kCurrencies);
    if (currency != nullptr && analysis_.Entry(*currency).Has(kEntryAfter)) currency = nullptr;
    if (currency != nullptr) number = currency->end;
    if (number >= line_.end || analysis_.token(number).Has(kLineStart) != (number == line_.begin)) return std::nullopt;
    const std::optional<Numeral> numeral = numerals_.Read(number, currency != nullptr);
    if (!numeral.has_value() || numeral->next > line_.end) return std::nullopt;
    q.number = *numeral;
    q.next = numeral->next;
    if (currency != nullptr) {
      q.unit = {UnitKind::kMoney, analysis_.Entry(*currency).code, q.next};
      return q;
    }
    q.unit = units_.Read(q.number, line_.end);
    if (q.unit.kind == UnitKind::kMoney) {
      // "15m euros": now that it is money, the letter is a scale.
      if (const auto again = numerals_.Read(number, true); again.has_value() && again->next > q.number.next) {
        q.number = *again;
        q.unit = units_.Read(q.number, line_.end);
      }
    }
    if (q.unit.kind != UnitKind::kNone) q.next = q.unit.next;
    q.negative = IsNegative(q);
    return q;
  }

  // "-5 %", "−12 °C": only what can lie below zero.
  bool IsNegative(const Quantity& q) const {
    if (q.unit.kind != UnitKind::kPercent && !q.unit.unit.starts_with("degrees")) return false;
    if (q.begin == line_.begin || analysis_.token(q.begin).Has(kSpaceBefore)) return false;
    const std::string_view sign = analysis_.Text(q.begin - 1);
    return (sign == "-" || sign == "\u2212") && analysis_.token(q.begin - 1).Has(kSpaceBefore) &&
           q.begin - 1 > line_.begin && analysis_.token(q.begin - 2).kind == TokenKind::kWord;
  }

  // "two out of three miners": makes `first` the share and returns the token behind it; 0 when it is none.
  std::uint32_t TakeShare(Quantity* first) const {
    const Numeral& n = first->number;
    // "one household in three": what is counted stands between.
    const bool counted = first->unit.kind == UnitKind::kNoun && n.words && n.value == 1;
    if ((first->unit.kind != UnitKind::kNone && !counted) || n.scale != 1 || n.fraction) return 0;
    const std::uint32_t behind = counted ? first->unit.next : n.next;
    if (behind >= line_.end) return 0;
    const LexiconHit* link = analysis_.HitAt(behind, Lexicon::kNumberRules);
    if (link == nullptr || (analysis_.Entry(*link).code != "out_of" && analysis_.Entry(*link).code != "in")) return 0;
    // "one in five" and "1 in 150" are shares, "three in four are men" is one; "two in three districts" is none, and of
    // "16 out of 20" both are counts.
    const bool in = analysis_.Entry(*link).code == "in";
    if (counted && !in) return 0;
    if (n.value != 1 && !n.words) return 0;
    if (link->end >= line_.end || taken_[link->end]) return 0;
    const std::optional<Quantity> whole = ReadQuantity(link->end);
    if (!whole.has_value() || whole->number.scale != 1 || whole->number.value <= n.value || whole->number.value < 2 ||
        whole->unit.kind == UnitKind::kMoney || whole->unit.kind == UnitKind::kPercent ||
        (n.value != 1 && (!whole->number.words || (in && whole->unit.kind != UnitKind::kNone))) ||
        (counted && (!whole->number.words || whole->unit.kind != UnitKind::kNone)))
      return 0;
    const double share = n.value / whole->number.value;
    first->number.value = n.words ? FractionOf(share, 1) : share;
    first->number.fraction = true;
    first->number.words = true;
    if (!counted) first->unit = whole->unit;
    first->next = whole->next;
    return whole->next;
  }

  // The token behind what links a number to the next one ("to", "-", "and"); 0 when nothing does. `range` tells
  // whether both are the ends of one range.
  std::uint32_t LinkBehind(const Quantity& q, bool* range) const {
    std::uint32_t at = q.next;
    if (at + 1 >= line_.end) return 0;
    const Token& t = analysis_.token(at);
    const std::string_view sign = analysis_.Text(at);
    if (t.kind == TokenKind::kPunctuation &&
        (sign == "-" || sign == "\u2013" || sign == "\u2014" || sign == "\u2011")) {
      // Close on both sides or open on both.
      if (t.Has(kSpaceBefore) != analysis_.token(at + 1).Has(kSpaceBefore)) return 0;
      *range = !t.Has(kSpaceBefore);
      return *range ? at + 1 : 0;
    }
    if (sign == "~" || sign == "\uFF5E") {
      *range = true;
      return at + 1;
    }
    const LexiconHit* hit = analysis_.HitAt(at, Lexicon::kNumberRules);
    if (hit == nullptr) return 0;
    const std::string& code = analysis_.Entry(*hit).code;
    if (code == "range") {
      *range = true;
      return hit->end;
    }
    if (code == "link" || code == "coordination") {
      *range = q.begin > line_.begin && numerals_.Is(q.begin - 1, "between");
      return hit->end;
    }
    return 0;
  }

  // Whether the two numbers belong together; the first takes what it lacks from the second: "35 to 40 miles",
  // "$2 to 3 million", "between 14 and 40 years".
  bool Pair(Quantity* first, const Quantity& second) const {
    if (first->unit.kind != UnitKind::kNone && first->unit.kind != UnitKind::kMoney) return true;
    const bool money = first->unit.kind == UnitKind::kMoney;
    if (money && second.unit.kind != UnitKind::kNone && second.unit.kind != UnitKind::kMoney) return false;
    if (first->number.fraction || second.number.fraction) return false;
    Numeral& n = first->number;
    if (n.scale == 1 && second.number.scale != 1 && n.value < 1000 && n.value <= second.number.unscaled) {
      n.value *= second.number.scale;
      n.scale = second.number.scale;
      n.digits = 0;
    }
    if (!money) first->unit = {second.unit.kind, second.unit.unit, first->next};
    return true;
  }

  // The longest words before token `at` that bound the number there.
  std::optional<Comparator> ComparatorBefore(std::uint32_t at) const {
    if (at == line_.begin) return std::nullopt;
    const LexiconHit* hit = analysis_.HitEndingAt(at - 1, Lexicon::kComparators);
    if (hit == nullptr || hit->begin < line_.begin || analysis_.Entry(*hit).Has(kEntryAfter)) return std::nullopt;
    return Comparator{hit->begin, hit->end, analysis_.Entry(*hit).code};
  }

  std::optional<Comparator> ComparatorBehind(std::uint32_t at) const {
    const LexiconHit* hit = analysis_.HitAt(at, Lexicon::kComparators);
    if (hit == nullptr || hit->end > line_.end || !analysis_.Entry(*hit).Has(kEntryAfter)) return std::nullopt;
    return Comparator{hit->begin, hit->end, analysis_.Entry(*hit).code};
  }

  // Writes the figure unless the number is no quantity.
  bool Accept(Quantity q, const Quantity* upper) {
    std::uint32_t begin = q.begin;
    std::uint32_t end = q.next;
    std::string_view sign = "=";
    if (const auto comparator = ComparatorBefore(begin); comparator.has_value()) {
      begin = comparator->begin;
      sign = comparator->sign;
      q.compared = true;
    } else if (const auto behind = ComparatorBehind(q.number.next); behind.has_value()) {
      sign = behind->sign;
      end = std::max(end, behind->end);
      q.compared = true;
    } else if (const auto later = ComparatorBehind(end); later.has_value()) {
      sign = later->sign;
      end = later->end;
      q.compared = true;
    }
    if (IsName(analysis_, numerals_, q, line_)) return false;
    const std::optional<Verdict> verdict = Judge(q, upper != nullptr);
    if (!verdict.has_value()) return false;
    Figure* figure = release_->add_figures();
    figure->set_text(std::string(analysis_.Text(TokenRange{begin, end})));
    *figure->mutable_span() = SpanOf(analysis_, TokenRange{begin, end});
    figure->set_value(q.negative ? -q.number.value : q.number.value);
    figure->set_unit(q.unit.unit);
    figure->set_comparator(std::string(sign));
    figure->set_confidence(verdict->confidence);
    figure->set_rule(std::string(verdict->rule));
    if (upper != nullptr && upper->number.value >= q.number.value) figure->set_value_to(upper->number.value);
    return true;
  }

  struct Verdict {
    std::string_view rule;
    release::v1::Confidence confidence;
  };

  // The rule that makes the quantity a figure; nullopt when it states nothing.
  std::optional<Verdict> Judge(const Quantity& q, bool range) const {
    const Numeral& n = q.number;
    const bool table = analysis_.SectionOf(q.begin) == Section::TABLE;
    switch (q.unit.kind) {
      case UnitKind::kMoney:
        return Verdict{"figure.money", release::v1::HIGH};
      case UnitKind::kPercent:
        return Verdict{"figure.percent", release::v1::HIGH};
      case UnitKind::kMeasure:
        return Verdict{n.fraction ? "figure.fraction" : "figure.measure",
                       n.fraction ? release::v1::MEDIUM : release::v1::HIGH};
      case UnitKind::kCompound:
        return Verdict{"figure.compound", release::v1::MEDIUM};
      case UnitKind::kNoun:
        if (n.fraction) return Verdict{"figure.fraction", release::v1::MEDIUM};
        if (n.words && n.value == 0) return std::nullopt;  // "zero tolerance"
        if (n.words && n.value == 1 && !q.compared) return JudgeOne(q);
        return Verdict{"figure.count", release::v1::HIGH};
      case UnitKind::kNone:
        break;
    }
    if (n.fraction) return Verdict{"figure.fraction", q.compared ? release::v1::HIGH : release::v1::MEDIUM};
    if (n.scale > 1) return Verdict{"figure.scaled", release::v1::HIGH};
    if (n.words)
      return q.compared || range ? std::optional(Verdict{"figure.compared", release::v1::MEDIUM}) : std::nullopt;
    if (q.compared) return Verdict{"figure.compared", release::v1::HIGH};
    if (table || n.value == 0 || named_[q.begin]) return std::nullopt;
    return Verdict{n.grouped ? "figure.grouped" : "figure.bare", n.grouped ? release::v1::HIGH : release::v1::MEDIUM};
  }

  // "one" is as often a pronoun as a number: it counts right before its noun, and not behind another determiner.
  std::optional<Verdict> JudgeOne(const Quantity& q) const {
    if (numerals_.Is(q.number.next, "of") || numerals_.Is(q.number.next, "vague")) return std::nullopt;
    // "une lettre", "ein Brief": an article that is the number too.
    if (analysis_.token(q.begin).Has(kSentenceStart) || numerals_.Is(q.begin, "article") ||
        analysis_.Covers(q.begin, Lexicon::kDeterminers))
      return std::nullopt;
    if (q.begin > line_.begin) {
      const std::uint32_t before = q.begin - 1;
      if (analysis_.Covers(before, Lexicon::kDeterminers) || analysis_.Covers(before, Lexicon::kPronouns) ||
          analysis_.token(before).Has(kClitic))
        return std::nullopt;
    }
    return Verdict{"figure.one", release::v1::MEDIUM};
  }

  const Analysis& analysis_;
  NumeralReader numerals_;
  UnitReader units_;
  std::vector<bool> taken_;  // tokens of dates
  std::vector<bool> named_;  // tokens inside quoted names
  TokenRange line_;
  release::v1::Release* release_;
};

}  // namespace

void FindFigures(const FactContext& context, release::v1::Release* release) {
  FigureFinder(context, release).Run();
  AttributeFigures(context, release);
}

}  // namespace dateline::extraction
