#pragma once
// The tokens of HTML as the HTML standard defines them, read in one pass. Everything a token holds is a view of the
// page: nothing is copied, no character reference is replaced (html_tree_builder.cc does that for what it keeps), and
// of the attributes only those of html_attributes.h are seen. The content of scripts and styles, comments and values
// are skipped at the speed of memchr. Carriage returns stay as they are: whoever reads text takes them for white space.
// Belongs to one thread; borrows the page.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "services/extraction/page/html_attributes.h"
#include "services/extraction/page/html_tags.h"
#include "services/extraction/page/name_numbers.h"

namespace dateline::extraction {

enum class TokenKind : std::uint8_t { kText, kStartTag, kEndTag, kComment, kDoctype, kEnd };

struct HtmlToken {
  TokenKind kind = TokenKind::kEnd;
  Tag tag = Tag::kText;
  bool self_closing = false;
  // Of a text: whether it holds "&" or NUL.
  bool has_references = false;
  // The whole of it, with its brackets if it is a tag. Of a CDATA section only its content.
  std::string_view source;
  // Of a start tag: which attributes it has, as AttributeName::bit, and their values by AttributeName::number. The
  // first of two alike counts. Values of attributes that it has not are those of earlier tokens.
  std::uint64_t attributes = 0;
  std::array<std::string_view, kAttributeCount> values;

  bool Has(AttributeName name) const { return (attributes & name.bit()) != 0; }
  std::string_view Value(AttributeName name) const { return Has(name) ? values[name.number()] : std::string_view(); }
};

class HtmlTokenizer {
 public:
  explicit HtmlTokenizer(std::string_view html);

  // Reads the next token; kEnd at the end, again and again. `cdata`: "<![CDATA[" opens text rather than a comment, as
  // in SVG.
  void Next(bool cdata, HtmlToken* token);

  // The text up to the end tag of `tag`, whose start tag was read last; goes on behind that end tag. Scripts are read
  // as browsers do where they hold "<!--".
  std::string_view TakeRawText(Tag tag);
  // All that is left.
  std::string_view TakeRest();

 private:
  std::size_t TextEnd(std::size_t at) const;
  void ReadText(HtmlToken* token);
  // False: it is no markup but text.
  bool ReadMarkup(bool cdata, HtmlToken* token);
  void ReadTag(std::size_t name_begin, HtmlToken* token);
  std::size_t ReadAttribute(std::size_t at, HtmlToken* token);
  void ReadDeclaration(bool cdata, HtmlToken* token);
  void ReadComment(HtmlToken* token);
  void EndAt(TokenKind kind, std::size_t end, HtmlToken* token);
  Tag TagOf(std::string_view name);
  std::size_t FindEndTag(std::size_t from, std::size_t to, std::string_view name) const;
  std::size_t FindScriptEnd() const;
  bool IsTagAt(std::size_t at, std::string_view name) const;

  std::string_view html_;
  std::size_t at_ = 0;
  NameNumbers others_;  // of elements without a number in html_tags.h
  std::deque<std::string> other_names_;
};

}  // namespace dateline::extraction
