#include "services/extraction/page/html_tree_builder.h"

#include <algorithm>

#include "services/extraction/page/html_traits.h"

namespace dateline::extraction {

HtmlTreeBuilder::HtmlTreeBuilder(std::string_view html, HtmlTree* tree) : nodes_(html.size(), tree), tokenizer_(html) {}

void HtmlTreeBuilder::Run() {
  do {
    if (nodes_.count() > kMaxNodes) {
      nodes_.set_truncated();
      token_.kind = TokenKind::kEnd;
    } else {
      tokenizer_.Next(IsForeign(), &token_);
    }
    if (token_.kind == TokenKind::kText) {
      text_ = TokenText();
      if (skip_newline_) text_.remove_prefix(text_.starts_with("\r\n") ? 2 : text_.starts_with('\n') ? 1 : 0);
    }
    skip_newline_ = false;
    Dispatch();
  } while (token_.kind != TokenKind::kEnd);
  nodes_.Finish();
}

std::string_view HtmlTreeBuilder::TokenText() {
  return token_.has_references ? nodes_.ReplacedText(token_.source) : token_.source;
}

// Whether the innermost open element is one of SVG or MathML.
bool HtmlTreeBuilder::IsForeign() const {
  return !open_.empty() && Current().space != Space::kHtml;
}

void HtmlTreeBuilder::Dispatch() {
  if (IsForeign() && token_.kind != TokenKind::kEnd) {
    const bool integrated = (Current().traits & kIntegration) != 0 &&
                            (token_.kind == TokenKind::kStartTag || token_.kind == TokenKind::kText);
    if (!integrated) return InForeign();
  }
  DispatchByMode();
}

void HtmlTreeBuilder::DispatchByMode() {
  do {
    again_ = false;
    switch (mode_) {
      case Mode::kInitial:
        InInitial();
        break;
      case Mode::kBeforeHtml:
        InBeforeHtml();
        break;
      case Mode::kBeforeHead:
        InBeforeHead();
        break;
      case Mode::kInHead:
        InHead();
        break;
      case Mode::kInHeadNoscript:
        InHeadNoscript();
        break;
      case Mode::kAfterHead:
        InAfterHead();
        break;
      case Mode::kInBody:
        InBody();
        break;
      case Mode::kInTable:
        InTable();
        break;
      case Mode::kInCaption:
        InCaption();
        break;
      case Mode::kInColumnGroup:
        InColumnGroup();
        break;
      case Mode::kInTableBody:
        InTableBody();
        break;
      case Mode::kInRow:
        InRow();
        break;
      case Mode::kInCell:
        InCell();
        break;
      case Mode::kInSelect:
      case Mode::kInSelectInTable:
        InSelect();
        break;
      case Mode::kInTemplate:
        InTemplate();
        break;
      case Mode::kAfterBody:
      case Mode::kAfterAfterBody:
        InAfterBody();
        break;
      case Mode::kInFrameset:
        InFrameset();
        break;
      case Mode::kAfterFrameset:
        InAfterFrameset();
        break;
    }
  } while (again_);
}

// Elements of HTML that end the SVG or MathML around them.
bool HtmlTreeBuilder::BreaksOut(Tag tag) const {
  using enum Tag;
  return Has(tag, kHeading) ||
         IsOneOf(tag, kB, kBig, kBlockquote, kBody, kBr, kCenter, kCode, kDd, kDiv, kDl, kDt, kEm, kEmbed, kFont, kHead,
                 kHr, kI, kImg, kLi, kListing, kMenu, kMeta, kNobr, kOl, kP, kPre, kRuby, kS, kSmall, kSpan, kStrong,
                 kStrike, kSub, kSup, kTable, kTt, kU, kUl, kVar);
}

void HtmlTreeBuilder::InForeign() {
  if (token_.kind == TokenKind::kText) return InsertText(text_);
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kEndTag) return InForeignEndTag();
  if (token_.kind != TokenKind::kStartTag) return;
  if (BreaksOut(token_.tag)) {
    while (IsForeign() && (Current().traits & kIntegration) == 0) Pop();
    return DispatchByMode();
  }
  if (InsertElement(token_.tag, Current().space) && token_.self_closing) Pop();
}

void HtmlTreeBuilder::InForeignEndTag() {
  for (std::size_t i = open_.size() - 1; i > 0; --i) {
    if (open_[i].space == Space::kHtml) return DispatchByMode();
    if (open_[i].tag == token_.tag) return PopTo(i);
  }
}

void HtmlTreeBuilder::Push(std::uint32_t node, Tag tag, Space space) {
  std::uint32_t traits = 0;
  if (space == Space::kHtml) {
    traits = TraitsOf(tag);
    if (tag == Tag::kP) ++open_paragraphs_;
  } else if (IsOneOf(tag, Tag::kForeignobject, Tag::kDesc, Tag::kTitle)) {
    if (space == Space::kSvg) traits = kSpecial | kScopeStop | kIntegration;
  } else if (IsOneOf(tag, Tag::kMi, Tag::kMo, Tag::kMn, Tag::kMs, Tag::kMtext)) {
    if (space == Space::kMathMl) traits = kSpecial | kScopeStop | kIntegration;
  }
  open_.push_back({node, tag, traits, space});
  MarkOpen(node);
}

