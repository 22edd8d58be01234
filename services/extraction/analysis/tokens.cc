#include "services/extraction/analysis/tokens.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

enum class CharClass : std::uint8_t { kSpace, kNewline, kLetter, kIdeograph, kDigit, kPunctuation, kMark, kSymbol };

bool IsQuotationOrBracket(char32_t c) {
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_START_PUNCTUATION:
    case U_END_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
      return true;
    default:
      return c == '"' || c == '\'' || c == 0xFF02 || c == '`' || c == 0xB4;
  }
}

bool IsUnspacedScript(char32_t c) {
  if (c < 0x0E00) return false;
  const auto uc = static_cast<UChar32>(c);
  return u_hasBinaryProperty(uc, UCHAR_IDEOGRAPHIC) || (c >= 0x3040 && c <= 0x30FF) ||
         u_getIntPropertyValue(uc, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
}

CharClass ClassifyWide(char32_t c) {
  const auto uc = static_cast<UChar32>(c);
  if (c == 0x2028 || c == 0x2029 || c == 0x85) return CharClass::kNewline;
  if (text::IsSpace(c)) return CharClass::kSpace;
  if (IsQuotationOrBracket(c)) return CharClass::kMark;
  if (u_isdigit(uc)) return CharClass::kDigit;
  if (u_isUAlphabetic(uc)) return IsUnspacedScript(c) ? CharClass::kIdeograph : CharClass::kLetter;
  // Combining marks and format characters belong to the word around them.
  switch (u_charType(uc)) {
    case U_NON_SPACING_MARK:
    case U_COMBINING_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return IsUnspacedScript(c) ? CharClass::kIdeograph : CharClass::kLetter;
    case U_DASH_PUNCTUATION:
    case U_CONNECTOR_PUNCTUATION:
    case U_OTHER_PUNCTUATION:
      return CharClass::kPunctuation;
    default:
      return CharClass::kSymbol;
  }
}

CharClass ClassifyAscii(char32_t c) {
  if (c == '\n' || c == '\r') return CharClass::kNewline;
  if (c <= ' ' || c == 0x7F) return CharClass::kSpace;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharClass::kLetter;
  if (c >= '0' && c <= '9') return CharClass::kDigit;
  if (c == '"' || c == '\'' || c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == '`')
    return CharClass::kMark;
  if (c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '-' || c == '/' || c == '_' ||
      c == '\\')
    return CharClass::kPunctuation;
  return CharClass::kSymbol;
}

CharClass Classify(char32_t c) {
  return c < 0x80 ? ClassifyAscii(c) : ClassifyWide(c);
}

bool IsApostrophe(char32_t c) {
  return c == '\'' || c == 0x2019;
}

bool IsAddressChar(char32_t c) {
  if (c >= 0x80) return false;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:/?#@!$&'*+,;=%").find(static_cast<char>(c)) != std::string_view::npos;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const WordRules& rules) : text_(text), rules_(rules) {
    list_.tokens.reserve(text.size() / 5 + 8);
    list_.folded.reserve(text.size() + 16);
  }

  TokenList Run() {
    while (at_ < text_.size()) {
      const text::CodePoint c = text::CodePointAt(text_, at_);
      const CharClass kind = Classify(c.value);
      if (kind == CharClass::kSpace || kind == CharClass::kNewline) {
        at_ += c.length;
        pending_ |= static_cast<std::uint16_t>(kSpaceBefore);
        if (kind == CharClass::kNewline) pending_ |= static_cast<std::uint16_t>(kLineStart);
        continue;
      }
      if (chunk_end_ <= at_) LookAtChunk();
      if (chunk_has_address_ && (kind == CharClass::kLetter || kind == CharClass::kDigit) && Address()) continue;
      switch (kind) {
        case CharClass::kLetter:
          Word();
          break;
        case CharClass::kDigit:
          Number();
          break;
        case CharClass::kIdeograph:
          Add(TokenKind::kIdeograph, at_ + c.length);
          break;
        case CharClass::kMark:
          Add(TokenKind::kMark, at_ + c.length);
          break;
        case CharClass::kPunctuation:
          Add(TokenKind::kPunctuation, at_ + c.length);
          break;
        default:
          Add(TokenKind::kSymbol, at_ + c.length);
          break;
      }
    }
    return std::move(list_);
  }

 private:
  char32_t At(std::size_t offset) const { return text::CodePointAt(text_, offset).value; }

  // Looks once at each run without white space, whether an address can stand in it.
  void LookAtChunk() {
    std::size_t end = at_;
    while (end < text_.size() && static_cast<unsigned char>(text_[end]) > ' ') ++end;
    chunk_end_ = std::max(end, at_ + 1);
    const std::string_view chunk = text_.substr(at_, chunk_end_ - at_);
    chunk_has_address_ = chunk.find('@') != std::string_view::npos || chunk.find("://") != std::string_view::npos ||
                         chunk.find("www.") != std::string_view::npos;
  }

  // Takes an e-mail address or URL that begins here; false when none does.
  bool Address() {
    std::size_t end = at_;
    while (end < chunk_end_ && IsAddressChar(static_cast<unsigned char>(text_[end]))) ++end;
    while (end > at_ && std::string_view(".,;:!?'&*").find(text_[end - 1]) != std::string_view::npos) --end;
    const std::string_view found = text_.substr(at_, end - at_);
    const bool mail = found.find('@') != std::string_view::npos && found.find('@') + 1 < found.size();
    const bool web = found.find("://") != std::string_view::npos || found.starts_with("www.");
    if ((!mail && !web) || found.size() > kMaxTokenBytes) {
      // What follows in this run is not tried again from every character.
      chunk_has_address_ = found.size() <= kMaxTokenBytes && end < chunk_end_;
      return false;
    }
    Add(TokenKind::kAddress, end);
    return true;
  }

  // "U.S.", "D.C.", "J.R.": single letters, each with its full stop.
  bool DottedLetters() {
    std::size_t end = at_;
    int letters = 0;
    while (end < text_.size()) {
      const text::CodePoint letter = text::CodePointAt(text_, end);
      if (letter.length == 0 || Classify(letter.value) != CharClass::kLetter) break;
      if (end + letter.length >= text_.size() || text_[end + letter.length] != '.') break;
      end += letter.length + 1;
      if (++letters > 12) break;
    }
    if (letters < 2) return false;
    // A letter right behind belongs to another kind of word: "e.V" is rare, "a.b.example" a host.
    if (end < text_.size() && Classify(At(end)) == CharClass::kLetter) return false;
    Add(TokenKind::kWord, end);
    list_.tokens.back().flags |= kDotted;
    return true;
  }

  void Word() {
    if (DottedLetters()) return;
    std::size_t end = at_;
    while (end < text_.size() && end - at_ < kMaxTokenBytes) {
      const text::CodePoint c = text::CodePointAt(text_, end);
      const CharClass kind = Classify(c.value);
      if (kind == CharClass::kLetter || kind == CharClass::kDigit) {
        end += c.length;
        continue;
      }
      if (!IsApostrophe(c.value) || Classify(At(end + c.length)) != CharClass::kLetter ||
          end + c.length >= text_.size())
        break;
      const std::string head = FoldedOf(at_, end + c.length);
      if (std::find(rules_.elisions.begin(), rules_.elisions.end(), head) != rules_.elisions.end()) {
        Add(TokenKind::kWord, end + c.length);
        return;
      }
      if (const std::size_t possessive = PossessiveEnd(end); possessive != 0) {
        Add(TokenKind::kWord, end);
        Add(TokenKind::kWord, possessive);
        list_.tokens.back().flags |= kClitic;
        return;
      }
      end += c.length;
    }
    Add(TokenKind::kWord, end);
    Token& token = list_.tokens.back();
    if (token.Has(kCapital) && end < text_.size() && text_[end] == '.' && text::CountCodePoints(Words(token)) == 1)
      token.flags |= kInitial;
  }

  std::string_view Words(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

  // Where a possessive ending that begins at `apostrophe` ends; 0 when none does.
  std::size_t PossessiveEnd(std::size_t apostrophe) const {
    for (const std::string& possessive : rules_.possessives) {
      std::size_t end = apostrophe + text::CodePointAt(text_, apostrophe).length;
      for (std::size_t i = 1; i < possessive.size() && end < text_.size(); ++i) ++end;
      if (!text::IsBoundary(text_, end) || FoldedOf(apostrophe, end) != possessive) continue;
      if (end >= text_.size()) return end;
      const CharClass next = Classify(At(end));
      if (next != CharClass::kLetter && next != CharClass::kDigit) return end;
    }
    return 0;
  }

  void Number() {
    std::size_t end = at_;
    while (end < text_.size() && end - at_ < kMaxTokenBytes) {
      const text::CodePoint c = text::CodePointAt(text_, end);
      if (Classify(c.value) == CharClass::kDigit) {
        end += c.length;
        continue;
      }
      const bool separator = c.value == '.' || c.value == ',' || c.value == 0x66B || c.value == 0x66C;
      if (!separator || end + c.length >= text_.size() || Classify(At(end + c.length)) != CharClass::kDigit) break;
      end += c.length;
    }
    Add(TokenKind::kNumber, end);
  }

  static char32_t Fold(char32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    if (c == 0x2019) return '\'';
    if (c >= 0xFF01 && c <= 0xFF5E) c = c - 0xFEE0;
    const auto uc = static_cast<UChar32>(c);
    if (u_isdigit(uc)) return static_cast<char32_t>('0' + u_charDigitValue(uc));
    return static_cast<char32_t>(u_foldCase(uc, U_FOLD_CASE_DEFAULT));
  }

  std::string FoldedOf(std::size_t begin, std::size_t end) const {
    std::string out;
    while (begin < end) {
      const text::CodePoint c = text::CodePointAt(text_, begin);
      text::AppendUtf8(Fold(c.value), out);
      begin += c.length;
    }
    return out;
  }

  // Adds [at_, end) and goes behind it.
  void Add(TokenKind kind, std::size_t end) {
    end = std::max(end, at_ + 1);
    Token token;
    token.begin = static_cast<std::uint32_t>(at_);
    token.end = static_cast<std::uint32_t>(end);
    token.kind = kind;
    token.flags = list_.tokens.empty() ? static_cast<std::uint16_t>(pending_ | kLineStart) : pending_;
    token.folded = static_cast<std::uint32_t>(list_.folded.size());
    pending_ = 0;
    int letters = 0;
    int capitals = 0;
    bool small_seen = false;
    while (at_ < end) {
      const text::CodePoint c = text::CodePointAt(text_, at_);
      const char32_t folded = Fold(c.value);
      if (folded < 0x80)
        list_.folded.push_back(static_cast<char>(folded));
      else
        text::AppendUtf8(folded, list_.folded);
      if (kind == TokenKind::kWord) {
        const bool ascii = c.value < 0x80;
        const bool capital = ascii
                                 ? c.value >= 'A' && c.value <= 'Z'
                                 : u_isupper(static_cast<UChar32>(c.value)) || u_istitle(static_cast<UChar32>(c.value));
        const bool small = ascii ? c.value >= 'a' && c.value <= 'z' : u_islower(static_cast<UChar32>(c.value)) != 0;
        letters += capital || small ? 1 : 0;
        capitals += capital ? 1 : 0;
        if (capital && at_ == token.begin) token.flags |= kCapital;
        if (capital && small_seen) token.flags |= kInnerCapital;
        small_seen |= small;
        if (ascii && c.value >= '0' && c.value <= '9') token.flags |= kHasDigit;
      }
      at_ += c.length;
    }
    if (letters >= 2 && letters == capitals) token.flags |= kUpper;
    token.folded_size = static_cast<std::uint16_t>(std::min<std::size_t>(list_.folded.size() - token.folded, 0xFFFF));
    list_.tokens.push_back(token);
  }

  std::string_view text_;
  const WordRules& rules_;
  TokenList list_;
  std::size_t at_ = 0;
  std::size_t chunk_end_ = 0;
  bool chunk_has_address_ = false;
  std::uint16_t pending_ = 0;
};

}  // namespace

TokenList Tokenize(std::string_view text, const WordRules& rules) {
  return Tokenizer(text, rules).Run();
}

}  // namespace dateline::extraction
