#include "services/storage/search_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

#include "common/filter/words.h"
#include "common/text/utf8.h"

namespace dateline::storage {
namespace {

constexpr UChar32 kFirstPaired = 0x1100;  // Hangul Jamo; nothing below belongs to these scripts.
constexpr UChar32 kSoftHyphen = 0x00AD;
constexpr UChar32 kTatweel = 0x0640;
constexpr UChar32 kZeroWidthNonJoiner = 0x200C;
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kLongVowelMark = 0x30FC;

bool IsPaired(UChar32 c) {
  if (c < kFirstPaired) return false;
  if (c == kLongVowelMark) return true;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(c, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
      return U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK);
    default:
      return false;
  }
}

// Characters that are part of a word without meaning anything to a search.
bool IsIgnored(UChar32 c) {
  return c == kSoftHyphen || c == kTatweel || c == kZeroWidthNonJoiner || c == kZeroWidthJoiner;
}

bool IsWord(UChar32 c) {
  return U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK | U_GC_CO_MASK);
}

// Accents and vowel points that apply to any script; the vowel signs of Indic scripts are letters and stay.
bool IsAccent(UChar32 c) {
  if (!(U_GET_GC_MASK(c) & U_GC_MN_MASK)) return false;
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(c, &error) == USCRIPT_INHERITED;
}

void AppendUtf8(std::string* out, UChar32 c) {
  char buffer[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, c);
  out->append(buffer, static_cast<size_t>(length));
}

const UNormalizer2* Decomposer() {
  UErrorCode error = U_ZERO_ERROR;
  return unorm2_getNFKDInstance(&error);
}

// Appends the folded form of one character that is not ASCII.
void AppendFolded(std::string* out, UChar32 c) {
  UChar buffer[32];
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length = unorm2_getDecomposition(Decomposer(), c, buffer, 32, &error);
  if (U_FAILURE(error) || length <= 0) {
    if (!IsAccent(c)) AppendUtf8(out, u_foldCase(c, U_FOLD_CASE_DEFAULT));
    return;
  }
  for (int32_t i = 0; i < length;) {
    UChar32 part = 0;
    U16_NEXT(buffer, i, length, part);
    if (!IsAccent(part) && IsWord(part)) AppendUtf8(out, u_foldCase(part, U_FOLD_CASE_DEFAULT));
  }
}

// Letters and digits as terms have them; zero for what separates words.
constexpr std::array<char, 128> kFoldedAscii = [] {
  std::array<char, 128> folded{};
  for (char c = '0'; c <= '9'; ++c) folded[static_cast<size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) {
    folded[static_cast<size_t>(c)] = c;
    folded[static_cast<size_t>(c - 'a' + 'A')] = c;
  }
  return folded;
}();

// What bytes are of words of ASCII.
constexpr std::array<bool, 256> kOfAsciiWord = [] {
  std::array<bool, 256> is_of_word{};
  for (size_t byte = 0; byte < kFoldedAscii.size(); ++byte) is_of_word[byte] = kFoldedAscii[byte] != 0;
  return is_of_word;
}();

// The character at `at`, negative where there is none; `next` is the offset behind it.
UChar32 CharacterAt(std::string_view utf8, size_t at, size_t* next) {
  auto offset = static_cast<int32_t>(at);
  UChar32 c = 0;
  U8_NEXT(reinterpret_cast<const uint8_t*>(utf8.data()), offset, static_cast<int32_t>(utf8.size()), c);
  *next = static_cast<size_t>(offset);
  return c;
}

std::string_view CutTerm(std::string_view term) {
  return text::TruncateUtf8(term, kTermBytesMax);
}

}  // namespace

TermScanner::TermScanner(std::string_view utf8) : utf8_(utf8) {
  text_.reserve(kTermBytesMax);
}

bool TermScanner::Next(const Letters& wanted) {
  text_.clear();
  start_ = end_ = 0;
  while (offset_ < utf8_.size()) {
    if (end_ == 0 && GoPastUnwanted(wanted)) return true;
    const size_t at = offset_;
    if (at == utf8_.size()) break;
    if (const auto byte = static_cast<unsigned char>(utf8_[at]); byte < kFoldedAscii.size()) {
      ++offset_;
      if (const char folded = kFoldedAscii[byte]; folded != 0) {
        Extend(at);
        text_.push_back(folded);
      } else if (Finish(at)) {
        return true;
      }
      continue;
    }
    size_t next = 0;
    const UChar32 c = CharacterAt(utf8_, at, &next);
    if (IsPaired(c)) {
      // The word before it comes first; the character is read again.
      if (!Finish(at)) TakePaired(at, next);
      return true;
    }
    offset_ = next;
    if (IsIgnored(c)) continue;
    if (c >= 0 && IsWord(c)) {
      Extend(at);
      AppendFolded(&text_, c);
    } else if (Finish(at)) {
      return true;
    }
  }
  return Finish(utf8_.size());
}

