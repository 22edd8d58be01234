#include "services/extraction/facts/quote_spans.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace dateline::extraction {
namespace {

// Quotations inside quotations that are told apart.
constexpr std::size_t kMaxNesting = 8;

// A mark that opens, and what closes it.
struct OpenMark {
  std::uint32_t token = 0;
  const LexiconEntry* pair = nullptr;
  bool straight = false;  // opens and closes alike
};

class PairFinder {
 public:
  explicit PairFinder(const Analysis& analysis) : a_(analysis) {}

  std::vector<QuoteSpan> Run() {
    for (std::uint32_t l = 0; l < a_.lines().size(); ++l) {
      const Line& line = a_.lines()[l];
      if (!Analysis::IsMainText(line.section) && line.section != release::v1::Section::CAPTION &&
          line.section != release::v1::Section::NOTES) {
        carried_.reset();
        continue;
      }
      ReadLine(l);
    }
    return std::move(spans_);
  }

 private:
  bool SpaceBehind(std::uint32_t token, std::uint32_t line_end) const {
    return token + 1 >= line_end || a_.token(token + 1).Has(kSpaceBefore);
  }

  // The pair that the mark at `token` opens here, if it can.
  std::optional<OpenMark> Opening(std::uint32_t token, const Line& line) const {
    const LexiconHit* hit = a_.HitAt(token, Lexicon::kQuoteMarks);
    if (hit == nullptr) return std::nullopt;
    const LexiconEntry& pair = a_.Entry(*hit);
    const bool straight = pair.phrase == pair.code;
    if (straight || pair.Has(kEntryAmbiguous)) {
      const bool first = token == line.tokens.begin;
      const bool free_before = first || a_.token(token).Has(kSpaceBefore) ||
                               a_.token(token - 1).kind == TokenKind::kMark ||
                               a_.token(token - 1).kind == TokenKind::kPunctuation;
      if (!free_before || SpaceBehind(token, line.tokens.end)) return std::nullopt;
    }
    return OpenMark{token, &pair, straight};
  }

  bool IsSingle(const LexiconEntry& pair) const {
    return pair.phrase == "'" || pair.phrase == "‘" || pair.phrase == "‚";
  }

  // Whether the mark at `token` closes `open`.
  bool Closes(const OpenMark& open, std::uint32_t token, const Line& line) const {
    const std::string_view mark = a_.Text(token);
    const bool german = open.pair->phrase == "„" && (mark == "“" || mark == "”" || mark == "\"");
    if (mark != open.pair->code && !german) return false;
    // A single mark inside a sentence may be an apostrophe: it closes only before a gap.
    if (IsSingle(*open.pair))
      return SpaceBehind(token, line.tokens.end) || a_.token(token + 1).kind != TokenKind::kWord;
    return !open.straight || !a_.token(token).Has(kSpaceBefore) || SpaceBehind(token, line.tokens.end);
  }

  // Marks that open and close alike are told apart by the gaps around them: a mark between a stop and a word closes.
  bool ClosesRather(std::uint32_t token) const {
    if (token == 0) return false;
    const std::string_view before = a_.Text(token - 1);
    return !a_.token(token).Has(kSpaceBefore) && (before == "," || before == "." || before == "?" || before == "!");
  }

  void ReadLine(std::uint32_t l) {
    const Line& line = a_.lines()[l];
    std::vector<OpenMark> open;
    std::vector<QuoteSpan> inner;
    bool continues = false;
    for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i) {
      if (a_.token(i).kind != TokenKind::kMark) continue;
      const std::optional<OpenMark> opening = Opening(i, line);
      if (open.empty()) {
        if (!opening.has_value()) continue;
        continues = i == line.tokens.begin && carried_.has_value() && *carried_ == opening->pair;
        open.push_back(*opening);
        continue;
      }
      if (Closes(open.back(), i, line) && (!opening.has_value() || !open.back().straight || ClosesRather(i))) {
        const QuoteSpan span = SpanOf(open.back(), i + 1, true);
        open.pop_back();
        if (open.empty()) {
          inner.clear();
          Add(span, continues);
        } else {
          while (!inner.empty() && inner.back().tokens.begin >= span.tokens.begin) inner.pop_back();
          inner.push_back(span);
        }
        continue;
      }
      if (opening.has_value() && opening->pair == open.back().pair && open.size() < kMaxNesting)
        open.push_back(*opening);
    }
    carried_.reset();
    if (open.empty()) return;
    const OpenMark& outer = open.front();
    if (!IsSingle(*outer.pair) && !outer.pair->Has(kEntryTitles) && OpensWith(l + 1, *outer.pair)) {
      Add(SpanOf(outer, line.tokens.end, false), continues);
      carried_ = outer.pair;
      return;
    }
    // The outer mark was never closed: what stands inside counts for itself.
    for (const QuoteSpan& span : inner) Add(span, false);
  }

  // Whether the next line of running text begins with this mark.
  bool OpensWith(std::uint32_t l, const LexiconEntry& pair) const {
    if (l >= a_.lines().size()) return false;
    const std::uint32_t first = a_.lines()[l].tokens.begin;
    return a_.token(first).kind == TokenKind::kMark && a_.Text(first) == pair.phrase;
  }

  QuoteSpan SpanOf(const OpenMark& open, std::uint32_t end, bool closed) const {
    QuoteSpan span;
    span.tokens = {open.token, end};
    span.words = {open.token + 1, closed ? end - 1 : end};
    span.closed = closed;
    span.titles = open.pair->Has(kEntryTitles);
    span.ambiguous = IsSingle(*open.pair);
    return span;
  }

  void Add(QuoteSpan span, bool continues) {
    if (span.words.empty()) return;
    span.continues = continues;
    spans_.push_back(span);
  }

  const Analysis& a_;
  std::vector<QuoteSpan> spans_;
  std::optional<const LexiconEntry*> carried_;  // the pair left open by the line before
};

}  // namespace

std::vector<QuoteSpan> FindQuoteSpans(const Analysis& analysis) {
  return PairFinder(analysis).Run();
}

}  // namespace dateline::extraction