void HtmlTreeBuilder::MarkOpen(std::uint32_t node) {
  if (node >= is_open_.size()) is_open_.resize(std::max<std::size_t>(node + 1, 2 * is_open_.size()));
  is_open_[node] = true;
}

void HtmlTreeBuilder::ReplaceOpen(std::size_t position, std::uint32_t node) {
  is_open_[open_[position].node] = false;
  open_[position].node = node;
  MarkOpen(node);
}

void HtmlTreeBuilder::Pop() {
  const OpenElement& last = open_.back();
  is_open_[last.node] = false;
  if (last.tag == Tag::kP && last.space == Space::kHtml) --open_paragraphs_;
  open_.pop_back();
}

void HtmlTreeBuilder::PopTo(std::size_t size) {
  while (open_.size() > size) Pop();
}

// Never the outermost element.
void HtmlTreeBuilder::PopUntil(Tag tag) {
  while (open_.size() > 1) {
    const bool last = Current().tag == tag && Current().space == Space::kHtml;
    Pop();
    if (last) return;
  }
}

void HtmlTreeBuilder::PopWhile(std::uint32_t traits) {
  while ((Current().traits & traits) != 0) Pop();
}

// Elements that end by themselves.
void HtmlTreeBuilder::PopImplied(Tag except) {
  while ((Current().traits & kImpliedEnd) != 0 && Current().tag != except) Pop();
}

bool HtmlTreeBuilder::InScope(Tag tag, std::uint32_t stops) const {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].tag == tag && open_[i].space == Space::kHtml) return true;
    if ((open_[i].traits & stops) != 0) return false;
  }
  return false;
}

bool HtmlTreeBuilder::IsOpen(Tag tag) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const OpenElement& e) { return e.tag == tag && e.space == Space::kHtml; });
}

// The place of a node among the open elements; their number when it is none of them.
std::size_t HtmlTreeBuilder::PositionOf(std::uint32_t node) const {
  if (!IsOpenNode(node)) return open_.size();
  std::size_t at = open_.size() - 1;
  while (open_[at].node != node) --at;
  return at;
}

void HtmlTreeBuilder::CloseParagraph() {
  if (open_paragraphs_ == 0 || !InScope(Tag::kP, kScopeStop | kButtonStop)) return;
  PopUntil(Tag::kP);
}

void HtmlTreeBuilder::ResetMode() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    const Tag tag = open_[i].tag;
    if (open_[i].space != Space::kHtml) continue;
    if (tag == Tag::kSelect) {
      mode_ = Mode::kInSelect;
      for (std::size_t at = i; at-- > 0 && open_[at].tag != Tag::kTemplate;) {
        if (open_[at].tag == Tag::kTable) mode_ = Mode::kInSelectInTable;
      }
      return;
    }
    const Mode mode = Has(tag, kCell) && i > 0 ? Mode::kInCell
                      : tag == Tag::kTr        ? Mode::kInRow
                      : Has(tag, kTableBody)   ? Mode::kInTableBody
                      : tag == Tag::kCaption   ? Mode::kInCaption
                      : tag == Tag::kColgroup  ? Mode::kInColumnGroup
                      : tag == Tag::kTable     ? Mode::kInTable
                      : tag == Tag::kTemplate  ? template_modes_.back()
                      : tag == Tag::kHead      ? Mode::kInHead
                      : tag == Tag::kBody      ? Mode::kInBody
                      : tag == Tag::kFrameset  ? Mode::kInFrameset
                      : tag == Tag::kHtml      ? (head_ == kNoNode ? Mode::kBeforeHead : Mode::kAfterHead)
                                               : Mode::kInitial;
    if (mode == Mode::kInitial) continue;
    mode_ = mode;
    return;
  }
  mode_ = Mode::kInBody;
}

// Where a node goes that is put into the open element at `position`; out of tables while fostering.
NodePlace HtmlTreeBuilder::PlaceIn(std::size_t position) const {
  if (!fostering_ || (open_[position].traits & kTablePart) == 0) return {open_[position].node, kNoNode};
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].space != Space::kHtml) continue;
    if (open_[i].tag == Tag::kTemplate) return {open_[i].node, kNoNode};
    if (open_[i].tag == Tag::kTable) return {nodes_.parent(open_[i].node), open_[i].node};
  }
  return {open_.front().node, kNoNode};
}

// False: it would nest too deep, and was left out.
bool HtmlTreeBuilder::InsertElement(Tag tag, Space space) {
  if (open_.size() > kMaxDepth) {
    nodes_.set_truncated();
    return false;
  }
  Push(nodes_.AddElement(open_.empty() ? NodePlace{} : Place(), tag, token_), tag, space);
  return true;
}

// An element that the page left out.
void HtmlTreeBuilder::InsertImplied(Tag tag) {
  Push(nodes_.AddBare(open_.empty() ? NodePlace{} : Place(), tag), tag, Space::kHtml);
}

// An element without content.
void HtmlTreeBuilder::InsertVoid(Tag tag) {
  nodes_.AddElement(Place(), tag, token_);
}

void HtmlTreeBuilder::InsertComment() {
  nodes_.AddBare(Place(), Tag::kComment);
}

void HtmlTreeBuilder::InsertText(std::string_view text) {
  nodes_.AddText(Place(), text);
}

}  // namespace dateline::extraction
