#pragma once
// The nodes of a page while it is parsed. As a rule they come in document order, and stay where they come; only
// misnested markup puts nodes before others or moves them. From the first such node on the nodes are linked, and Finish
// puts them into document order. Fills one HtmlTree; not thread-safe.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_tokenizer.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/name_numbers.h"

namespace dateline::extraction {

inline constexpr std::uint32_t kNoNode = 0xFFFFFFFF;

// Where a node goes: last in `parent`, or right before its child `before`.
struct NodePlace {
  std::uint32_t parent = 0;
  std::uint32_t before = kNoNode;
};

class HtmlNodes {
 public:
  // The document is there already. Room is made for the nodes that a page of so many bytes is likely to have.
  HtmlNodes(std::size_t page_bytes, HtmlTree* tree);

  std::uint32_t AddElement(const NodePlace& place, Tag tag, const HtmlToken& token);
  // A comment or document type, or an element that no tag stands for.
  std::uint32_t AddBare(const NodePlace& place, Tag tag);
  // An element like another one.
  std::uint32_t AddCopy(const NodePlace& place, std::uint32_t node);
  // Joined to a text that stands there already.
  void AddText(const NodePlace& place, std::string_view text);
  // Gives an element the attributes that it has not.
  void AddAttributes(std::uint32_t node, const HtmlToken& token);

  // The text of a token with its character references replaced.
  std::string_view ReplacedText(std::string_view source);

  // For misnested markup: an element like `node`, which stands nowhere yet; a node put elsewhere with all below it; the
  // children of one put into another.
  std::uint32_t CopyElement(std::uint32_t node);
  void Move(std::uint32_t node, const NodePlace& place);
  void MoveChildren(std::uint32_t from, std::uint32_t to);

  Tag tag(std::uint32_t node) const { return nodes_[node].tag; }
  std::uint32_t parent(std::uint32_t node) const { return nodes_[node].parent; }
  std::size_t count() const { return nodes_.size(); }
  void set_truncated() { tree_.truncated_ = true; }

  // Fills in what needs all nodes: their order, depth and end.
  void Finish();

 private:
  struct Links {
    std::uint32_t first = kNoNode;
    std::uint32_t last = kNoNode;
    std::uint32_t previous = kNoNode;
    std::uint32_t next = kNoNode;
  };

  std::uint32_t Add(const NodePlace& place, const HtmlNode& node);
  std::string_view ReplacedValue(std::string_view source);
  void StoreAttributes(std::uint64_t bits, const HtmlToken& token, HtmlNode* node);
  // The child that stands right before that place; kNoNode when there is none.
  std::uint32_t NodeBefore(const NodePlace& place) const;
  void LinkUnlessNext(const NodePlace& place);
  void LinkAll();
  void Link(std::uint32_t node, const NodePlace& place);
  void Unlink(std::uint32_t node);
  void Sort();

  HtmlTree& tree_;
  std::vector<HtmlNode>& nodes_;
  std::vector<Links> links_;  // one for each node once they are linked, else none
  NameNumbers names_;
};

}  // namespace dateline::extraction
