#include "services/ingestion/html/selector_syntax.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dateline::html {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsNamePart(char c) {
  return IsNameStart(c) || IsDigit(c) || c == '-';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool List() {
    do {
      Spaces();
      if (!Complex()) return false;
    } while (Take(','));
    return at_ == text_.size();
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool Spaces() {
    const std::size_t before = at_;
    while (Peek() == ' ' || Peek() == '\t') ++at_;
    return at_ > before;
  }
  std::string_view Name() {
    const std::size_t begin = at_;
    if (Peek() == '-' && at_ + 1 < text_.size() && IsNameStart(text_[at_ + 1])) ++at_;
    if (!IsNameStart(Peek())) {
      at_ = begin;
      return {};
    }
    while (IsNamePart(Peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool Complex() {
    if (!Compound(/*pseudo=*/true)) return false;
    for (;;) {
      const bool spaces = Spaces();
      if (AtEnd() || Peek() == ',') return true;
      const bool combinator = Take('>') || Take('+') || Take('~');
      if (combinator) Spaces();
      if ((!combinator && !spaces) || !Compound(/*pseudo=*/true)) return false;
    }
  }

  bool Compound(bool pseudo) {
    bool any = Take('*') || !Name().empty();
    for (;;) {
      if (Take('#') || Take('.')) {
        if (Name().empty()) return false;
      } else if (Take('[')) {
        if (!Attribute()) return false;
      } else if (pseudo && Take(':')) {
        if (!Pseudo()) return false;
      } else {
        return any;
      }
      any = true;
    }
  }

  bool Attribute() {
    Spaces();
    if (Name().empty()) return false;
    Spaces();
    if (Take(']')) return true;
    constexpr std::string_view kBefore = "~|^$*";
    if (!AtEnd() && kBefore.find(Peek()) != std::string_view::npos) ++at_;
    if (!Take('=')) return false;
    Spaces();
    if (Peek() == '"' || Peek() == '\'') {
      const char quote = Peek();
      ++at_;
      while (!AtEnd() && Peek() != quote) {
        if (Peek() == '\\' || static_cast<unsigned char>(Peek()) < ' ') return false;
        ++at_;
      }
      if (!Take(quote)) return false;
    } else if (Name().empty()) {
      return false;
    }
    Spaces();
    return Take(']');
  }

  bool Pseudo() {
    constexpr std::array<std::string_view, 5> kPlain = {"first-child", "last-child", "only-child", "first-of-type",
                                                        "last-of-type"};
    const std::string_view name = Name();
    if (std::find(kPlain.begin(), kPlain.end(), name) != kPlain.end()) return true;
    if (name == "not") return Take('(') && Compound(/*pseudo=*/false) && Take(')');
    return (name == "nth-child" || name == "nth-of-type") && Take('(') && Step() && Take(')');
  }

  // odd, even, 3, 2n+1.
  bool Step() {
    const std::size_t begin = at_;
    for (const std::string_view word : {"odd", "even"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    const bool digits = Digits();
    if (!Take('n')) return digits;
    if (Take('+') || Take('-')) return Digits();
    return at_ > begin;
  }

  bool Digits() {
    const std::size_t begin = at_;
    while (IsDigit(Peek()) && at_ - begin < 4) ++at_;
    return at_ > begin;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool IsSelector(std::string_view text) {
  return Reader(text).List();
}

}  // namespace dateline::html
