#include "services/extraction/facts/quotes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/extraction/facts/attribution.h"
#include "services/extraction/facts/quote_spans.h"
#include "services/extraction/facts/source_works.h"
#include "services/extraction/facts/speakers.h"

namespace dateline::extraction {
namespace {

using release::v1::Section;

// Fewer words in quotation marks are a term or a scare quote, with and without somebody who says them.
constexpr std::uint32_t kMinWordsSaid = 3;
constexpr std::uint32_t kMinWordsAlone = 5;
// The least of an attributed part of a sentence: "said that it was “…”".
constexpr std::uint32_t kMinWordsFragment = 6;
// A paragraph that is set as somebody's words without quotation marks has at least so many.
constexpr std::uint32_t kMinBlockWords = 8;
// How many paragraphs one lead-in introduces.
constexpr std::uint32_t kMaxBlockLines = 30;

bool IsStop(std::string_view mark) {
  return mark == "." || mark == "," || mark == "?" || mark == "!" || mark == "…" || mark == "。" || mark == "，" ||
         mark == "！" || mark == "？" || mark == "-" || mark == "—" || mark == "–" || mark == ";" || mark == ":";
}

class QuoteFinder {
 public:
  QuoteFinder(const FactContext& context, release::v1::Release* release)
      : a_(context.analysis),
        release_(release),
        spans_(FindQuoteSpans(a_)),
        speakers_(a_, *release, spans_),
        attributor_(a_, spans_, speakers_),
        works_(a_) {}

  void Run() {
    std::size_t next = 0;
    for (std::uint32_t line = 0; line < a_.lines().size(); ++line) {
      const std::uint32_t end = a_.lines()[line].tokens.end;
      const std::size_t first = next;
      for (; next < spans_.size() && spans_[next].tokens.begin < end; ++next) Read(next);
      if (next == first) ReadBlock(line);
    }
  }

 private:
  std::uint32_t Words(TokenRange range) const {
    std::uint32_t words = 0;
    std::uint32_t ideographs = 0;
    for (std::uint32_t i = range.begin; i < range.end; ++i) {
      const TokenKind kind = a_.token(i).kind;
      if (kind == TokenKind::kIdeograph) ++ideographs;
      if (kind == TokenKind::kWord || kind == TokenKind::kNumber) ++words;
    }
    // A word of Chinese or Japanese is some two characters long.
    words += ideographs / 2;
    return words;
  }

  // Begins like a sentence and ends with a stop, before or right behind the closing mark.
  bool IsSentence(const QuoteSpan& span) const {
    const Token& first = a_.token(span.words.begin);
    const bool begins = first.kind != TokenKind::kWord || first.Has(kCapital) ||
                        static_cast<unsigned char>(a_.Text(span.words.begin).front()) >= 0xD7;
    return begins && (IsStop(a_.Text(span.words.end - 1)) || !span.closed);
  }

  // Where the stop stands behind the closing mark: «…», said Quay.
  bool StopsBehind(const QuoteSpan& span) const {
    const Token& first = a_.token(span.words.begin);
    return span.closed && span.tokens.end < a_.size() && IsStop(a_.Text(span.tokens.end)) &&
           (first.Has(kCapital) || static_cast<unsigned char>(a_.Text(span.words.begin).front()) >= 0xD7);
  }

