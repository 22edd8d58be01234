// Everything up to the body: the document type, the outermost elements and the head, of which each may be left out.

#include <array>
#include <string>

#include "services/extraction/page/html_traits.h"
#include "services/extraction/page/html_tree_builder.h"

namespace dateline::extraction {
namespace {

// Whether a document type asks for the layout of old browsers, in which a table does not end a paragraph.
bool IsQuirky(std::string_view doctype) {
  std::string lower(doctype.substr(0, 300));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  const std::size_t name = lower.find("html", 9);
  if (name == std::string::npos) return true;
  const std::size_t open = lower.find_first_of("\"'", name);
  if (open == std::string::npos || lower.find("public", name) > open) return false;
  const std::size_t close = lower.find(lower[open], open + 1);
  const std::string_view id = std::string_view(lower).substr(open + 1, close - open - 1);
  // These are quirky only without a system identifier behind them.
  const bool transitional =
      id.starts_with("-//w3c//dtd html 4.01 transitional//") || id.starts_with("-//w3c//dtd html 4.01 frameset//");
  if (transitional) return close == std::string::npos || lower.find_first_of("\"'", close + 1) == std::string::npos;
  static constexpr std::array<std::string_view, 20> kOld = {"+//silmaril//",
                                                            "-//advasoft ltd//",
                                                            "-//as//",
                                                            "-//ietf//",
                                                            "-//metrius//",
                                                            "-//microsoft//",
                                                            "-//netscape comm. corp.//",
                                                            "-//o'reilly and associates//",
                                                            "-//softquad",
                                                            "-//spyglass//",
                                                            "-//sq//",
                                                            "-//sun microsystems corp.//",
                                                            "-//w3c//dtd html 3",
                                                            "-//w3c//dtd html 4.0 frameset//",
                                                            "-//w3c//dtd html 4.0 transitional//",
                                                            "-//w3c//dtd html experimental",
                                                            "-//w3c//dtd w3 html//",
                                                            "-//w3o//",
                                                            "-//webtechs//",
                                                            "html"};
  for (const std::string_view old : kOld) {
    if (id.starts_with(old)) return true;
  }
  return false;
}

}  // namespace

// Takes white space off the head of a text; whether nothing is left of it.
bool HtmlTreeBuilder::SkipLeadingSpace() {
  if (token_.kind != TokenKind::kText) return false;
  while (!text_.empty() && IsHtmlSpace(text_.front())) text_.remove_prefix(1);
  return text_.empty();
}

// The same, but the white space becomes a text of its own.
bool HtmlTreeBuilder::InsertLeadingSpace() {
  if (token_.kind != TokenKind::kText) return false;
  const std::string_view whole = text_;
  const bool all = SkipLeadingSpace();
  InsertText(whole.substr(0, whole.size() - text_.size()));
  return all;
}

void HtmlTreeBuilder::InInitial() {
  if (SkipLeadingSpace()) return;
  if (token_.kind == TokenKind::kComment) {
    nodes_.AddBare({}, Tag::kComment);
    return;
  }
  mode_ = Mode::kBeforeHtml;
  if (token_.kind == TokenKind::kDoctype) {
    nodes_.AddBare({}, Tag::kDoctype);
    quirks_ = IsQuirky(token_.source);
    return;
  }
  quirks_ = true;
  again_ = true;
}

void HtmlTreeBuilder::InBeforeHtml() {
  if (token_.kind == TokenKind::kDoctype || SkipLeadingSpace()) return;
  if (token_.kind == TokenKind::kComment) {
    nodes_.AddBare({}, Tag::kComment);
    return;
  }
  if (token_.kind == TokenKind::kEndTag && !IsOneOf(token_.tag, Tag::kHead, Tag::kBody, Tag::kHtml, Tag::kBr)) return;
  mode_ = Mode::kBeforeHead;
  if (token_.kind == TokenKind::kStartTag && token_.tag == Tag::kHtml) {
    InsertElement(Tag::kHtml);
    return;
  }
  InsertImplied(Tag::kHtml);
  again_ = true;
}

void HtmlTreeBuilder::InBeforeHead() {
  if (token_.kind == TokenKind::kDoctype || SkipLeadingSpace()) return;
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kEndTag && !IsOneOf(token_.tag, Tag::kHead, Tag::kBody, Tag::kHtml, Tag::kBr)) return;
  if (token_.kind == TokenKind::kStartTag && token_.tag == Tag::kHtml)
    return nodes_.AddAttributes(open_.front().node, token_);
  mode_ = Mode::kInHead;
  if (token_.kind == TokenKind::kStartTag && token_.tag == Tag::kHead) {
    InsertElement(Tag::kHead);
    head_ = Current().node;
    return;
  }
  InsertImplied(Tag::kHead);
  head_ = Current().node;
  again_ = true;
}

