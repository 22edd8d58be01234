// Inline formats. What is left open at the end of a block goes on in the next one; what is closed in the wrong order is
// taken apart and put together again, by the standard's adoption agency algorithm.

#include <algorithm>

#include "services/extraction/page/html_traits.h"
#include "services/extraction/page/html_tree_builder.h"

namespace dateline::extraction {
namespace {

// The standard's limits of both loops of adoption, and of formats alike.
constexpr int kAdoptions = 8;
constexpr int kKeptWhileAdopting = 3;
constexpr int kAlike = 3;

}  // namespace

void HtmlTreeBuilder::AddMarker() {
  formats_.push_back({kNoNode, Tag::kDocument, {}});
}

void HtmlTreeBuilder::ClearToMarker() {
  while (!formats_.empty()) {
    const bool marker = formats_.back().node == kNoNode;
    formats_.pop_back();
    if (marker) return;
  }
}

// The last format of that name behind the last marker; their number when there is none.
std::size_t HtmlTreeBuilder::FormatNamed(Tag tag) const {
  for (std::size_t i = formats_.size(); i-- > 0 && formats_[i].node != kNoNode;) {
    if (formats_[i].tag == tag) return i;
  }
  return formats_.size();
}

std::size_t HtmlTreeBuilder::FormatOf(std::uint32_t node) const {
  const auto found = std::find_if(formats_.begin(), formats_.end(), [&](const Format& f) { return f.node == node; });
  return static_cast<std::size_t>(found - formats_.begin());
}

void HtmlTreeBuilder::RemoveFormat(std::size_t position) {
  formats_.erase(formats_.begin() + static_cast<std::ptrdiff_t>(position));
}

void HtmlTreeBuilder::InsertFormat() {
  if (formats_.size() >= kMaxFormatting) return nodes_.set_truncated();
  if (!InsertElement(token_.tag)) return;
  int alike = 0;
  std::size_t first = 0;
  for (std::size_t i = formats_.size(); i-- > 0 && formats_[i].node != kNoNode;) {
    if (formats_[i].tag != token_.tag || formats_[i].source != token_.source) continue;
    ++alike;
    first = i;
  }
  if (alike >= kAlike) RemoveFormat(first);
  formats_.push_back({Current().node, token_.tag, token_.source});
}

void HtmlTreeBuilder::ReopenFormats() {
  if (formats_.empty()) return;
  std::size_t at = formats_.size();
  while (at > 0 && formats_[at - 1].node != kNoNode && !IsOpenNode(formats_[at - 1].node)) --at;
  for (; at < formats_.size() && open_.size() <= kMaxDepth; ++at) {
    Format& format = formats_[at];
    const std::uint32_t copy = nodes_.AddCopy(Place(), format.node);
    Push(copy, format.tag, Space::kHtml);
    format.node = copy;
  }
}

void HtmlTreeBuilder::EraseOpen(std::size_t position) {
  const OpenElement& element = open_[position];
  is_open_[element.node] = false;
  if (element.tag == Tag::kP && element.space == Space::kHtml) --open_paragraphs_;
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(position));
}

bool HtmlTreeBuilder::AdoptMisnested(Tag tag) {
  if (Current().tag == tag && Current().space == Space::kHtml && FormatOf(Current().node) == formats_.size()) {
    Pop();
    return true;
  }
  for (int round = 0; round < kAdoptions; ++round) {
    const std::size_t format = FormatNamed(tag);
    if (format == formats_.size()) return round > 0;
    const std::size_t position = PositionOf(formats_[format].node);
    if (position == open_.size()) {
      RemoveFormat(format);
      return true;
    }
    // Nearly always it is the innermost element.
    if (position + 1 < open_.size() && !InScope(tag, kScopeStop)) return true;
    const auto block = std::find_if(open_.begin() + static_cast<std::ptrdiff_t>(position), open_.end(),
                                    [](const OpenElement& e) { return (e.traits & kSpecial) != 0; });
    if (block == open_.end()) {
      PopTo(position);
      RemoveFormat(format);
      return true;
    }
    Adopt(format, position, static_cast<std::size_t>(block - open_.begin()));
  }
  return true;
}

// Puts the format that is open at `position` into the block that is open at `furthest`, and ends it where that begins.
void HtmlTreeBuilder::Adopt(std::size_t format, std::size_t position, std::size_t furthest) {
  const std::uint32_t format_node = formats_[format].node;
  const std::uint32_t block = open_[furthest].node;
  std::size_t bookmark = format;
  std::uint32_t last = block;
  int inner = 0;
  for (std::size_t at = furthest; --at > position;) {
    const std::uint32_t node = open_[at].node;
    std::size_t entry = FormatOf(node);
    if (++inner > kKeptWhileAdopting && entry < formats_.size()) {
      RemoveFormat(entry);
      if (entry < bookmark) --bookmark;
      entry = formats_.size();
    }
    if (entry == formats_.size()) {
      EraseOpen(at);
      continue;
    }
    const std::uint32_t copy = nodes_.CopyElement(node);
    formats_[entry].node = copy;
    ReplaceOpen(at, copy);
    if (last == block) bookmark = entry + 1;
    nodes_.Move(last, {copy, kNoNode});
    last = copy;
  }
  nodes_.Move(last, PlaceIn(position - 1));
  const std::uint32_t copy = nodes_.CopyElement(format_node);
  nodes_.MoveChildren(block, copy);
  nodes_.Move(copy, {block, kNoNode});
  // The copy takes the place of the format, in both lists.
  Format moved = formats_[FormatOf(format_node)];
  const std::size_t old = FormatOf(format_node);
  moved.node = copy;
  RemoveFormat(old);
  if (old < bookmark) --bookmark;
  formats_.insert(formats_.begin() + static_cast<std::ptrdiff_t>(bookmark), moved);
  const OpenElement element{copy, open_[position].tag, open_[position].traits, Space::kHtml};
  EraseOpen(position);
  const std::size_t behind = PositionOf(block) + 1;
  open_.insert(open_.begin() + static_cast<std::ptrdiff_t>(behind), element);
  MarkOpen(copy);
}

}  // namespace dateline::extraction
