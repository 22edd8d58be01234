#include "services/extraction/page/html_tokenizer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/byte_words.h"

namespace dateline::extraction {
namespace {

// How many bytes of an attribute's name are looked at: none that is read has a longer one.
constexpr std::size_t kMaxAttributeName = 16;
// Elements without a number of their own are told apart by so many bytes.
constexpr std::size_t kMaxTagName = 64;

// What ends a scan, by byte.
enum CharacterClass : std::uint8_t {
  kTextEnd = 1,       // '<', and what has to be replaced in text: '&' and NUL
  kNameEnd = 2,       // of the name of a tag: white space, '/', '>'
  kAttributeEnd = 4,  // of the name of an attribute: the same and '='
  kValueEnd = 8,      // of a value without quotes: white space, '>'
  kSpace = 16,
};
constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  classes['<'] = kTextEnd;
  classes['&'] = kTextEnd;
  classes[0] = kTextEnd;
  for (const char space : {' ', '\t', '\n', '\r', '\f'})
    classes[static_cast<unsigned char>(space)] = kSpace | kNameEnd | kAttributeEnd | kValueEnd;
  classes['/'] = kNameEnd | kAttributeEnd;
  classes['>'] = kNameEnd | kAttributeEnd | kValueEnd;
  classes['='] = kAttributeEnd;
  return classes;
}();

bool Is(char c, std::uint8_t classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Whether `s` begins with `lower`, whatever its letters' case.
bool BeginsWith(std::string_view s, std::string_view lower) {
  if (s.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (Lower(s[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace

HtmlTokenizer::HtmlTokenizer(std::string_view html) : html_(html) {}

void HtmlTokenizer::EndAt(TokenKind kind, std::size_t end, HtmlToken* token) {
  token->kind = kind;
  token->source = html_.substr(at_, end - at_);
  at_ = end;
}

void HtmlTokenizer::Next(bool cdata, HtmlToken* token) {
  while (html_.substr(at_).starts_with("</>")) at_ += 3;  // is nothing
  if (at_ >= html_.size()) return EndAt(TokenKind::kEnd, html_.size(), token);
  if (html_[at_] == '<' && ReadMarkup(cdata, token)) return;
  ReadText(token);
}

// The first byte from `at` on that ends a text or has to be replaced in it.
std::size_t HtmlTokenizer::TextEnd(std::size_t at) const {
  for (; at + kWordBytes <= html_.size(); at += kWordBytes) {
    const std::uint64_t word = WordAt(html_, at);
    const std::uint64_t ends = BytesEqual(word, '<') | BytesEqual(word, '&') | BytesEqual(word, '\0');
    if (ends != 0) return at + FirstByte(ends);
  }
  while (at < html_.size() && !Is(html_[at], kTextEnd)) ++at;
  return at;
}

// A "<" that opens no markup is text.
void HtmlTokenizer::ReadText(HtmlToken* token) {
  token->has_references = false;
  std::size_t end = at_;
  for (bool first = true;; first = false) {
    end = TextEnd(end);
    if (end >= html_.size()) break;
    if (html_[end] == '<') {
      const char next = end + 1 < html_.size() ? html_[end + 1] : ' ';
      const bool opens = IsLetter(next) || next == '!' || next == '/' || next == '?';
      if (opens && !(first && end == at_)) break;
    } else {
      token->has_references = true;
    }
    ++end;
  }
  EndAt(TokenKind::kText, end, token);
}

bool HtmlTokenizer::ReadMarkup(bool cdata, HtmlToken* token) {
  if (at_ + 1 >= html_.size()) return false;
  const char next = html_[at_ + 1];
  if (IsLetter(next)) {
    token->kind = TokenKind::kStartTag;
    ReadTag(at_ + 1, token);
    return true;
  }
  if (next == '!') {
    ReadDeclaration(cdata, token);
    return true;
  }
  if (next == '/') {
    if (at_ + 2 >= html_.size()) return false;
    if (IsLetter(html_[at_ + 2])) {
      token->kind = TokenKind::kEndTag;
      ReadTag(at_ + 2, token);
      return true;
    }
  } else if (next != '?') {
    return false;
  }
  const std::size_t close = html_.find('>', at_);
  EndAt(TokenKind::kComment, close == std::string_view::npos ? html_.size() : close + 1, token);
  return true;
}

void HtmlTokenizer::ReadDeclaration(bool cdata, HtmlToken* token) {
  constexpr std::string_view kOpenCdata = "[CDATA[";
  const std::string_view rest = html_.substr(at_ + 2);
  if (rest.starts_with("--")) return ReadComment(token);
  if (cdata && rest.starts_with(kOpenCdata)) {
    at_ += 2 + kOpenCdata.size();
    const std::size_t close = html_.find("]]>", at_);
    EndAt(TokenKind::kText, close == std::string_view::npos ? html_.size() : close, token);
    token->has_references = false;
    if (close != std::string_view::npos) at_ = close + 3;
    return;
  }
  const std::size_t close = html_.find('>', at_);
  EndAt(BeginsWith(rest, "doctype") ? TokenKind::kDoctype : TokenKind::kComment,
        close == std::string_view::npos ? html_.size() : close + 1, token);
}

void HtmlTokenizer::ReadComment(HtmlToken* token) {
  const std::size_t begin = at_ + 4;
  if (html_.substr(begin).starts_with('>')) return EndAt(TokenKind::kComment, begin + 1, token);
  if (html_.substr(begin).starts_with("->")) return EndAt(TokenKind::kComment, begin + 2, token);
  for (std::size_t dashes = html_.find("--", begin); dashes != std::string_view::npos;
       dashes = html_.find("--", dashes + 1)) {
    const std::string_view behind = html_.substr(dashes + 2);
    if (behind.starts_with('>')) return EndAt(TokenKind::kComment, dashes + 3, token);
    if (behind.starts_with("!>")) return EndAt(TokenKind::kComment, dashes + 4, token);
  }
  EndAt(TokenKind::kComment, html_.size(), token);
}

Tag HtmlTokenizer::TagOf(std::string_view name) {
  // Nearly all names are written in small letters.
  if (const Tag tag = FindTag(name); tag != Tag::kOther) return tag;
  std::array<char, kMaxTagName> buffer;
  const std::size_t length = std::min(name.size(), kMaxTagName);
  for (std::size_t i = 0; i < length; ++i) buffer[i] = Lower(name[i]);
  const std::string_view lower(buffer.data(), length);
  const Tag tag = FindTag(lower);
  if (tag != Tag::kOther) return tag;
  std::uint32_t number = others_.Find(lower);
  if (number == 0) number = others_.Add(other_names_.emplace_back(lower));
  return static_cast<Tag>(kTagCount + number);
}

// Reads a tag whose name begins at `at`. A tag that the page ends in is none.
void HtmlTokenizer::ReadTag(std::size_t at, HtmlToken* token) {
  const std::size_t name_begin = at;
  token->attributes = 0;
  token->self_closing = false;
  while (at < html_.size() && !Is(html_[at], kNameEnd)) ++at;
  token->tag = TagOf(html_.substr(name_begin, at - name_begin));
  while (at < html_.size()) {
    const char c = html_[at];
    if (c == '>') return EndAt(token->kind, at + 1, token);
    if (c == '/' || Is(c, kSpace)) {
      token->self_closing = c == '/' && at + 1 < html_.size() && html_[at + 1] == '>';
      ++at;
    } else {
      at = ReadAttribute(at, token);
    }
  }
  EndAt(TokenKind::kEnd, html_.size(), token);
}

// Reads the attribute that begins at `at`; returns where it ends.
std::size_t HtmlTokenizer::ReadAttribute(std::size_t at, HtmlToken* token) {
  const std::size_t begin = at++;  // a "=" that a name begins with is part of it
  while (at < html_.size() && !Is(html_[at], kAttributeEnd)) ++at;
  const std::string_view name = html_.substr(begin, at - begin);
  std::size_t value_begin = at;
  while (value_begin < html_.size() && Is(html_[value_begin], kSpace)) ++value_begin;
  std::string_view value;
  if (value_begin < html_.size() && html_[value_begin] == '=') {
    at = value_begin + 1;
    while (at < html_.size() && Is(html_[at], kSpace)) ++at;
    if (at >= html_.size()) return at;
    if (const char quote = html_[at]; quote == '"' || quote == '\'') {
      const void* close = std::memchr(html_.data() + at + 1, quote, html_.size() - at - 1);
      if (close == nullptr) return html_.size();
      const auto end = static_cast<std::size_t>(static_cast<const char*>(close) - html_.data());
      value = html_.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const std::size_t plain = at;
      while (at < html_.size() && !Is(html_[at], kValueEnd)) ++at;
      value = html_.substr(plain, at - plain);
    }
  }
  if (name.size() > kMaxAttributeName || token->kind != TokenKind::kStartTag) return at;
  std::size_t number = FindAttribute(name);
  if (number == kAttributeCount) {
    if (std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return at;
    std::array<char, kMaxAttributeName> lower;
    for (std::size_t i = 0; i < name.size(); ++i) lower[i] = Lower(name[i]);
    number = FindAttribute({lower.data(), name.size()});
    if (number == kAttributeCount) return at;
  }
  const std::uint64_t bit = std::uint64_t{1} << number;
  if ((token->attributes & bit) != 0) return at;
  token->attributes |= bit;
  token->values[number] = value;
  return at;
}

// Whether a tag of that name begins with the letter at `at`.
bool HtmlTokenizer::IsTagAt(std::size_t at, std::string_view name) const {
  return at + name.size() < html_.size() && BeginsWith(html_.substr(at), name) && Is(html_[at + name.size()], kNameEnd);
}

// Where the end tag of that name begins between `from` and `to`; `to` when there is none.
std::size_t HtmlTokenizer::FindEndTag(std::size_t from, std::size_t to, std::string_view name) const {
  while (from < to) {
    const void* found = std::memchr(html_.data() + from, '<', to - from);
    if (found == nullptr) return to;
    from = static_cast<std::size_t>(static_cast<const char*>(found) - html_.data());
    if (from + 1 < to && html_[from + 1] == '/' && IsTagAt(from + 2, name)) return from;
    ++from;
  }
  return to;
}

// A script that holds "<!--" may hold whole scripts, with their end tags, up to "-->".
std::size_t HtmlTokenizer::FindScriptEnd() const {
  constexpr std::string_view kScript = "script";
  const std::size_t plain_end = FindEndTag(at_, html_.size(), kScript);
  for (std::size_t from = at_;;) {
    const std::size_t end = from > plain_end ? FindEndTag(from, html_.size(), kScript) : plain_end;
    const std::size_t open = html_.substr(0, end).find("<!--", from);
    if (open == std::string_view::npos) return end;
    const std::size_t close = std::min(html_.find("-->", open + 2), html_.size());
    bool inner = false;
    for (std::size_t at = open + 4; at < close;) {
      const void* found = std::memchr(html_.data() + at, '<', close - at);
      if (found == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const char*>(found) - html_.data());
      const bool closing = at + 1 < close && html_[at + 1] == '/';
      if (IsTagAt(at + (closing ? 2 : 1), kScript)) {
        if (closing && !inner) return at;
        inner = !closing;
      }
      ++at;
    }
    if (close == html_.size()) return close;
    from = close;
  }
}

std::string_view HtmlTokenizer::TakeRawText(Tag tag) {
  const std::size_t begin = at_;
  const std::string_view name = kTagNames[Number(tag) - kFirstElement];
  at_ = tag == Tag::kScript ? FindScriptEnd() : FindEndTag(at_, html_.size(), name);
  const std::string_view text = html_.substr(begin, at_ - begin);
  HtmlToken end_tag;
  Next(false, &end_tag);
  return text;
}

std::string_view HtmlTokenizer::TakeRest() {
  return html_.substr(std::exchange(at_, html_.size()));
}

}  // namespace dateline::extraction
