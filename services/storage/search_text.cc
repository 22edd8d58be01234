#include "services/storage/search_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include "common/filter/words.h"
#include "common/text/utf8.h"

namespace dateline::storage {
namespace {

// One word of an alphabetic script, or one character of a script written without spaces.
struct Atom {
  std::string text;
  uint32_t start = 0;
  uint32_t end = 0;
  bool paired = false;   // A character that forms pairs with its neighbours.
  bool run_end = false;  // No paired character follows directly.
};

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

// Appends the folded form of one character that is not ASCII.
void AppendFolded(const UNormalizer2* decomposer, std::string* out, UChar32 c) {
  if (IsIgnored(c)) return;
  UChar buffer[32];
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length = unorm2_getDecomposition(decomposer, c, buffer, 32, &error);
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

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    UErrorCode error = U_ZERO_ERROR;
    decomposer_ = unorm2_getNFKDInstance(&error);
  }

  std::vector<Atom> Run() {
    const auto* bytes = reinterpret_cast<const uint8_t*>(text_.data());
    const auto length = static_cast<int32_t>(text_.size());
    int32_t offset = 0;
    while (offset < length) {
      const int32_t start = offset;
      UChar32 c = 0;
      U8_NEXT(bytes, offset, length, c);
      if (c < 0) {
        EndWord(start);
        EndRun();
      } else if (c < 0x80) {
        TakeAscii(static_cast<char>(c), start);
      } else {
        TakeOther(c, start, offset);
      }
    }
    EndWord(length);
    EndRun();
    return std::move(atoms_);
  }

 private:
  void TakeAscii(char c, int32_t start) {
    EndRun();
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      BeginWord(start);
      word_.push_back(c);
    } else {
      EndWord(start);
    }
  }

  void TakeOther(UChar32 c, int32_t start, int32_t end) {
    if (IsPaired(c)) {
      EndWord(start);
      Atom atom{.text = {}, .start = static_cast<uint32_t>(start), .end = static_cast<uint32_t>(end), .paired = true};
      AppendUtf8(&atom.text, c);
      atoms_.push_back(std::move(atom));
      return;
    }
    EndRun();
    if (IsIgnored(c)) return;
    if (!IsWord(c)) return EndWord(start);
    BeginWord(start);
    AppendFolded(decomposer_, &word_, c);
  }

  void BeginWord(int32_t start) {
    if (word_start_ < 0) word_start_ = start;
  }

  void EndWord(int32_t end) {
    if (word_start_ >= 0 && !word_.empty()) {
      if (word_.size() > kTermBytesMax) {
        size_t cut = kTermBytesMax;
        while (cut > 0 && (static_cast<unsigned char>(word_[cut]) & 0xC0) == 0x80) --cut;
        word_.resize(cut);
      }
      atoms_.push_back({.text = word_, .start = static_cast<uint32_t>(word_start_), .end = static_cast<uint32_t>(end)});
    }
    word_start_ = -1;
    word_.clear();
  }

  void EndRun() {
    if (!atoms_.empty() && atoms_.back().paired) atoms_.back().run_end = true;
  }

  const std::string_view text_;
  const UNormalizer2* decomposer_ = nullptr;
  std::vector<Atom> atoms_;
  std::string word_;
  int32_t word_start_ = -1;
};

}  // namespace

std::vector<Term> SearchTerms(std::string_view utf8) {
  std::vector<Atom> atoms = Splitter(utf8).Run();
  std::vector<Term> terms;
  terms.reserve(atoms.size());
  for (size_t i = 0; i < atoms.size(); ++i) {
    Term term{.text = std::move(atoms[i].text), .start = atoms[i].start, .end = atoms[i].end};
    if (atoms[i].paired && !atoms[i].run_end) {
      term.text += atoms[i + 1].text;
      term.end = atoms[i + 1].end;
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

namespace {

std::string_view CutTerm(std::string_view term) {
  return text::TruncateUtf8(term, kTermBytesMax);
}

// Whether the segment behind `i` forms a pair with it.
bool Paired(const std::vector<filter::WordSegment>& segments, size_t i) {
  return segments[i].unspaced && i + 1 < segments.size() && segments[i + 1].unspaced && segments[i + 1].joined;
}

std::string Pair(const std::vector<filter::WordSegment>& segments, size_t i) {
  return std::string(segments[i].text) + std::string(segments[i + 1].text);
}

}  // namespace

std::string IndexForm(std::string_view utf8) {
  const std::string words = filter::FoldWords(utf8);
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