// Goes to the next word that is wanted, or may be, since it holds characters beyond ASCII. True when it went past
// another.
bool TermScanner::GoPastUnwanted(const Letters& wanted) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(utf8_.data());
  const size_t size = utf8_.size();
  size_t at = offset_;
  while (at < size && bytes[at] < kFoldedAscii.size()) {
    const char folded = kFoldedAscii[bytes[at]];
    if (folded == 0) {
      ++at;
      continue;
    }
    if (wanted[static_cast<size_t>(folded)]) break;
    size_t end = at + 1;
    while (end < size && kOfAsciiWord[bytes[end]]) ++end;
    if (end < size && bytes[end] >= kFoldedAscii.size()) break;
    if (end_ == 0) start_ = static_cast<uint32_t>(at);
    end_ = static_cast<uint32_t>(end);
    at = end;
  }
  offset_ = at;
  return end_ != 0;
}

// `end_` is zero until a word has begun: no word ends there.
void TermScanner::Extend(size_t at) {
  if (end_ == 0) start_ = static_cast<uint32_t>(at);
  end_ = static_cast<uint32_t>(at) + 1;
}

// Ends the word that was read before `at`. One of accents alone is none.
bool TermScanner::Finish(size_t at) {
  end_ = text_.empty() ? 0 : static_cast<uint32_t>(at);
  text_.resize(CutTerm(text_).size());
  return !text_.empty();
}

// The character with the one behind it, where that pairs too.
void TermScanner::TakePaired(size_t at, size_t next) {
  offset_ = next;
  size_t end = next;
  if (next < utf8_.size() && static_cast<unsigned char>(utf8_[next]) >= kFoldedAscii.size()) {
    size_t behind = 0;
    if (IsPaired(CharacterAt(utf8_, next, &behind))) end = behind;
  }
  text_.assign(utf8_.substr(at, end - at));
  start_ = static_cast<uint32_t>(at);
  end_ = static_cast<uint32_t>(end);
}

std::vector<Term> SearchTerms(std::string_view utf8) {
  std::vector<Term> terms;
  terms.reserve(utf8.size() / 6 + 1);
  TermScanner scanner(utf8);
  while (scanner.Next()) {
    terms.push_back({.text = std::string(scanner.text()), .start = scanner.start(), .end = scanner.end()});
  }
  return terms;
}

namespace {

// Whether the segment behind `i` forms a pair with it.
bool Paired(const std::vector<filter::WordSegment>& segments, size_t i) {
  return segments[i].unspaced && i + 1 < segments.size() && segments[i + 1].unspaced && segments[i + 1].joined;
}

// The bytes of the longest of terms that are separated by spaces.
size_t LongestTerm(std::string_view words) {
  size_t longest = 0;
  size_t begin = 0;
  for (size_t end = words.find(' '); end != std::string_view::npos; end = words.find(' ', begin)) {
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return std::max(longest, words.size() - begin);
}

std::string Pair(const std::vector<filter::WordSegment>& segments, size_t i) {
  return std::string(segments[i].text) + std::string(segments[i + 1].text);
}

}  // namespace

std::string IndexForm(std::string_view utf8) {
  std::string words = filter::FoldWords(utf8);
  // Of scripts with spaces the folded words are the terms.
  if (!filter::MayHaveUnspaced(words) && LongestTerm(words) <= kTermBytesMax) return words;
  const std::vector<filter::WordSegment> segments = filter::SplitSegments(words);
  std::string form;
  form.reserve(words.size() + words.size() / 8);
  for (size_t i = 0; i < segments.size(); ++i) {
    if (!form.empty()) form += ' ';
    if (Paired(segments, i)) {
      form += Pair(segments, i);
    } else {
      form += CutTerm(segments[i].text);
    }
  }
  return form;
}

Phrase SearchPhrase(std::string_view words, bool prefix) {
  return FoldedPhrase(filter::FoldWords(words), prefix);
}

Phrase FoldedPhrase(std::string_view folded, bool prefix) {
  const std::vector<filter::WordSegment> segments = filter::SplitSegments(folded);
  Phrase phrase{.terms = {}, .prefix = prefix};
  for (size_t i = 0; i < segments.size(); ++i) {
    if (!segments[i].unspaced) {
      phrase.terms.emplace_back(CutTerm(segments[i].text));
      continue;
    }
    if (Paired(segments, i)) {
      phrase.terms.push_back(Pair(segments, i));
      continue;
    }
    // The last character of a run: inside a phrase it ends the run in the text too, so its own term follows. At the end
    // of the phrase the text may go on; then the pairs before it say enough, and a lone character is the beginning of a
    // pair.
    const bool last = i + 1 == segments.size();
    const bool alone = i == 0 || !Paired(segments, i - 1);
    if (!last) {
      phrase.terms.emplace_back(segments[i].text);
    } else if (alone) {
      phrase.terms.emplace_back(segments[i].text);
      phrase.prefix = true;
    }
  }
  return phrase;
}

}  // namespace dateline::storage
