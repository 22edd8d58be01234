#pragma once
// Builds the tree of a page from its tokens as the HTML standard defines it, with scripting switched off: elements that
// are implied, closed by others, misnested or put into tables are treated as browsers treat them, so that every page
// has the tree that its author saw. Left out is what no extraction depends on: the case of names in SVG and MathML, the
// encoding of annotation-xml, forms as owners. Linear but for walks up the open elements, which are at most kMaxDepth.
// One builder parses one page; not thread-safe.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_nodes.h"
#include "services/extraction/page/html_tokenizer.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

class HtmlTreeBuilder {
 public:
  HtmlTreeBuilder(std::string_view html, HtmlTree* tree);

  void Run();

 private:
  // The insertion modes of the standard.
  enum class Mode : std::uint8_t {
    kInitial,
    kBeforeHtml,
    kBeforeHead,
    kInHead,
    kInHeadNoscript,
    kAfterHead,
    kInBody,
    kInTable,
    kInCaption,
    kInColumnGroup,
    kInTableBody,
    kInRow,
    kInCell,
    kInSelect,
    kInSelectInTable,
    kInTemplate,
    kAfterBody,
    kInFrameset,
    kAfterFrameset,
    kAfterAfterBody,
  };
  enum class Space : std::uint8_t { kHtml, kSvg, kMathMl };

  struct OpenElement {
    std::uint32_t node;
    Tag tag;
    std::uint32_t traits;  // html_traits.h
    Space space;
  };
  // An entry of the list of active formatting elements; a marker has no node.
  struct Format {
    std::uint32_t node;
    Tag tag;
    std::string_view source;  // of its start tag
  };

  // html_tree_builder.cc: which tokens go to which mode.
  void Dispatch();
  void DispatchByMode();
  void InForeign();
  void InForeignEndTag();
  bool IsForeign() const;
  bool BreaksOut(Tag tag) const;
  void ResetMode();

  // html_head_modes.cc
  void InInitial();
  void InBeforeHtml();
  void InBeforeHead();
  void InHead();
  void InHeadNoscript();
  void InAfterHead();
  bool IsHeadElement(Tag tag) const;
  void HeadStartTag();
  void TemplateEndTag();
  bool SkipLeadingSpace();
  bool InsertLeadingSpace();

  // html_body_modes.cc; the functions that answer say whether the tag was theirs.
  void InBody();
  void BodyStartTag();
  bool StartBlock();
  bool StartInline();
  bool StartRest();
  void StartForm();
  void StartListItem();
  void StartLink();
  void StartSelect();
  void StartForeign(Space space);
  void InsertRaw();
  void BodyEndTag();
  bool EndBlock();
  bool EndInScope(std::uint32_t stops, Tag except);
  void EndHeading();
  void EndForm();
  void EndOther();
  void InAfterBody();
  void InFrameset();
  void InAfterFrameset();

  // html_table_modes.cc
  void InTable();
  void TableStartTag();
  bool IsHiddenInput() const;
  void Foster();
  void ClearBackTo(std::uint32_t traits, Tag tag);
  bool InTableScope(Tag tag) const;
  void InCaption();
  void InColumnGroup();
  void InTableBody();
  void InRow();
  void InCell();
  void CloseCell();
  void InSelect();
  void CloseSelect();
  void InTemplate();

  // html_formatting.cc
  void ReopenFormats();
  void InsertFormat();
  void RemoveFormat(std::size_t position);
  void AddMarker();
  void ClearToMarker();
  std::size_t FormatNamed(Tag tag) const;
  std::size_t FormatOf(std::uint32_t node) const;
  // False: no such format is open; the tag is to be treated like any other end tag.
  bool AdoptMisnested(Tag tag);
  void Adopt(std::size_t format, std::size_t position, std::size_t furthest);
  void EraseOpen(std::size_t position);

  // html_tree_builder.cc: the open elements, and what is put where.
  OpenElement& Current() { return open_.back(); }
  const OpenElement& Current() const { return open_.back(); }
  void Push(std::uint32_t node, Tag tag, Space space);
  void Pop();
  void PopTo(std::size_t size);
  void PopUntil(Tag tag);
  void PopWhile(std::uint32_t traits);
  void PopImplied(Tag except = Tag::kDocument);
  bool InScope(Tag tag, std::uint32_t stops) const;
  bool IsOpen(Tag tag) const;
  bool IsOpenNode(std::uint32_t node) const { return node < is_open_.size() && is_open_[node]; }
  void MarkOpen(std::uint32_t node);
  void ReplaceOpen(std::size_t position, std::uint32_t node);
  std::size_t PositionOf(std::uint32_t node) const;
  void CloseParagraph();
  NodePlace PlaceIn(std::size_t position) const;
  NodePlace Place() const { return PlaceIn(open_.size() - 1); }
  bool InsertElement(Tag tag, Space space = Space::kHtml);
  void InsertImplied(Tag tag);
  void InsertVoid(Tag tag);
  void InsertComment();
  void InsertText(std::string_view text);
  std::string_view TokenText();

  HtmlNodes nodes_;
  HtmlTokenizer tokenizer_;
  HtmlToken token_;
  std::string_view text_;  // of a text token, with references replaced; shrinks while its head is used
  Mode mode_ = Mode::kInitial;
  std::vector<Mode> template_modes_;
  std::vector<OpenElement> open_;
  std::vector<bool> is_open_;  // by node
  std::vector<Format> formats_;
  std::uint32_t open_paragraphs_ = 0;
  std::uint32_t head_ = kNoNode;
  std::uint32_t form_ = kNoNode;
  bool quirks_ = false;
  bool fostering_ = false;
  bool again_ = false;  // the token goes to the mode that was set
  bool skip_newline_ = false;
};

}  // namespace dateline::extraction
