#pragma once
// An HTML page as a flat array of nodes in document order: parsed by MyHTML, then copied into an arena that is walked
// by index, never by recursion. Hostile markup is bounded before and while it is parsed: nesting by kMaxDepth, nodes by
// kMaxNodes; what is over is left out and `truncated` says so. A tree belongs to one thread; making several at once is
// safe.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/extraction/page/html_attributes.h"

namespace dateline::extraction {

inline constexpr std::size_t kMaxNodes = 1'000'000;
inline constexpr std::size_t kMaxDepth = 400;

// One element or text.
struct HtmlNode {
  std::uint32_t tag = 0;     // MyHTML's tag number; MyHTML_TAG__TEXT for text
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

// A parsed page. The views it hands out live as long as it does.
class HtmlTree {
 public:
  // Parses UTF-8. INTERNAL when memory runs out.
  static absl::StatusOr<std::unique_ptr<HtmlTree>> Parse(std::string_view html);
  ~HtmlTree();
  HtmlTree(const HtmlTree&) = delete;
  HtmlTree& operator=(const HtmlTree&) = delete;

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
  struct Handles;
  HtmlTree();
  // `expected` nodes, more or less.
  void Flatten(std::size_t expected);

  std::unique_ptr<Handles> handles_;
  std::vector<HtmlNode> nodes_;
  std::vector<std::string_view> attributes_;
  std::vector<std::string_view> names_;
  bool truncated_ = false;
};

// Leaves out opening tags that would nest deeper than kMaxDepth, or open more than kMaxFormatting inline formats at
// once: an HTML parser walks its stack of open elements for nearly every tag, so that depth times length would be its
// time. Returns false, and leaves `out` alone, when nothing has to go.
inline constexpr std::size_t kMaxFormatting = 32;
bool LimitNesting(std::string_view html, std::string* out);

}  // namespace dateline::extraction
