#include "common/filter/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/text/utf8.h"

namespace dateline::filter {
namespace {

// How much of the filter a message shows on each side of the place.
constexpr size_t kExcerptBytes = 40;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view filter) : filter_(filter) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (true) {
      const bool space = SkipSpace();
      Token token;
      token.position = at_;
      token.after_space = space || at_ == 0;
      if (at_ == filter_.size()) {
        tokens_.push_back(std::move(token));
        return std::move(tokens_);
      }
      if (absl::Status read = Read(&token); !read.ok()) return read;
      token.length = at_ - token.position;
      tokens_.push_back(std::move(token));
    }
  }

 private:
  bool SkipSpace() {
    const size_t before = at_;
    while (at_ < filter_.size()) {
      const text::CodePoint c = text::CodePointAt(filter_, at_);
      if (!text::IsSpace(c.value)) break;
      at_ += c.length;
    }
    return at_ > before;
  }

  char Peek(size_t ahead = 0) const { return at_ + ahead < filter_.size() ? filter_[at_ + ahead] : '\0'; }

  void Take(Token* token, Token::Kind kind, size_t bytes) {
    token->kind = kind;
    at_ += bytes;
  }

  void TakeComparator(Token* token, Comparator comparator, size_t bytes) {
    token->comparator = comparator;
    Take(token, Token::Kind::kComparator, bytes);
  }

  absl::Status Read(Token* token) {
    const bool equals_follows = Peek(1) == '=';
    switch (Peek()) {
      case '(':
        Take(token, Token::Kind::kLeft, 1);
        return absl::OkStatus();
      case ')':
        Take(token, Token::Kind::kRight, 1);
        return absl::OkStatus();
      case ',':
        Take(token, Token::Kind::kComma, 1);
        return absl::OkStatus();
      case ':':
        TakeComparator(token, Comparator::kHas, 1);
        return absl::OkStatus();
      case '=':
        TakeComparator(token, Comparator::kEqual, 1);
        return absl::OkStatus();
      case '<':
        TakeComparator(token, equals_follows ? Comparator::kLessOrEqual : Comparator::kLess, equals_follows ? 2 : 1);
        return absl::OkStatus();
      case '>':
        TakeComparator(token, equals_follows ? Comparator::kGreaterOrEqual : Comparator::kGreater,
                       equals_follows ? 2 : 1);
        return absl::OkStatus();
      case '!':
        if (!equals_follows) return FilterError(filter_, at_, "\"!\" is no operator; write NOT, or != to compare");
        TakeComparator(token, Comparator::kNotEqual, 2);
        return absl::OkStatus();
      case '"':
      case '\'':
        return ReadString(token);
      case '-':
        // A sign before a value, "NOT" elsewhere.
        if (tokens_.empty() || tokens_.back().kind != Token::Kind::kComparator) {
          Take(token, Token::Kind::kMinus, 1);
          return absl::OkStatus();
        }
        return ReadText(token);
      default:
        return ReadText(token);
    }
  }

  absl::Status ReadString(Token* token) {
    const size_t begin = at_;
    const char quote = filter_[at_++];
    token->kind = Token::Kind::kString;
    while (true) {
      if (at_ == filter_.size()) {
        return FilterError(filter_, begin, fmt::format("the quotation mark {} is never closed", quote));
      }
      const char c = filter_[at_++];
      if (c == quote) break;
      if (c == '\\') {
        if (at_ == filter_.size()) continue;
        const char escaped = filter_[at_];
        if (escaped != '"' && escaped != '\'' && escaped != '\\' && escaped != '*') {
          return FilterError(filter_, at_ - 1,
                             "a backslash stands only before a quotation mark, an asterisk or another backslash");
        }
        token->value.pieces.back() += escaped;
        ++at_;
      } else if (c == '*') {
        AddWildcard(&token->value);
      } else {
        token->value.pieces.back() += c;
      }
    }
    return CheckPieces(*token, begin);
  }

  // Whether the character at at_ belongs to a word.
  bool InText(size_t begin) const {
    const char c = Peek();
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F) return false;
    // In times such as 2018-01-05T11:30:00 the colon compares nothing.
    if (c == ':') return at_ > begin && IsDigit(filter_[begin]) && IsDigit(Peek(1));
    if (c == '\'') return at_ > begin;
    return std::string_view("\"()[]{},=<>!\\").find(c) == std::string_view::npos;
  }

  absl::Status ReadText(Token* token) {
    const size_t begin = at_;
    token->kind = Token::Kind::kText;
    while (at_ < filter_.size()) {
      const text::CodePoint c = text::CodePointAt(filter_, at_);
      if (c.length > 1) {
        if (text::IsSpace(c.value)) break;
        token->value.pieces.back().append(filter_.substr(at_, c.length));
        at_ += c.length;
        continue;
      }
      if (!InText(begin)) break;
      if (Peek() == '*') {
        AddWildcard(&token->value);
      } else {
        token->value.pieces.back() += Peek();
      }
      ++at_;
    }
    if (at_ == begin) {
      return FilterError(filter_, at_,
                         fmt::format("the character {} has no meaning here; put text that holds it in quotation marks",
                                     static_cast<unsigned char>(Peek()) < ' ' || Peek() == 0x7F
                                         ? fmt::format("U+{:04X}", static_cast<int>(Peek()))
                                         : std::string(1, Peek())));
    }
    const std::string_view word = filter_.substr(begin, at_ - begin);
    if (word == "AND") token->kind = Token::Kind::kAnd;
    if (word == "OR") token->kind = Token::Kind::kOr;
    if (word == "NOT") token->kind = Token::Kind::kNot;
    return CheckPieces(*token, begin);
  }

  static void AddWildcard(Pattern* value) {
    // Several asterisks in a row mean the same as one.
    if (value->pieces.size() == 1 || !value->pieces.back().empty()) value->pieces.emplace_back();
  }

  absl::Status CheckPieces(const Token& token, size_t begin) const {
    if (token.value.pieces.size() <= kPiecesMax) return absl::OkStatus();
    return FilterError(filter_, begin, fmt::format("a value holds at most {} wildcards", kPiecesMax - 1));
  }

  const std::string_view filter_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

absl::Status FilterError(std::string_view filter, size_t position, std::string_view what) {
  position = std::min(position, filter.size());
  size_t from = position - std::min(position, kExcerptBytes);
  while (from < position && !text::IsBoundary(filter, from)) ++from;
  const std::string_view before = filter.substr(from, position - from);
  const std::string_view after = text::TruncateUtf8(filter.substr(position), kExcerptBytes);
  std::string place = fmt::format("{}{}>>>{}{}", from > 0 ? "..." : "", before, after,
                                  position + after.size() < filter.size() ? "..." : "");
  for (char& c : place) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_FILTER",
               fmt::format("filter, byte {}: {}; here: {}", position, what, text::ReplaceInvalidUtf8(place)),
               {{"position", std::to_string(position)}});
}

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view filter) {
  if (filter.size() > kFilterBytesMax) {
    return FilterError(filter, kFilterBytesMax,
                       fmt::format("a filter has at most {} bytes, this one {}", kFilterBytesMax, filter.size()));
  }
  if (const size_t invalid = text::FirstInvalidUtf8(filter); invalid != text::kAllValid) {
    return FilterError(filter, invalid, "a filter is UTF-8, and this byte is not");
  }
  return Lexer(filter).Run();
}

}  // namespace dateline::filter
