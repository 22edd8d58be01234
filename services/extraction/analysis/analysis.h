#pragma once
// The text of a release taken apart once for all finders: tokens, lexicon hits, sentences and lines (a line is a
// paragraph, or one item of a list) with the section they stand in. Flat arrays; indexes, never pointers. An Analysis
// borrows the text and the pack, which have to outlive it. Immutable after Analyze, thread-safe, linear in the text.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/analysis/tokens.h"
#include "services/extraction/language/language_pack.h"

namespace dateline::extraction {

// Tokens [begin, end).
struct TokenRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool empty() const { return begin >= end; }
  std::uint32_t size() const { return end > begin ? end - begin : 0; }
};

struct Sentence {
  TokenRange tokens;
  std::uint32_t line = 0;
};

struct Line {
  TokenRange tokens;
  std::uint32_t first_sentence = 0;
  std::uint32_t last_sentence = 0;  // behind the last one
  release::v1::Section::Kind section = release::v1::Section::KIND_UNSPECIFIED;
  bool gap_before = false;  // an empty line stands before it: it is no item of the same list
};

class Analysis {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::string_view text() const { return text_; }
  const LanguagePack& pack() const { return *pack_; }

  const std::vector<Token>& tokens() const { return list_.tokens; }
  const Token& token(std::uint32_t i) const { return list_.tokens[i]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(list_.tokens.size()); }
  // The folded form: small letters, ASCII digits and apostrophes.
  std::string_view Folded(std::uint32_t token) const { return list_.Folded(list_.tokens[token]); }
  // The words as in the text.
  std::string_view Text(TokenRange range) const {
    if (range.empty()) return {};
    return text_.substr(list_.tokens[range.begin].begin,
                        list_.tokens[range.end - 1].end - list_.tokens[range.begin].begin);
  }
  std::string_view Text(std::uint32_t token) const { return Text({token, token + 1}); }
  // The first token that ends behind byte `offset`: the one there, or the next; size() behind the last.
  std::uint32_t TokenAt(std::size_t offset) const;
  // The tokens that bytes [begin, end) touch.
  TokenRange TokensOf(std::size_t begin, std::size_t end) const;

  const std::vector<Sentence>& sentences() const { return sentences_; }
  const std::vector<Line>& lines() const { return lines_; }
  std::uint32_t SentenceOf(std::uint32_t token) const { return sentence_of_[token]; }
  std::uint32_t LineOf(std::uint32_t token) const { return sentences_[sentence_of_[token]].line; }
  release::v1::Section::Kind SectionOf(std::uint32_t token) const { return lines_[LineOf(token)].section; }
  // Whether the section is main text: lead, body, headings, quotes, lists, tables.
  static bool IsMainText(release::v1::Section::Kind section);

  // All lexicon hits in order of their beginning.
  const std::vector<LexiconHit>& hits() const { return hits_; }
  // The hit of `lexicon` that begins at `token`, or null.
  const LexiconHit* HitAt(std::uint32_t token, Lexicon lexicon) const;
  // The hit of `lexicon` that ends right behind `token`, or null.
  const LexiconHit* HitEndingAt(std::uint32_t token, Lexicon lexicon) const;
  // Whether a hit of `lexicon` covers `token`.
  bool Covers(std::uint32_t token, Lexicon lexicon) const {
    return (covering_[token] >> static_cast<std::size_t>(lexicon) & 1) != 0;
  }
  const LexiconEntry& Entry(const LexiconHit& hit) const { return pack_->entry(hit); }

 private:
  friend Analysis Analyze(const release::v1::Release& release, const LanguagePack& pack);
  void SplitLines(const release::v1::Release& release);
  void SplitSentences();
  void IndexHits();
  bool EndsSentence(std::uint32_t token, std::uint32_t line_end, std::uint32_t* behind) const;

  std::string_view text_;
  const LanguagePack* pack_ = nullptr;
  TokenList list_;
  std::vector<LexiconHit> hits_;
  std::vector<std::uint32_t> first_hit_;    // per token: the first hit that begins there or later
  std::vector<std::uint64_t> covering_;     // per token: lexicons with a hit over it
  std::vector<std::uint32_t> sentence_of_;  // per token
  std::vector<Sentence> sentences_;
  std::vector<Line> lines_;
};

// Takes release.text() apart by its sections. The release's text must not change while the result is used.
Analysis Analyze(const release::v1::Release& release, const LanguagePack& pack);

}  // namespace dateline::extraction
