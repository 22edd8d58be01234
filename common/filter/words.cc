#include "common/filter/words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::filter {

// Scripts in which words are not separated, or (Korean) particles hang on to them.
bool IsUnspaced(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF) || (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
         (c >= 0x1780 && c <= 0x17FF);
}

bool MayHaveUnspaced(std::string_view words) {
  constexpr unsigned char kFirstLead = 0xE0;  // Of U+0800.
  unsigned char highest = 0;
  for (const char c : words) highest = std::max(highest, static_cast<unsigned char>(c));
  return highest >= kFirstLead;
}

namespace {

bool IsAscii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

// Combining accents of Latin, Greek and Cyrillic; Arabic vowel signs, hamza and
// madda on a letter, and the stretching tatweel.
bool IsIgnoredMark(UChar32 c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x064B && c <= 0x0655) || c == 0x0670 || c == 0x0640;
}

bool IsWordCharacter(UChar32 c) {
  return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) != 0;
}

// A run of text without ASCII: case, compatibility forms and marks folded, what is no word character a space.
std::string FoldRun(std::string_view run) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* decompose = icu::Normalizer2::getNFDInstance(error);
  const icu::Normalizer2* compose = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return std::string(run);
  const icu::UnicodeString source =
      icu::UnicodeString::fromUTF8(icu::StringPiece(run.data(), static_cast<int32_t>(run.size())));
  const icu::UnicodeString open = decompose->normalize(casefold->normalize(source, error), error);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < open.length();) {
    const UChar32 c = open.char32At(i);
    i += U16_LENGTH(c);
    if (IsIgnoredMark(c)) continue;
    kept.append(IsWordCharacter(c) ? c : UChar32{' '});
  }
  std::string out;
  compose->normalize(kept, error).toUTF8String(out);
  return U_FAILURE(error) ? std::string(run) : out;
}

// What an ASCII character becomes: a small letter, a digit, or a space.
constexpr std::array<char, 128> kFoldedAscii = [] {
  std::array<char, 128> folded{};
  for (size_t i = 0; i < folded.size(); ++i) {
    const char c = static_cast<char>(i);
    const bool capital = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    folded[i] = capital ? static_cast<char>(c - 'A' + 'a') : kept ? c : ' ';
  }
  return folded;
}();

// The folded forms of characters that fold alike whatever stands beside them: Latin, Greek, Cyrillic, punctuation and
// letter-like signs, which make up nearly all that is not ASCII in the texts of scripts with spaces.
class LoneFolds {
 public:
  static const LoneFolds& Get() {
    static const LoneFolds folds;
    return folds;
  }

  // Appends the folded run to `out`; false, with nothing appended, when a character is none of these.
  bool Fold(std::string_view run, std::string* out) const {
    const size_t before = out->size();
    for (size_t at = 0; at < run.size();) {
      const text::CodePoint c = text::CodePointAt(run, at);
      const Form* form = FormOf(c.value);
      if (form == nullptr && !IsUnified(c.value)) {
        out->resize(before);
        return false;
      }
      if (form == nullptr) {
        out->append(run.substr(at, c.length));
      } else {
        out->append(form->bytes.data(), form->size);
      }
      at += std::max<size_t>(c.length, 1);
    }
    return true;
  }

 private:
  struct Form {
    uint8_t size = kNone;
    std::array<char, 7> bytes{};
  };
  static constexpr uint8_t kNone = 0xFF;
  static constexpr char32_t kLettersEnd = 0x530;
  static constexpr char32_t kSignsBegin = 0x2000;
  static constexpr char32_t kSignsEnd = 0x2150;

  LoneFolds() : letters_(kLettersEnd), signs_(kSignsEnd - kSignsBegin) {
    for (char32_t c = 0x80; c < kLettersEnd; ++c) letters_[c] = Make(c);
    for (char32_t c = kSignsBegin; c < kSignsEnd; ++c) signs_[c - kSignsBegin] = Make(c);
  }

  static Form Make(char32_t c) {
    // A mark may compose with what stands before it.
    const auto code = static_cast<UChar32>(c);
    if ((U_GET_GC_MASK(code) & U_GC_M_MASK) != 0 || u_getCombiningClass(code) != 0) return {};
    std::string character;
    text::AppendUtf8(c, character);
    const std::string folded = FoldRun(character);
    Form form;
    if (folded.size() > form.bytes.size()) return form;
    form.size = static_cast<uint8_t>(folded.size());
    std::copy(folded.begin(), folded.end(), form.bytes.begin());
    return form;
  }

