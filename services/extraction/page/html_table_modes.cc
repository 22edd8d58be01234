// Tables, lists of choices and templates: where text and elements may not stand, and what is implied around them.

#include <algorithm>

#include "services/extraction/page/html_traits.h"
#include "services/extraction/page/html_tree_builder.h"

namespace dateline::extraction {

// Pops down to the innermost table, body or row, as `traits` and `tag` say, or to what holds it.
void HtmlTreeBuilder::ClearBackTo(std::uint32_t traits, Tag tag) {
  while ((Current().traits & traits) == 0 && !IsOneOf(Current().tag, tag, Tag::kTemplate, Tag::kHtml)) Pop();
}

bool HtmlTreeBuilder::InTableScope(Tag tag) const {
  return InScope(tag, kTableStop);
}

// What may not stand in a table goes before it.
void HtmlTreeBuilder::Foster() {
  fostering_ = true;
  InBody();
  fostering_ = false;
}

void HtmlTreeBuilder::InTable() {
  switch (token_.kind) {
    case TokenKind::kText:
      if ((Current().traits & kTablePart) != 0 && std::all_of(text_.begin(), text_.end(), IsHtmlSpace))
        return InsertText(text_);
      return Foster();
    case TokenKind::kComment:
      return InsertComment();
    case TokenKind::kStartTag:
      return TableStartTag();
    case TokenKind::kEndTag:
      break;
    case TokenKind::kDoctype:
    case TokenKind::kEnd:
      return;
  }
  using enum Tag;
  if (token_.tag == kTable) {
    if (!InTableScope(kTable)) return;
    PopUntil(kTable);
    return ResetMode();
  }
  if (IsOneOf(token_.tag, kBody, kCaption, kCol, kColgroup, kHtml, kTbody, kTd, kTfoot, kTh, kThead, kTr)) return;
  if (token_.tag == kTemplate) return TemplateEndTag();
  Foster();
}

void HtmlTreeBuilder::TableStartTag() {
  using enum Tag;
  switch (token_.tag) {
    case kCaption:
      ClearBackTo(0, kTable);
      AddMarker();
      InsertElement(kCaption);
      mode_ = Mode::kInCaption;
      return;
    case kColgroup:
      ClearBackTo(0, kTable);
      InsertElement(kColgroup);
      mode_ = Mode::kInColumnGroup;
      return;
    case kCol:
      ClearBackTo(0, kTable);
      InsertImplied(kColgroup);
      mode_ = Mode::kInColumnGroup;
      again_ = true;
      return;
    case kTbody:
    case kTfoot:
    case kThead:
      ClearBackTo(0, kTable);
      InsertElement(token_.tag);
      mode_ = Mode::kInTableBody;
      return;
    case kTd:
    case kTh:
    case kTr:
      ClearBackTo(0, kTable);
      InsertImplied(kTbody);
      mode_ = Mode::kInTableBody;
      again_ = true;
      return;
    case kTable:
      if (!InTableScope(kTable)) return;
      PopUntil(kTable);
      ResetMode();
      again_ = true;
      return;
    case kStyle:
    case kScript:
    case kTemplate:
      return HeadStartTag();
    case kInput:
      if (IsHiddenInput()) return InsertVoid(kInput);
      break;
    case kForm:
      if (form_ != kNoNode || !template_modes_.empty()) return;
      form_ = nodes_.AddElement(Place(), kForm, token_);
      return;
    default:
      break;
  }
  Foster();
}

bool HtmlTreeBuilder::IsHiddenInput() const {
  const std::string_view type = token_.Value("type");
  constexpr std::string_view kHidden = "hidden";
  return type.size() == kHidden.size() &&
         std::equal(type.begin(), type.end(), kHidden.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

namespace {

// Start tags of the parts of a table that end a part before.
bool IsTableStructure(Tag tag) {
  return Has(tag, kTableBody) || IsOneOf(tag, Tag::kCaption, Tag::kCol, Tag::kColgroup);
}

}  // namespace

void HtmlTreeBuilder::InCaption() {
  using enum Tag;
  const bool start = token_.kind == TokenKind::kStartTag &&
                     (IsTableStructure(token_.tag) || Has(token_.tag, kCell) || token_.tag == kTr);
  const bool end = token_.kind == TokenKind::kEndTag;
  if (start || (end && IsOneOf(token_.tag, kCaption, kTable))) {
    if (!InTableScope(kCaption)) return;
    PopImplied();
    PopUntil(kCaption);
    ClearToMarker();
    mode_ = Mode::kInTable;
    again_ = token_.tag != kCaption || start;
    return;
  }
  if (end && IsOneOf(token_.tag, kBody, kCol, kColgroup, kHtml, kTbody, kTd, kTfoot, kTh, kThead, kTr)) return;
  InBody();
}

void HtmlTreeBuilder::InColumnGroup() {
  using enum Tag;
  if (InsertLeadingSpace() || token_.kind == TokenKind::kDoctype || token_.kind == TokenKind::kEnd) return;
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kStartTag) {
    if (token_.tag == kCol) return InsertVoid(kCol);
    if (token_.tag == kTemplate) return HeadStartTag();
  } else if (token_.kind == TokenKind::kEndTag) {
    if (token_.tag == kCol) return;
    if (token_.tag == kTemplate) return TemplateEndTag();
  }
  if (Current().tag != kColgroup) return;
  Pop();
  mode_ = Mode::kInTable;
  again_ = !(token_.kind == TokenKind::kEndTag && token_.tag == kColgroup);
}

void HtmlTreeBuilder::InTableBody() {
  using enum Tag;
  const bool start = token_.kind == TokenKind::kStartTag;
  const bool end = token_.kind == TokenKind::kEndTag;
  if (start && (token_.tag == kTr || Has(token_.tag, kCell))) {
    ClearBackTo(kTableBody, kTbody);
    if (token_.tag == kTr)
      InsertElement(kTr);
    else
      InsertImplied(kTr);
    mode_ = Mode::kInRow;
    again_ = token_.tag != kTr;
    return;
  }
  if (end && Has(token_.tag, kTableBody)) {
    if (!InTableScope(token_.tag)) return;
    ClearBackTo(kTableBody, kTbody);
    Pop();
    mode_ = Mode::kInTable;
    return;
  }
  if ((start && IsTableStructure(token_.tag)) || (end && token_.tag == kTable)) {
    if (!InTableScope(kTbody) && !InTableScope(kThead) && !InTableScope(kTfoot)) return;
    ClearBackTo(kTableBody, kTbody);
    Pop();
    mode_ = Mode::kInTable;
    again_ = true;
    return;
  }
  if (end && IsOneOf(token_.tag, kBody, kCaption, kCol, kColgroup, kHtml, kTd, kTh, kTr)) return;
  InTable();
}

void HtmlTreeBuilder::InRow() {
  using enum Tag;
  const bool start = token_.kind == TokenKind::kStartTag;
  const bool end = token_.kind == TokenKind::kEndTag;
  if (start && Has(token_.tag, kCell)) {
    ClearBackTo(0, kTr);
    InsertElement(token_.tag);
    mode_ = Mode::kInCell;
    AddMarker();
    return;
  }
  const bool ends = (start && (IsTableStructure(token_.tag) || token_.tag == kTr)) ||
                    (end && (token_.tag == kTr || token_.tag == kTable || Has(token_.tag, kTableBody)));
  if (ends) {
    if (end && Has(token_.tag, kTableBody) && !InTableScope(token_.tag)) return;
    if (!InTableScope(kTr)) return;
    ClearBackTo(0, kTr);
    Pop();
    mode_ = Mode::kInTableBody;
    again_ = start || token_.tag != kTr;
    return;
  }
  if (end && IsOneOf(token_.tag, kBody, kCaption, kCol, kColgroup, kHtml, kTd, kTh)) return;
  InTable();
}

void HtmlTreeBuilder::InCell() {
  using enum Tag;
  const bool start = token_.kind == TokenKind::kStartTag;
  const bool end = token_.kind == TokenKind::kEndTag;
  if (end && Has(token_.tag, kCell)) {
    if (!InTableScope(token_.tag)) return;
    PopImplied();
    PopUntil(token_.tag);
    ClearToMarker();
    mode_ = Mode::kInRow;
    return;
  }
  if (start && (IsTableStructure(token_.tag) || Has(token_.tag, kCell) || token_.tag == kTr)) {
    if (!InTableScope(kTd) && !InTableScope(kTh)) return;
    return CloseCell();
  }
  if (end && IsOneOf(token_.tag, kBody, kCaption, kCol, kColgroup, kHtml)) return;
  if (end && (IsOneOf(token_.tag, kTable, kTr) || Has(token_.tag, kTableBody))) {
    if (InTableScope(token_.tag)) CloseCell();
    return;
  }
  InBody();
}

void HtmlTreeBuilder::CloseCell() {
  while (open_.size() > 1) {
    const bool cell = (Current().traits & kCell) != 0;
    Pop();
    if (cell) break;
  }
  ClearToMarker();
  mode_ = Mode::kInRow;
  again_ = true;
}

void HtmlTreeBuilder::CloseSelect() {
  PopUntil(Tag::kSelect);
  ResetMode();
}

// Of what stands in a list of choices only the choices are kept.
void HtmlTreeBuilder::InSelect() {
  using enum Tag;
  if (token_.kind == TokenKind::kText) return InsertText(text_);
  if (token_.kind == TokenKind::kComment) return InsertComment();
  const bool start = token_.kind == TokenKind::kStartTag;
  if (!start && token_.kind != TokenKind::kEndTag) return;
  const bool table = IsOneOf(token_.tag, kCaption, kTable, kTr) || Has(token_.tag, kTableBody | kCell);
  if (mode_ == Mode::kInSelectInTable && table) {
    if (!start && !InTableScope(token_.tag)) return;
    CloseSelect();
    again_ = true;
    return;
  }
  if (token_.tag == kSelect) return CloseSelect();
  if (token_.tag == kTemplate || (start && token_.tag == kScript)) return start ? HeadStartTag() : TemplateEndTag();
  if (start && IsOneOf(token_.tag, kInput, kKeygen, kTextarea)) {
    CloseSelect();
    again_ = true;
    return;
  }
  if (token_.tag == kOption) {
    if (Current().tag == kOption) Pop();
    if (start) InsertElement(kOption);
  } else if (token_.tag == kOptgroup) {
    if (Current().tag == kOption && (start || open_[open_.size() - 2].tag == kOptgroup)) Pop();
    if (Current().tag == kOptgroup) Pop();
    if (start) InsertElement(kOptgroup);
  }
}

void HtmlTreeBuilder::InTemplate() {
  using enum Tag;
  if (token_.kind == TokenKind::kEndTag) {
    if (token_.tag == kTemplate) TemplateEndTag();
    return;
  }
  if (token_.kind != TokenKind::kStartTag) return InBody();
  if (IsHeadElement(token_.tag)) return HeadStartTag();
  mode_ = IsOneOf(token_.tag, kCaption, kColgroup) || Has(token_.tag, kTableBody) ? Mode::kInTable
          : token_.tag == kCol                                                    ? Mode::kInColumnGroup
          : token_.tag == kTr                                                     ? Mode::kInTableBody
          : Has(token_.tag, kCell)                                                ? Mode::kInRow
                                                                                  : Mode::kInBody;
  template_modes_.back() = mode_;
  again_ = true;
}

}  // namespace dateline::extraction
