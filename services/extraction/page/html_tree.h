#pragma once
// An HTML page as a flat array of nodes in document order, walked by index, never by recursion. It is the tree that the
// HTML standard defines (html_tree_builder.h), bounded while it is built: nesting by kMaxDepth, open inline formats by
// kMaxFormatting, nodes by kMaxNodes; what is over is left out and `truncated` says so. A tree belongs to one thread;
// making several at once is safe.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_attributes.h"
#include "services/extraction/page/html_tags.h"
#include "services/extraction/page/text_arena.h"

namespace dateline::extraction {

inline constexpr std::size_t kMaxNodes = 1'000'000;
// Browsers walk the open elements for nearly every tag, so that depth times length is the time a page takes.
inline constexpr std::size_t kMaxDepth = 400;
inline constexpr std::size_t kMaxFormatting = 32;

// One element, text, comment or document type. The first node is the document.
struct HtmlNode {
  Tag tag = Tag::kDocument;
  std::uint32_t parent = 0;  // index; the root is its own parent
  std::uint32_t end = 0;     // index behind its last descendant
  std::uint32_t depth = 0;
  std::string_view text;  // of a text node
  // Which attributes of the table in html_attributes.h it has, as AttributeName::bit, and where their values begin.
  std::uint64_t attributes = 0;
  std::uint32_t first_attribute = 0;
  // The values of class and id as indices into HtmlTree::names(); 0 for none.
  std::uint32_t class_name = 0;
  std::uint32_t id_name = 0;
};

// A parsed page. The views it hands out live as long as it does and as the page that it was parsed from.
class HtmlTree {
 public:
  // Parses UTF-8, which is borrowed.
  static HtmlTree Parse(std::string_view html);
  template <std::same_as<std::string> Temporary>
  static HtmlTree Parse(Temporary&& html) = delete;

  const std::vector<HtmlNode>& nodes() const { return nodes_; }
  bool truncated() const { return truncated_; }

  // The distinct values of class and id, the empty one first: a page repeats few of them many times, so that what they
  // mean is found out once for each.
  const std::vector<std::string_view>& names() const { return names_; }

  // The value of an attribute; empty when absent.
  std::string_view Attribute(const HtmlNode& node, AttributeName name) const {
    if ((node.attributes & name.bit()) == 0) return {};
    // Values stand in the order of the table.
    const auto before = static_cast<std::size_t>(std::popcount(node.attributes & (name.bit() - 1)));
    return attributes_[node.first_attribute + before];
  }
  static bool HasAttribute(const HtmlNode& node, AttributeName name) { return (node.attributes & name.bit()) != 0; }
  static bool HasAttributes(const HtmlNode& node) { return node.attributes != 0; }

 private:
  friend class HtmlNodes;  // html_nodes.h, which fills it
  HtmlTree() = default;

  std::vector<HtmlNode> nodes_;
  std::vector<std::string_view> attributes_;
  std::vector<std::string_view> names_;
  TextArena texts_;  // what is not a view of the page
  bool truncated_ = false;
};

}  // namespace dateline::extraction
