#include "services/extraction/analysis/analysis.h"

#include <algorithm>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using release::v1::Section;

bool IsTerminator(std::string_view mark) {
  return mark == "." || mark == "!" || mark == "?" || mark == "…" || mark == "。" || mark == "！" || mark == "？" ||
         mark == "؟" || mark == "۔" || mark == "｡";
}

// Terminators of scripts that put no space behind them.
bool NeedsNoSpace(std::string_view mark) {
  return mark == "。" || mark == "！" || mark == "？" || mark == "｡";
}

bool IsOpening(std::string_view mark) {
  return mark == "(" || mark == "[" || mark == "“" || mark == "‘" || mark == "«" || mark == "„" || mark == "「" ||
         mark == "『" || mark == "（" || mark == "《";
}

}  // namespace

std::uint32_t Analysis::TokenAt(std::size_t offset) const {
  const auto at = std::upper_bound(list_.tokens.begin(), list_.tokens.end(), offset,
                                   [](std::size_t o, const Token& token) { return o < token.end; });
  return static_cast<std::uint32_t>(at - list_.tokens.begin());
}

TokenRange Analysis::TokensOf(std::size_t begin, std::size_t end) const {
  TokenRange range{TokenAt(begin), 0};
  const auto at = std::lower_bound(list_.tokens.begin(), list_.tokens.end(), end,
                                   [](const Token& token, std::size_t o) { return token.begin < o; });
  range.end = static_cast<std::uint32_t>(at - list_.tokens.begin());
  return range;
}

bool Analysis::IsMainText(Section::Kind section) {
  return section == Section::LEAD || section == Section::BODY || section == Section::HEADING ||
         section == Section::QUOTE || section == Section::LIST || section == Section::TABLE;
}

const LexiconHit* Analysis::HitAt(std::uint32_t token, Lexicon lexicon) const {
  if (token >= size()) return nullptr;
  for (std::uint32_t i = first_hit_[token]; i < hits_.size() && hits_[i].begin == token; ++i) {
    if (hits_[i].lexicon == lexicon) return &hits_[i];
  }
  return nullptr;
}

const LexiconHit* Analysis::HitEndingAt(std::uint32_t token, Lexicon lexicon) const {
  if (token >= size() || !Covers(token, lexicon)) return nullptr;
  for (std::uint32_t begin = token; begin + kMaxPhraseTokens * 2 > token; --begin) {
    if (const LexiconHit* hit = HitAt(begin, lexicon); hit != nullptr) return hit->end == token + 1 ? hit : nullptr;
    if (begin == 0) break;
  }
  return nullptr;
}

void Analysis::SplitLines(const release::v1::Release& release) {
  int section = 0;
  for (std::uint32_t i = 0; i < size(); ++i) {
    Token& token = list_.tokens[i];
    if (!token.Has(kLineStart)) continue;
    if (!lines_.empty()) lines_.back().tokens.end = i;
    while (section < release.sections_size() && release.sections(section).span().end() <= token.begin) ++section;
    Line line;
    line.tokens.begin = i;
    if (section < release.sections_size()) line.section = release.sections(section).kind();
    const std::size_t gap = i == 0 ? 0 : list_.tokens[i - 1].end;
    const std::string_view between = text_.substr(gap, token.begin - gap);
    line.gap_before = std::count(between.begin(), between.end(), '\n') != 1;
    lines_.push_back(line);
  }
  if (!lines_.empty()) lines_.back().tokens.end = size();
}