  // The title of a work: announced as one, or all its longer words are capitalised and no stop ends it.
  bool IsTitle(const QuoteSpan& span) const {
    std::uint32_t before = span.tokens.begin;
    if (before > 0 && (a_.Text(before - 1) == "," || a_.Text(before - 1) == ":")) --before;
    if (before > 0 && a_.LineOf(before - 1) == a_.LineOf(span.tokens.begin)) {
      if (const LexiconHit* cue = a_.HitEndingAt(before - 1, Lexicon::kTitleCues);
          cue != nullptr && before == span.tokens.begin)
        return true;
    }
    std::uint32_t small = 0;
    std::uint32_t large = 0;
    for (std::uint32_t i = span.words.begin; i < span.words.end; ++i) {
      const Token& token = a_.token(i);
      if (token.kind != TokenKind::kWord || token.Has(kClitic) || a_.Covers(i, Lexicon::kConnectors) ||
          a_.Covers(i, Lexicon::kPrepositions) || a_.Covers(i, Lexicon::kDeterminers))
        continue;
      ++(token.Has(kCapital) ? large : small);
    }
    return large >= 2 && large > 3 * small && !IsStop(a_.Text(span.words.end - 1));
  }

  // `or "The Duke Cunningham Act."`, `"The Fairness Act of 2005,"`: the name of a work in capitals, with the stop of
  // the sentence inside the marks as Americans set it.
  bool IsNameOfWork(const QuoteSpan& span) const {
    std::uint32_t noun = 0;
    for (std::uint32_t i = span.words.begin; i < span.words.end; ++i) {
      const Token& token = a_.token(i);
      if (token.kind != TokenKind::kWord || token.Has(kClitic)) continue;
      if (!token.Has(kCapital) && !a_.Covers(i, Lexicon::kConnectors) && !a_.Covers(i, Lexicon::kPrepositions) &&
          !a_.Covers(i, Lexicon::kDeterminers))
        return false;
      if (token.Has(kCapital) && a_.Covers(i, Lexicon::kWorkNouns)) noun = i;
    }
    constexpr std::uint32_t kBehindNoun = 4;
    return noun > span.words.begin && noun + kBehindNoun >= span.words.end;
  }

  // Whom the title announces, found out once.
  const std::optional<Attribution>& Title() {
    if (!title_.has_value()) title_ = attributor_.Title();
    return *title_;
  }

  void Read(std::size_t index) {
    const QuoteSpan& span = spans_[index];
    if (span.titles) return;
    const std::uint32_t words = Words(span.words);
    if (words < kMinWordsSaid || IsNameOfWork(span)) return;
    std::optional<Attribution> attribution;
    bool continues = span.continues && last_.has_value();
    if (continues) {
      attribution = last_;
      attribution->rule = "quote.next_paragraph";
    } else {
      attribution = attributor_.Beside(index);
    }
    const bool sentence = IsSentence(span);
    if (!attribution.has_value() && IsTitle(span)) return;
    if (attribution.has_value() && !continues && !sentence && (IsTitle(span) || words < kMinWordsFragment) &&
        (IsTitle(span) || !StopsBehind(span)))
      return;
    const std::uint32_t line = a_.LineOf(span.tokens.begin);
    if (!attribution.has_value()) {
      // Without a stop of its own it may go on from one in the same paragraph.
      const bool goes_on = last_.has_value() && last_line_ == line && StopsBehind(span);
      if ((!sentence && !goes_on) || words < kMinWordsAlone) return;
      if (last_.has_value() && last_line_ == line) {
        attribution = last_;
        attribution->rule = "quote.same_paragraph";
        continues = true;
      } else if (auto before = attributor_.SentenceBefore(index);
                 before.has_value() && before->confidence != release::v1::LOW) {
        attribution = std::move(before);
      } else if (last_.has_value() && last_line_ + 1 == line && span.tokens.begin == a_.lines()[line].tokens.begin) {
        attribution = last_;
        attribution->rule = "quote.next_paragraph";
        attribution->confidence = release::v1::MEDIUM;
        continues = true;
      } else if (attribution = attributor_.SentenceBefore(index); !attribution.has_value()) {
        attribution = Title();
      }
    }
    Add(span.tokens, attribution, continues);
    last_ = std::move(attribution);
    last_line_ = line;
  }