  const Form* FormOf(char32_t c) const {
    const Form* form = nullptr;
    if (c >= 0x80 && c < kLettersEnd) form = &letters_[c];
    if (c >= kSignsBegin && c < kSignsEnd) form = &signs_[c - kSignsBegin];
    return form == nullptr || form->size == kNone ? nullptr : form;
  }
  // Unified ideographs fold to themselves.
  static bool IsUnified(char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; }

  std::vector<Form> letters_;
  std::vector<Form> signs_;
};

// Appends ASCII folded, with every run of other characters than letters and digits one space.
void AppendFoldedAscii(std::string_view ascii, std::string* out) {
  const size_t before = out->size();
  bool space = before > 0 && out->back() == ' ';
  out->resize(before + ascii.size());
  char* to = out->data() + before;
  for (const char c : ascii) {
    const char folded = kFoldedAscii[static_cast<unsigned char>(c)];
    const bool is_space = folded == ' ';
    *to = folded;
    to += is_space && space ? 0 : 1;
    space = is_space;
  }
  out->resize(static_cast<size_t>(to - out->data()));
}

// Folded, with every run of other characters one space, not trimmed.
void FoldInto(std::string_view text, std::string* out) {
  out->clear();
  std::string run;
  for (size_t i = 0; i < text.size();) {
    const size_t ascii_end = text::SkipAscii(text, i);
    AppendFoldedAscii(text.substr(i, ascii_end - i), out);
    i = ascii_end;
    while (i < text.size() && !IsAscii(text[i])) ++i;
    if (i == ascii_end) continue;
    run.clear();
    const std::string_view source = text.substr(ascii_end, i - ascii_end);
    if (!LoneFolds::Get().Fold(source, &run)) run = FoldRun(source);
    bool space = !out->empty() && out->back() == ' ';
    for (const char c : run) {
      if (c != ' ' || !space) out->push_back(c);
      space = c == ' ';
    }
  }
}

std::string Fold(std::string_view text) {
  std::string out;
  FoldInto(text, &out);
  return out;
}

bool IsGap(char c) {
  return c == ' ' || c == '\n';
}

// Whether a match may begin or end at `at`, where the characters on both sides are given by the text itself.
bool IsWordEdge(std::string_view words, size_t at) {
  if (at == 0 || at == words.size() || IsGap(words[at - 1]) || IsGap(words[at])) return true;
  if (IsAscii(words[at - 1]) && IsAscii(words[at])) return false;
  return IsUnspaced(text::CodePointBefore(words, at).value) || IsUnspaced(text::CodePointAt(words, at).value);
}

// Where the word that stands before or at `at` ends; for an open wildcard, which takes at most kWildcardBytesMax.
size_t WordEnd(std::string_view words, size_t at) {
  const size_t most = std::min(words.size(), at + kWildcardBytesMax);
  while (at < most && !IsGap(words[at])) {
    const text::CodePoint c = text::CodePointAt(words, at);
    if (IsUnspaced(c.value)) break;
    at += std::max<size_t>(c.length, 1);
  }
  return std::min(at, words.size());
}

}  // namespace

void FoldWords(std::string_view text, std::string* out) {
  FoldInto(text, out);
  if (!out->empty() && out->back() == ' ') out->pop_back();
  if (!out->empty() && out->front() == ' ') out->erase(0, 1);
}

std::string FoldWords(std::string_view text) {
  std::string out;
  FoldWords(text, &out);
  return out;
}

WordPattern::WordPattern(const Pattern& pattern) {
  for (const std::string& piece : pattern.pieces) pieces_.push_back(Fold(piece));
  // Spaces beside a wildcard mean that a whole word stands there; those around the pattern mean nothing.
  if (pieces_.front().starts_with(' ')) pieces_.front().erase(0, 1);
  if (pieces_.back().ends_with(' ')) pieces_.back().pop_back();
  kind_ = KindOf();
}

bool WordPattern::empty() const {
  return std::all_of(pieces_.begin(), pieces_.end(),
                     [](const std::string& piece) { return std::all_of(piece.begin(), piece.end(), IsGap); });
}

WordPattern::Kind WordPattern::KindOf() const {
  const bool open = pieces_.size() == 2 && pieces_[1].empty() && !pieces_[0].ends_with(' ');
  if (pieces_.size() != 1 && !open) return Kind::kOther;
  const std::vector<WordSegment> segments = SplitSegments(pieces_.front());
  if (segments.size() != 1 || segments.front().unspaced) return Kind::kOther;
  return open ? Kind::kPrefix : Kind::kWord;
}

