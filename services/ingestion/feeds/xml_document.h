#pragma once
// XML as feeds have it, as a tree: a reader of our own that never fails. Feeds are broken in ways that stop a
// conforming parser at the first of them (bare "&", entities of HTML, missing end tags, markup that was never escaped,
// text before the declaration), and libxml2's recovery loses the text around an unknown entity. Names are lower case
// and know their namespace; text is cut in place, copied only where references stand in it. Single-threaded, linear;
// depth, attributes and the text that entities add are bounded.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/feeds/xml_names.h"

namespace dateline::feeds {

inline constexpr std::size_t kXmlDepthMax = 200;
inline constexpr std::size_t kXmlNodesMax = 4'000'000;
inline constexpr std::size_t kXmlAttributesMax = 64;

struct XmlAttribute {
  Ns ns = Ns::kNone;
  std::string_view name;   // Local, lower case.
  std::string_view value;  // References resolved.
};

// An element or, without a name, text.
struct XmlNode {
  std::string_view name;  // Local, lower case.
  std::string_view text;  // Of text: references resolved.
  Ns ns = Ns::kNone;
  bool literal = false;  // Text from a CDATA section.
  std::uint32_t parent = 0;
  std::uint32_t first_child = 0;  // 0: none. The root of all is node 0 and nobody's child.
  std::uint32_t last_child = 0;
  std::uint32_t next = 0;  // The next sibling; 0: none.
  std::uint32_t attributes = 0;
  std::uint32_t attribute_count = 0;
  bool IsElement() const { return !name.empty(); }
};

class XmlDocument {
 public:
  // Takes the text over; the views of the nodes live as long as the document.
  explicit XmlDocument(std::string text);
  XmlDocument(const XmlDocument&) = delete;
  XmlDocument& operator=(const XmlDocument&) = delete;

  const XmlNode& node(std::uint32_t index) const { return nodes_[index]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

  std::string_view Attribute(std::uint32_t element, std::string_view name, Ns ns = Ns::kNone) const;
  bool HasAttribute(std::uint32_t element, std::string_view name, Ns ns = Ns::kNone) const;
  // The first child element of this name in the namespace of RSS or Atom; 0 for none.
  std::uint32_t Child(std::uint32_t element, std::string_view name) const;

  // All text below an element, in order.
  std::string InnerText(std::uint32_t element) const;
  // What stands in an element as markup: elements as tags without prefixes, text escaped.
  std::string InnerMarkup(std::uint32_t element) const;
  bool HasElements(std::uint32_t element) const;
  // The one child of an element when it is an element of this name; 0 otherwise. White space does not count.
  std::uint32_t Only(std::uint32_t element, std::string_view name) const;

  bool well_formed() const { return repairs_.empty(); }
  const std::vector<std::string>& repairs() const { return repairs_; }
  bool truncated() const { return truncated_; }

 private:
  friend class XmlReader;
  void AppendMarkup(std::uint32_t index, std::string& out) const;

  std::string source_;
  std::deque<std::string> copies_;
  std::vector<XmlNode> nodes_;
  std::vector<XmlAttribute> attributes_;
  std::vector<std::string> repairs_;
  bool truncated_ = false;
};

}  // namespace dateline::feeds
