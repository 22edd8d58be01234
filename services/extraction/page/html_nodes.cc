#include "services/extraction/page/html_nodes.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "services/extraction/page/html_references.h"

namespace dateline::extraction {
namespace {

// So many bytes of a page make a node, in most pages more; what is set aside at once has a bound.
constexpr std::size_t kBytesOfNode = 32;
constexpr std::size_t kNodesAtLeast = 64;
constexpr std::size_t kNodesAtOnce = 20'000;

}  // namespace

HtmlNodes::HtmlNodes(std::size_t page_bytes, HtmlTree* tree) : tree_(*tree), nodes_(tree->nodes_) {
  nodes_.reserve(std::clamp(page_bytes / kBytesOfNode, kNodesAtLeast, kNodesAtOnce));
  nodes_.push_back({});
}

std::string_view HtmlNodes::ReplacedText(std::string_view source) {
  char* room = tree_.texts_.Reserve(kReferenceGrowth * source.size());
  return tree_.texts_.Keep(ReplaceReferences(source, ReferencePlace::kText, room));
}

std::string_view HtmlNodes::ReplacedValue(std::string_view source) {
  if (source.find('&') == std::string_view::npos) return source;
  char* room = tree_.texts_.Reserve(kReferenceGrowth * source.size());
  return tree_.texts_.Keep(ReplaceReferences(source, ReferencePlace::kAttribute, room));
}

std::uint32_t HtmlNodes::Add(const NodePlace& place, const HtmlNode& node) {
  LinkUnlessNext(place);
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(node);
  nodes_.back().parent = place.parent;
  if (!links_.empty()) {
    links_.push_back({});
    Link(index, place);
  }
  return index;
}

std::uint32_t HtmlNodes::AddBare(const NodePlace& place, Tag tag) {
  HtmlNode node;
  node.tag = tag;
  return Add(place, node);
}

std::uint32_t HtmlNodes::AddElement(const NodePlace& place, Tag tag, const HtmlToken& token) {
  HtmlNode node;
  node.tag = tag;
  if (token.attributes != 0) StoreAttributes(token.attributes, token, &node);
  return Add(place, node);
}

std::uint32_t HtmlNodes::AddCopy(const NodePlace& place, std::uint32_t node) {
  const HtmlNode copy = nodes_[node];
  return Add(place, copy);
}

void HtmlNodes::StoreAttributes(std::uint64_t bits, const HtmlToken& token, HtmlNode* node) {
  std::vector<std::string_view>& values = tree_.attributes_;
  node->attributes = bits;
  node->first_attribute = static_cast<std::uint32_t>(values.size());
  for (; bits != 0; bits &= bits - 1) {
    const auto number = static_cast<std::size_t>(std::countr_zero(bits));
    values.push_back(ReplacedValue(token.values[number]));
    if (number == AttributeName("class").number()) node->class_name = names_.Add(values.back());
    if (number == AttributeName("id").number()) node->id_name = names_.Add(values.back());
  }
}

void HtmlNodes::AddAttributes(std::uint32_t index, const HtmlToken& token) {
  HtmlNode& node = nodes_[index];
  if ((token.attributes & ~node.attributes) == 0) return;
  HtmlToken both = token;
  both.attributes |= node.attributes;
  std::size_t at = node.first_attribute;
  for (std::uint64_t bits = node.attributes; bits != 0; bits &= bits - 1)
    both.values[static_cast<std::size_t>(std::countr_zero(bits))] = tree_.attributes_[at++];
  StoreAttributes(both.attributes, both, &node);
}

void HtmlNodes::AddText(const NodePlace& place, std::string_view text) {
  if (text.empty()) return;
  LinkUnlessNext(place);
  if (const std::uint32_t before = NodeBefore(place); before != kNoNode && nodes_[before].tag == Tag::kText) {
    HtmlNode& node = nodes_[before];
    node.text = tree_.texts_.Join(node.text, text);
    return;
  }
  HtmlNode node;
  node.tag = Tag::kText;
  node.text = text;
  Add(place, node);
}

std::uint32_t HtmlNodes::NodeBefore(const NodePlace& place) const {
  if (!links_.empty()) return place.before != kNoNode ? links_[place.before].previous : links_[place.parent].last;
  // What stands deeper is no child of the parent; an element around it is the child before.
  return nodes_.back().parent == place.parent ? static_cast<std::uint32_t>(nodes_.size() - 1) : kNoNode;
}

// Links the nodes if one at that place would not be the next in document order: as long as all are, the elements around
// the last node have ever smaller numbers.
void HtmlNodes::LinkUnlessNext(const NodePlace& place) {
  if (!links_.empty()) return;
  auto at = static_cast<std::uint32_t>(nodes_.size() - 1);
  while (at > place.parent) at = nodes_[at].parent;
  if (at != place.parent || place.before != kNoNode) LinkAll();
}

void HtmlNodes::LinkAll() {
  links_.reserve(nodes_.size() + nodes_.size() / 2);
  links_.resize(nodes_.size());
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) Link(i, {nodes_[i].parent, kNoNode});
}