std::optional<WordRange> WordPattern::Find(std::string_view words, size_t from) const {
  if (pieces_.empty()) return std::nullopt;
  const std::string& first = pieces_.front();
  for (size_t at = from; at <= words.size(); ++at) {
    if (!first.empty()) {
      at = words.find(first, at);
      if (at == std::string_view::npos) return std::nullopt;
    }
    if (!IsWordEdge(words, at)) continue;
    if (const auto end = MatchesAt(words, at + first.size())) return WordRange{at, *end};
  }
  return std::nullopt;
}

// Taking the nearest place for each piece but the last is enough: a later place leaves less text for those that follow.
std::optional<size_t> WordPattern::MatchesAt(std::string_view words, size_t at) const {
  if (pieces_.size() == 1) return IsWordEdge(words, at) ? std::optional(at) : std::nullopt;
  for (size_t i = 1; i < pieces_.size(); ++i) {
    const std::string& piece = pieces_[i];
    const bool last = i + 1 == pieces_.size();
    if (last && piece.empty()) return WordEnd(words, at);
    bool found = false;
    for (size_t from = at; from <= words.size() && from - at <= kWildcardBytesMax; ++from) {
      const bool here = words.compare(from, piece.size(), piece) == 0;
      if (here && (!last || IsWordEdge(words, from + piece.size()))) {
        at = from + piece.size();
        found = true;
        break;
      }
      if (from < words.size() && IsGap(words[from])) break;
    }
    if (!found) return std::nullopt;
  }
  return at;
}

std::vector<WordSegment> SplitSegments(std::string_view words) {
  std::vector<WordSegment> segments;
  segments.reserve(words.size() / 6 + 1);
  bool gap = true;
  for (size_t at = 0; at < words.size();) {
    // Most words are ASCII alone: they are taken at once.
    if (IsAscii(words[at])) {
      const size_t begin = at;
      while (at < words.size() && IsAscii(words[at]) && !IsGap(words[at])) ++at;
      if (at == begin) {
        gap = true;
        ++at;
      } else if (gap || segments.back().unspaced) {
        segments.push_back({.text = words.substr(begin, at - begin), .joined = !gap});
        gap = false;
      } else {
        WordSegment& last = segments.back();
        last.text = std::string_view(last.text.data(), last.text.size() + at - begin);
      }
      continue;
    }
    const text::CodePoint c = text::CodePointAt(words, at);
    const size_t length = std::max<size_t>(c.length, 1);
    if (IsUnspaced(c.value)) {
      segments.push_back({.text = words.substr(at, length), .unspaced = true, .joined = !gap});
      gap = false;
    } else if (gap || segments.back().unspaced) {
      segments.push_back({.text = words.substr(at, length), .joined = !gap});
      gap = false;
    } else {
      WordSegment& last = segments.back();
      last.text = std::string_view(last.text.data(), last.text.size() + length);
    }
    at += length;
  }
  return segments;
}

size_t WordCounter::Before(size_t offset) {
  while (at_ < offset) {
    if (IsAscii(words_[at_])) {
      const bool gap = IsGap(words_[at_++]);
      count_ += edge_ && !gap ? 1 : 0;
      edge_ = gap;
      continue;
    }
    const text::CodePoint c = text::CodePointAt(words_, at_);
    const bool unspaced = IsUnspaced(c.value);
    if (edge_ || unspaced) ++count_;
    edge_ = unspaced;
    at_ += std::max<size_t>(c.length, 1);
  }
  return count_;
}

ExactPattern::ExactPattern(const Pattern& pattern) {
  for (size_t i = 0; i < pattern.pieces.size(); ++i) {
    const std::string& piece = pattern.pieces[i];
    const std::string key = text::FoldKey(piece);
    // FoldKey trims; a space beside a wildcard counts.
    std::string folded;
    if (i > 0 && piece.starts_with(' ') && !key.empty()) folded += ' ';
    folded += key;
    if (i + 1 < pattern.pieces.size() && piece.ends_with(' ')) folded += ' ';
    pieces_.push_back(std::move(folded));
  }
}

bool ExactPattern::Matches(std::string_view text) const {
  if (pieces_.empty()) return false;
  const std::string key = text::FoldKey(text);
  if (pieces_.size() == 1) return key == pieces_.front();
  std::string_view rest = key;
  if (!rest.starts_with(pieces_.front())) return false;
  rest.remove_prefix(pieces_.front().size());
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const size_t at = rest.find(pieces_[i]);
    if (at == std::string_view::npos) return false;
    rest.remove_prefix(at + pieces_[i].size());
  }
  return rest.ends_with(pieces_.back());
}

int ExactPattern::Compare(std::string_view text) const {
  // The order of bytes in UTF-8 is the order of code points.
  return text::FoldKey(text).compare(pieces_.front());
}

}  // namespace dateline::filter
