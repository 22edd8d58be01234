#include "services/extraction/facts/quote_spans.h"

#include <optional>
#include <string_view>

namespace dateline::extraction {
namespace {

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

  void ReadLine(std::uint32_t l) {
    const Line& line = a_.lines()[l];
    std::optional<OpenMark> open;
    bool continues = false;
    int depth = 0;
    for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i) {
      if (a_.token(i).kind != TokenKind::kMark) continue;
      if (!open.has_value()) {
        open = Opening(i, line);
        depth = 0;
        continues = open.has_value() && i == line.tokens.begin && carried_.has_value() && *carried_ == open->pair;
        continue;
      }
      if (Closes(*open, i, line)) {
        if (depth > 0) {
          --depth;
          continue;
        }
        Add(*open, i + 1, true, continues);
        open.reset();
        continue;
      }
      const std::optional<OpenMark> inner = Opening(i, line);
      if (!inner.has_value() || inner->pair != open->pair) continue;
      // The same straight mark opens again: the first was never closed.
      if (inner->straight)
        open = inner, continues = false;
      else
        ++depth;
    }
    carried_.reset();
    if (!open.has_value() || IsSingle(*open->pair) || open->pair->Has(kEntryTitles)) return;
    if (!OpensWith(l + 1, *open->pair)) return;
    Add(*open, line.tokens.end, false, continues);
    carried_ = open->pair;
  }

  // Whether the next line of running text begins with this mark.
  bool OpensWith(std::uint32_t l, const LexiconEntry& pair) const {
    if (l >= a_.lines().size()) return false;
    const std::uint32_t first = a_.lines()[l].tokens.begin;
    return a_.token(first).kind == TokenKind::kMark && a_.Text(first) == pair.phrase;
  }

  void Add(const OpenMark& open, std::uint32_t end, bool closed, bool continues) {
    QuoteSpan span;
    span.tokens = {open.token, end};
    span.words = {open.token + 1, closed ? end - 1 : end};
    if (span.words.empty()) return;
    span.closed = closed;
    span.continues = continues;
    span.titles = open.pair->Has(kEntryTitles);
    span.ambiguous = IsSingle(*open.pair);
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