  // A paragraph of somebody's words without quotation marks, behind "Quay said:".
  void ReadBlock(std::uint32_t line) {
    const Line& block = a_.lines()[line];
    if (block.section != Section::BODY && block.section != Section::QUOTE && block.section != Section::LEAD) return;
    if (line == 0 || Words(block.tokens) < kMinBlockWords || !IsStop(a_.Text(block.tokens.end - 1))) return;
    std::optional<Attribution> attribution;
    bool continues = false;
    if (block_ != 0 && block_ + 1 == line && block_lines_ < kMaxBlockLines &&
        (block.section == Section::QUOTE || SpeaksOfSelf(block.tokens))) {
      attribution = last_;
      attribution->rule = "quote.next_paragraph";
      attribution->confidence = release::v1::MEDIUM;
      continues = true;
      ++block_lines_;
    } else if (attribution = attributor_.LeadIn(line - 1); attribution.has_value()) {
      attribution->rule = "quote.block";
      attribution->confidence = std::max(attribution->confidence, release::v1::MEDIUM);
      block_lines_ = 1;
    } else {
      return;
    }
    block_ = line;
    Add(UpToClosingMark(block.tokens), attribution, continues);
    last_ = std::move(attribution);
    last_line_ = line;
  }

  // A paragraph whose mark was opened before it ends where that is closed: `… more open systems," Quay said.`
  TokenRange UpToClosingMark(TokenRange block) const {
    for (std::uint32_t i = block.begin + 1; i < block.end; ++i) {
      if (a_.token(i).kind != TokenKind::kMark || (a_.Text(i) != "\"" && a_.Text(i) != "”")) continue;
      return !a_.token(i).Has(kSpaceBefore) && IsStop(a_.Text(i - 1)) ? TokenRange{block.begin, i + 1} : block;
    }
    return block;
  }

  bool SpeaksOfSelf(TokenRange range) const {
    for (std::uint32_t i = range.begin; i < range.end; ++i) {
      const LexiconHit* hit = a_.HitAt(i, Lexicon::kPronouns);
      if (hit != nullptr && a_.Entry(*hit).Has(kEntryFirstPerson)) return true;
    }
    return false;
  }

  void Add(TokenRange tokens, const std::optional<Attribution>& attribution, bool continues) {
    release::v1::Quote* quote = release_->add_quotes();
    quote->set_text(std::string(a_.Text(tokens)));
    *quote->mutable_span() = SpanOf(a_, tokens);
    quote->set_continues(continues);
    if (!attribution.has_value()) {
      quote->set_confidence(release::v1::LOW);
      quote->set_rule("quote.marks");
      work_.clear();
      return;
    }
    quote->set_rule(std::string(attribution->rule));
    quote->set_confidence(attribution->confidence);
    quote->set_speaker(attribution->speaker.name);
    // Of a speaker who is not named the verb is all that is known.
    if (attribution->cue.empty() || attribution->speaker.tokens.begin != attribution->cue.begin)
      *quote->mutable_speaker_span() = SpanOf(a_, attribution->speaker.tokens);
    if (!attribution->cue.empty()) quote->set_cue(std::string(a_.Text(attribution->cue)));
    // What goes on from a quotation goes on from its source.
    if (!continues) work_ = works_.NameOf(*attribution, tokens);
    quote->set_source_work(work_);
  }

  const Analysis& a_;
  release::v1::Release* release_;
  std::vector<QuoteSpan> spans_;
  Speakers speakers_;
  Attributor attributor_;
  SourceWorks works_;
  std::string work_;  // that the quotation before is from
  std::optional<std::optional<Attribution>> title_;
  std::optional<Attribution> last_;  // of the quotation before
  std::uint32_t last_line_ = 0;
  std::uint32_t block_ = 0;  // the last line that was a block, 0 for none
  std::uint32_t block_lines_ = 0;
};

}  // namespace

void FindQuotes(const FactContext& context, release::v1::Release* release) {
  QuoteFinder(context, release).Run();
}

}  // namespace dateline::extraction