void HtmlNodes::Link(std::uint32_t node, const NodePlace& place) {
  nodes_[node].parent = place.parent;
  Links& own = links_[node];
  own.next = place.before;
  own.previous = place.before != kNoNode ? links_[place.before].previous : links_[place.parent].last;
  (own.previous != kNoNode ? links_[own.previous].next : links_[place.parent].first) = node;
  (own.next != kNoNode ? links_[own.next].previous : links_[place.parent].last) = node;
}

void HtmlNodes::Unlink(std::uint32_t node) {
  Links& own = links_[node];
  Links& parent = links_[nodes_[node].parent];
  // A copy stands nowhere yet.
  if (own.previous == kNoNode && own.next == kNoNode && parent.first != node) return;
  (own.previous != kNoNode ? links_[own.previous].next : parent.first) = own.next;
  (own.next != kNoNode ? links_[own.next].previous : parent.last) = own.previous;
  own.previous = kNoNode;
  own.next = kNoNode;
}

std::uint32_t HtmlNodes::CopyElement(std::uint32_t node) {
  if (links_.empty()) LinkAll();
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  const HtmlNode copy = nodes_[node];
  nodes_.push_back(copy);
  links_.push_back({});
  return index;
}

void HtmlNodes::Move(std::uint32_t node, const NodePlace& place) {
  if (links_.empty()) LinkAll();
  Unlink(node);
  Link(node, place);
}

void HtmlNodes::MoveChildren(std::uint32_t from, std::uint32_t to) {
  if (links_.empty()) LinkAll();
  while (links_[from].first != kNoNode) Move(links_[from].first, {to, kNoNode});
}

// Document order by walking the links.
void HtmlNodes::Sort() {
  std::vector<HtmlNode> sorted;
  sorted.reserve(nodes_.size());
  std::uint32_t parent = 0;  // by its new number
  for (std::uint32_t at = 0; at != kNoNode;) {
    sorted.push_back(nodes_[at]);
    sorted.back().parent = parent;
    if (links_[at].first != kNoNode) {
      parent = static_cast<std::uint32_t>(sorted.size() - 1);
      at = links_[at].first;
      continue;
    }
    while (at != 0 && links_[at].next == kNoNode) {
      at = nodes_[at].parent;
      parent = sorted[parent].parent;
    }
    at = at == 0 ? kNoNode : links_[at].next;
  }
  nodes_ = std::move(sorted);
}

void HtmlNodes::Finish() {
  if (!links_.empty()) Sort();
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) nodes_[i].depth = nodes_[nodes_[i].parent].depth + 1;
  for (auto i = static_cast<std::uint32_t>(nodes_.size()); i-- > 0;) {
    HtmlNode& node = nodes_[i];
    if (node.end == 0) node.end = i + 1;
    HtmlNode& parent = nodes_[node.parent];
    if (parent.end < node.end) parent.end = node.end;
  }
  tree_.names_ = names_.names();
}

}  // namespace dateline::extraction