bool HtmlTreeBuilder::IsHeadElement(Tag tag) const {
  using enum Tag;
  return IsOneOf(tag, kBase, kBasefont, kBgsound, kLink, kMeta, kNoframes, kScript, kStyle, kTemplate, kTitle);
}

// The start tag of an element that may stand in a head, wherever it stands.
void HtmlTreeBuilder::HeadStartTag() {
  switch (token_.tag) {
    case Tag::kBase:
    case Tag::kBasefont:
    case Tag::kBgsound:
    case Tag::kLink:
    case Tag::kMeta:
      return InsertVoid(token_.tag);
    case Tag::kTemplate:
      if (!InsertElement(Tag::kTemplate)) return;
      AddMarker();
      mode_ = Mode::kInTemplate;
      template_modes_.push_back(Mode::kInTemplate);
      return;
    default:
      return InsertRaw();
  }
}

void HtmlTreeBuilder::TemplateEndTag() {
  if (!IsOpen(Tag::kTemplate)) return;
  PopWhile(kThoroughEnd);
  PopUntil(Tag::kTemplate);
  ClearToMarker();
  template_modes_.pop_back();
  ResetMode();
}

void HtmlTreeBuilder::InHead() {
  if (InsertLeadingSpace() || token_.kind == TokenKind::kDoctype) return;
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kStartTag) {
    if (token_.tag == Tag::kHtml) return nodes_.AddAttributes(open_.front().node, token_);
    if (token_.tag == Tag::kHead) return;
    if (IsHeadElement(token_.tag)) return HeadStartTag();
    if (token_.tag == Tag::kNoscript) {
      InsertElement(Tag::kNoscript);
      mode_ = Mode::kInHeadNoscript;
      return;
    }
  } else if (token_.kind == TokenKind::kEndTag) {
    if (token_.tag == Tag::kTemplate) return TemplateEndTag();
    if (token_.tag == Tag::kHead) {
      Pop();
      mode_ = Mode::kAfterHead;
      return;
    }
    if (!IsOneOf(token_.tag, Tag::kBody, Tag::kHtml, Tag::kBr)) return;
  }
  Pop();
  mode_ = Mode::kAfterHead;
  again_ = true;
}

void HtmlTreeBuilder::InHeadNoscript() {
  if (token_.kind == TokenKind::kDoctype) return;
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (InsertLeadingSpace()) return;
  if (token_.kind == TokenKind::kStartTag) {
    if (token_.tag == Tag::kHtml) return nodes_.AddAttributes(open_.front().node, token_);
    if (IsOneOf(token_.tag, Tag::kHead, Tag::kNoscript)) return;
    if (IsOneOf(token_.tag, Tag::kBasefont, Tag::kBgsound, Tag::kLink, Tag::kMeta, Tag::kNoframes, Tag::kStyle))
      return HeadStartTag();
  } else if (token_.kind == TokenKind::kEndTag) {
    if (token_.tag == Tag::kNoscript) {
      Pop();
      mode_ = Mode::kInHead;
      return;
    }
    if (token_.tag != Tag::kBr) return;
  }
  Pop();
  mode_ = Mode::kInHead;
  again_ = true;
}

void HtmlTreeBuilder::InAfterHead() {
  if (InsertLeadingSpace() || token_.kind == TokenKind::kDoctype) return;
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kStartTag) {
    if (token_.tag == Tag::kHtml) return nodes_.AddAttributes(open_.front().node, token_);
    if (token_.tag == Tag::kHead) return;
    if (token_.tag == Tag::kBody) {
      InsertElement(Tag::kBody);
      mode_ = Mode::kInBody;
      return;
    }
    if (token_.tag == Tag::kFrameset) {
      InsertElement(Tag::kFrameset);
      mode_ = Mode::kInFrameset;
      return;
    }
    if (IsHeadElement(token_.tag)) {
      // It still goes into the head.
      Push(head_, Tag::kHead, Space::kHtml);
      const std::size_t position = open_.size() - 1;
      HeadStartTag();
      if (position < open_.size()) {
        is_open_[head_] = false;
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(position));
      }
      return;
    }
  } else if (token_.kind == TokenKind::kEndTag) {
    if (token_.tag == Tag::kTemplate) return TemplateEndTag();
    if (!IsOneOf(token_.tag, Tag::kBody, Tag::kHtml, Tag::kBr)) return;
  }
  InsertImplied(Tag::kBody);
  mode_ = Mode::kInBody;
  again_ = true;
}

}  // namespace dateline::extraction
