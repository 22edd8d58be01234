// The body: most of every page. Which start and end tags close what, as the HTML standard's "in body" has it.

#include <algorithm>

#include "services/extraction/page/html_traits.h"
#include "services/extraction/page/html_tree_builder.h"

namespace dateline::extraction {

void HtmlTreeBuilder::InBody() {
  switch (token_.kind) {
    case TokenKind::kText:
      if (text_.empty()) return;
      ReopenFormats();
      return InsertText(text_);
    case TokenKind::kStartTag:
      return BodyStartTag();
    case TokenKind::kEndTag:
      return BodyEndTag();
    case TokenKind::kComment:
      return InsertComment();
    case TokenKind::kDoctype:
    case TokenKind::kEnd:
      return;
  }
}

void HtmlTreeBuilder::BodyStartTag() {
  if (!StartBlock() && !StartInline() && !StartRest()) {
    ReopenFormats();
    InsertElement(token_.tag);
  }
}

// Elements that end a paragraph.
bool HtmlTreeBuilder::StartBlock() {
  using enum Tag;
  switch (token_.tag) {
    case kAddress:
    case kArticle:
    case kAside:
    case kBlockquote:
    case kCenter:
    case kDetails:
    case kDialog:
    case kDir:
    case kDiv:
    case kDl:
    case kFieldset:
    case kFigcaption:
    case kFigure:
    case kFooter:
    case kHeader:
    case kHgroup:
    case kMain:
    case kMenu:
    case kNav:
    case kOl:
    case kP:
    case kSearch:
    case kSection:
    case kSummary:
    case kUl:
      CloseParagraph();
      InsertElement(token_.tag);
      return true;
    case kH1:
    case kH2:
    case kH3:
    case kH4:
    case kH5:
    case kH6:
      CloseParagraph();
      if ((Current().traits & kHeading) != 0) Pop();
      InsertElement(token_.tag);
      return true;
    case kPre:
    case kListing:
      CloseParagraph();
      skip_newline_ = InsertElement(token_.tag);
      return true;
    case kForm:
      StartForm();
      return true;
    case kLi:
    case kDd:
    case kDt:
      StartListItem();
      return true;
    case kPlaintext:
      CloseParagraph();
      if (InsertElement(kPlaintext)) InsertText(tokenizer_.TakeRest());
      return true;
    case kTable:
      if (!quirks_) CloseParagraph();
      if (InsertElement(kTable)) mode_ = Mode::kInTable;
      return true;
    case kHr:
      CloseParagraph();
      InsertVoid(kHr);
      return true;
    case kXmp:
      CloseParagraph();
      ReopenFormats();
      InsertRaw();
      return true;
    default:
      return false;
  }
}

// Formats, links, and what stands within a line.
bool HtmlTreeBuilder::StartInline() {
  using enum Tag;
  switch (token_.tag) {
    case kA:
      StartLink();
      return true;
    case kB:
    case kBig:
    case kCode:
    case kEm:
    case kFont:
    case kI:
    case kS:
    case kSmall:
    case kStrike:
    case kStrong:
    case kTt:
    case kU:
      ReopenFormats();
      InsertFormat();
      return true;
    case kNobr:
      ReopenFormats();
      if (InScope(kNobr, kScopeStop)) {
        AdoptMisnested(kNobr);
        ReopenFormats();
      }
      InsertFormat();
      return true;
    case kArea:
    case kBr:
    case kEmbed:
    case kImg:
    case kKeygen:
    case kWbr:
    case kInput:
      ReopenFormats();
      InsertVoid(token_.tag);
      return true;
    case kImage:
      ReopenFormats();
      InsertVoid(kImg);
      return true;
    case kButton:
      if (InScope(kButton, kScopeStop)) {
        PopImplied();
        PopUntil(kButton);
      }
      ReopenFormats();
      InsertElement(kButton);
      return true;
    case kApplet:
    case kMarquee:
    case kObject:
      ReopenFormats();
      if (InsertElement(token_.tag)) AddMarker();
      return true;
    case kMath:
      StartForeign(Space::kMathMl);
      return true;
    case kSvg:
      StartForeign(Space::kSvg);
      return true;
    default:
      return false;
  }
}

bool HtmlTreeBuilder::StartRest() {
  using enum Tag;
  switch (token_.tag) {
    case kHtml:
      if (template_modes_.empty()) nodes_.AddAttributes(open_.front().node, token_);
      return true;
    case kBody:
      if (template_modes_.empty() && open_.size() > 1 && open_[1].tag == kBody)
        nodes_.AddAttributes(open_[1].node, token_);
      return true;
    case kParam:
    case kSource:
    case kTrack:
      InsertVoid(token_.tag);
      return true;
    case kTextarea:
    case kIframe:
    case kNoembed:
      InsertRaw();
      return true;
    case kSelect:
      StartSelect();
      return true;
    case kOptgroup:
    case kOption:
      if (Current().tag == kOption) Pop();
      ReopenFormats();
      InsertElement(token_.tag);
      return true;
    case kRb:
    case kRtc:
    case kRp:
    case kRt:
      if (InScope(kRuby, kScopeStop)) PopImplied(IsOneOf(token_.tag, kRp, kRt) ? kRtc : kDocument);
      InsertElement(token_.tag);
      return true;
    case kCaption:
    case kCol:
    case kColgroup:
    case kFrame:
    case kFrameset:
    case kHead:
    case kTbody:
    case kTd:
    case kTfoot:
    case kTh:
    case kThead:
    case kTr:
      return true;
    default:
      if (!IsHeadElement(token_.tag)) return false;
      HeadStartTag();
      return true;
  }
}

void HtmlTreeBuilder::StartForm() {
  if (form_ != kNoNode && template_modes_.empty()) return;
  CloseParagraph();
  if (InsertElement(Tag::kForm) && template_modes_.empty()) form_ = Current().node;
}

// The next item ends the one before, unless a list or box stands between them.
void HtmlTreeBuilder::StartListItem() {
  const bool list = token_.tag == Tag::kLi;
  for (std::size_t i = open_.size(); i-- > 0;) {
    const Tag tag = open_[i].tag;
    if (list ? tag == Tag::kLi : IsOneOf(tag, Tag::kDd, Tag::kDt)) {
      PopImplied(tag);
      PopUntil(tag);
      break;
    }
    if ((open_[i].traits & kSpecial) != 0 && !IsOneOf(tag, Tag::kAddress, Tag::kDiv, Tag::kP)) break;
  }
  CloseParagraph();
  InsertElement(token_.tag);
}

// A link in a link ends the outer one.
void HtmlTreeBuilder::StartLink() {
  if (const std::size_t outer = FormatNamed(Tag::kA); outer < formats_.size()) {
    const std::uint32_t node = formats_[outer].node;
    AdoptMisnested(Tag::kA);
    if (const std::size_t left = FormatOf(node); left < formats_.size()) RemoveFormat(left);
    if (const std::size_t left = PositionOf(node); left < open_.size()) EraseOpen(left);
  }
  ReopenFormats();
  InsertFormat();
}

void HtmlTreeBuilder::StartSelect() {
  ReopenFormats();
  if (!InsertElement(Tag::kSelect)) return;
  const bool table = mode_ == Mode::kInTable || mode_ == Mode::kInCaption || mode_ == Mode::kInTableBody ||
                     mode_ == Mode::kInRow || mode_ == Mode::kInCell;
  mode_ = table ? Mode::kInSelectInTable : Mode::kInSelect;
}

void HtmlTreeBuilder::StartForeign(Space space) {
  ReopenFormats();
  if (InsertElement(token_.tag, space) && token_.self_closing) Pop();
}

// An element whose content is no markup.
void HtmlTreeBuilder::InsertRaw() {
  const Tag tag = token_.tag;
  const bool inserted = InsertElement(tag);
  std::string_view content = tokenizer_.TakeRawText(tag);
  if (!inserted) return;
  if (tag == Tag::kTextarea) content.remove_prefix(content.starts_with("\r\n") ? 2 : content.starts_with('\n') ? 1 : 0);
  if (IsOneOf(tag, Tag::kTextarea, Tag::kTitle) && content.find('&') != std::string_view::npos)
    content = nodes_.ReplacedText(content);
  nodes_.AddText({Current().node, kNoNode}, content);
  Pop();
}

void HtmlTreeBuilder::BodyEndTag() {
  using enum Tag;
  switch (token_.tag) {
    case kA:
    case kB:
    case kBig:
    case kCode:
    case kEm:
    case kFont:
    case kI:
    case kNobr:
    case kS:
    case kSmall:
    case kStrike:
    case kStrong:
    case kTt:
    case kU:
      if (!AdoptMisnested(token_.tag)) EndOther();
      return;
    case kBr:
      ReopenFormats();
      nodes_.AddBare(Place(), kBr);
      return;
    case kBody:
    case kHtml:
      if (!InScope(kBody, kScopeStop)) return;
      mode_ = Mode::kAfterBody;
      again_ = token_.tag == kHtml;
      return;
    case kTemplate:
      return TemplateEndTag();
    default:
      if (!EndBlock()) EndOther();
  }
}

bool HtmlTreeBuilder::EndBlock() {
  using enum Tag;
  const Tag tag = token_.tag;
  switch (tag) {
    case kAddress:
    case kArticle:
    case kAside:
    case kBlockquote:
    case kButton:
    case kCenter:
    case kDetails:
    case kDialog:
    case kDir:
    case kDiv:
    case kDl:
    case kFieldset:
    case kFigcaption:
    case kFigure:
    case kFooter:
    case kHeader:
    case kHgroup:
    case kListing:
    case kMain:
    case kMenu:
    case kNav:
    case kOl:
    case kPre:
    case kSearch:
    case kSection:
    case kSummary:
    case kUl:
      EndInScope(kScopeStop, kDocument);
      return true;
    case kLi:
      EndInScope(kScopeStop | kListStop, kLi);
      return true;
    case kDd:
    case kDt:
      EndInScope(kScopeStop, tag);
      return true;
    case kApplet:
    case kMarquee:
    case kObject:
      if (EndInScope(kScopeStop, kDocument)) ClearToMarker();
      return true;
    case kP:
      if (open_paragraphs_ == 0 || !InScope(kP, kScopeStop | kButtonStop)) InsertImplied(kP);
      CloseParagraph();
      return true;
    case kH1:
    case kH2:
    case kH3:
    case kH4:
    case kH5:
    case kH6:
      EndHeading();
      return true;
    case kForm:
      EndForm();
      return true;
    default:
      return false;
  }
}

// Ends the element of the tag if it is in scope, with all in it.
bool HtmlTreeBuilder::EndInScope(std::uint32_t stops, Tag except) {
  if (!InScope(token_.tag, stops)) return false;
  PopImplied(except);
  PopUntil(token_.tag);
  return true;
}

// Any heading ends any other.
void HtmlTreeBuilder::EndHeading() {
  std::size_t at = open_.size();
  while (at-- > 0 && (open_[at].traits & kHeading) == 0) {
    if ((open_[at].traits & kScopeStop) != 0) return;
  }
  if (at < open_.size()) PopTo(at);
}

// A form ends where it says, even if elements in it are still open.
void HtmlTreeBuilder::EndForm() {
  if (!template_modes_.empty()) {
    EndInScope(kScopeStop, Tag::kDocument);
    return;
  }
  const std::size_t position = form_ == kNoNode ? open_.size() : PositionOf(form_);
  form_ = kNoNode;
  if (position == open_.size() || !InScope(Tag::kForm, kScopeStop)) return;
  const std::uint32_t node = open_[position].node;
  PopImplied();
  if (const std::size_t left = PositionOf(node); left < open_.size()) EraseOpen(left);
}

void HtmlTreeBuilder::EndOther() {
  for (std::size_t i = open_.size(); i-- > 1;) {
    if (open_[i].tag == token_.tag && open_[i].space == Space::kHtml) {
      PopTo(i);
      return;
    }
    if ((open_[i].traits & kSpecial) != 0) return;
  }
}

void HtmlTreeBuilder::InAfterBody() {
  const bool after_html = mode_ == Mode::kAfterAfterBody;
  switch (token_.kind) {
    case TokenKind::kComment:
      nodes_.AddBare({after_html ? 0 : open_.front().node, kNoNode}, Tag::kComment);
      return;
    case TokenKind::kDoctype:
    case TokenKind::kEnd:
      return;
    case TokenKind::kText:
      if (std::all_of(text_.begin(), text_.end(), IsHtmlSpace)) return InBody();
      break;
    case TokenKind::kStartTag:
      if (token_.tag == Tag::kHtml) return InBody();
      break;
    case TokenKind::kEndTag:
      if (token_.tag == Tag::kHtml && !after_html) {
        mode_ = Mode::kAfterAfterBody;
        return;
      }
      break;
  }
  mode_ = Mode::kInBody;
  again_ = true;
}

void HtmlTreeBuilder::InFrameset() {
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kStartTag) {
    if (token_.tag == Tag::kFrameset) InsertElement(Tag::kFrameset);
    if (token_.tag == Tag::kFrame) InsertVoid(Tag::kFrame);
    if (token_.tag == Tag::kNoframes) InsertRaw();
  } else if (token_.kind == TokenKind::kEndTag && token_.tag == Tag::kFrameset && open_.size() > 1) {
    Pop();
    if (Current().tag != Tag::kFrameset) mode_ = Mode::kAfterFrameset;
  }
}

void HtmlTreeBuilder::InAfterFrameset() {
  if (token_.kind == TokenKind::kComment) return InsertComment();
  if (token_.kind == TokenKind::kStartTag && token_.tag == Tag::kNoframes) InsertRaw();
}

}  // namespace dateline::extraction