// Whether the sentence ends with the mark at `token`; `behind` becomes the first token of the next one: closing
// quotation marks and brackets belong to the sentence that they end.
bool Analysis::EndsSentence(std::uint32_t token, std::uint32_t line_end, std::uint32_t* behind) const {
  const Token& mark = list_.tokens[token];
  const bool dotted = mark.kind == TokenKind::kWord && mark.Has(kDotted);
  const std::string_view words = Text(token);
  if (!dotted && (mark.kind == TokenKind::kWord || !IsTerminator(words))) return false;
  std::uint32_t next = token + 1;
  // Further marks and whatever closes, as long as nothing parts them from the stop.
  while (next < line_end && !list_.tokens[next].Has(kSpaceBefore) &&
         (IsTerminator(Text(next)) || (list_.tokens[next].kind == TokenKind::kMark && !IsOpening(Text(next)))))
    ++next;
  if (next >= line_end) return false;  // the line ends it
  const Token& follower = list_.tokens[next];
  if (!follower.Has(kSpaceBefore) && !NeedsNoSpace(words)) return false;
  // What begins the next sentence, behind opening marks.
  std::uint32_t word = next;
  while (word < line_end && list_.tokens[word].kind == TokenKind::kMark) ++word;
  const bool starts = word >= line_end || list_.tokens[word].kind != TokenKind::kWord ||
                      list_.tokens[word].Has(kCapital) || (list_.tokens[word].flags & (kCapital | kUpper)) != 0 ||
                      NeedsNoSpace(words);
  const bool caseless = word < line_end && !starts &&
                        static_cast<unsigned char>(text_[list_.tokens[word].begin]) >= 0xD6;  // Hebrew, Arabic and on
  if (!starts && !caseless) return false;
  if (dotted || mark.Has(kAbbreviationDot)) {
    const std::uint32_t abbreviation = dotted ? token : token - 1;
    const LexiconHit* hit = HitEndingAt(token, Lexicon::kAbbreviations);
    if (hit == nullptr) hit = HitEndingAt(abbreviation, Lexicon::kAbbreviations);
    const bool ends = hit != nullptr && Entry(*hit).Has(kEntryEnds);
    const bool stop_word = word < line_end && Covers(word, Lexicon::kStopWords);
    if (!ends && !stop_word) return false;
    if (ends && word < line_end && list_.tokens[word].kind == TokenKind::kNumber) return false;
  } else if (words == "." && word < line_end && list_.tokens[word].kind == TokenKind::kNumber && token > 0 &&
             list_.tokens[token - 1].Has(kAbbreviationDot)) {
    return false;
  } else if (words == "." && word < line_end && token > 0 && list_.tokens[token - 1].kind == TokenKind::kNumber &&
             list_.tokens[token - 1].size() <= 2 && Covers(word, Lexicon::kMonths)) {
    // "Am 11. November findet": an ordinal before its month.
    return false;
  }
  *behind = next;
  return true;
}

void Analysis::SplitSentences() {
  sentence_of_.resize(size());
  for (std::uint32_t l = 0; l < lines_.size(); ++l) {
    Line& line = lines_[l];
    line.first_sentence = static_cast<std::uint32_t>(sentences_.size());
    std::uint32_t begin = line.tokens.begin;
    for (std::uint32_t i = begin; i < line.tokens.end; ++i) {
      std::uint32_t behind = i + 1;
      const bool last = i + 1 == line.tokens.end;
      if (!last && !EndsSentence(i, line.tokens.end, &behind)) continue;
      list_.tokens[begin].flags |= kSentenceStart;
      std::fill(sentence_of_.begin() + begin, sentence_of_.begin() + behind,
                static_cast<std::uint32_t>(sentences_.size()));
      sentences_.push_back({{begin, behind}, l});
      begin = behind;
      i = behind - 1;
    }
    line.last_sentence = static_cast<std::uint32_t>(sentences_.size());
  }
}

void Analysis::IndexHits() {
  first_hit_.resize(size() + 1);
  covering_.resize(size());
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < size(); ++i) {
    while (next < hits_.size() && hits_[next].begin < i) ++next;
    first_hit_[i] = next;
  }
  first_hit_[size()] = static_cast<std::uint32_t>(hits_.size());
  for (const LexiconHit& hit : hits_) {
    for (std::uint32_t i = hit.begin; i < hit.end; ++i)
      covering_[i] |= std::uint64_t{1} << static_cast<std::size_t>(hit.lexicon);
  }
}

Analysis Analyze(const release::v1::Release& release, const LanguagePack& pack) {
  Analysis analysis;
  analysis.text_ = release.text();
  analysis.pack_ = &pack;
  analysis.list_ = Tokenize(analysis.text_, pack.word_rules());
  pack.MarkWords(&analysis.list_);
  analysis.hits_ = pack.Match(analysis.list_);
  analysis.IndexHits();
  analysis.SplitLines(release);
  analysis.SplitSentences();
  return analysis;
}

}  // namespace dateline::extraction
