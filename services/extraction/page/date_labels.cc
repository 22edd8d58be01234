#include "services/extraction/page/date_labels.h"

#include <algorithm>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/headline_signs.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/markup_text.h"

namespace dateline::extraction {

std::string LineBefore(const HtmlTree& tree, std::size_t i) {
  constexpr std::size_t kReachNodes = 12;
  constexpr std::size_t kReachBytes = 80;
  const std::vector<HtmlNode>& nodes = tree.nodes();
  std::size_t block = nodes[i].parent;
  while (block != 0 && !IsBlockTag(nodes[block].tag)) block = nodes[block].parent;
  std::string line;
  for (std::size_t at = std::max(block + 1, i > kReachNodes ? i - kReachNodes : 0); at < i; ++at) {
    if (nodes[at].tag != Tag::kText) continue;
    const bool is_long = nodes[at].text.size() > kReachBytes;
    const std::string piece = is_long ? std::string() : MarkupLine(nodes[at].text);
    // "14 replies" is said of something else.
    if (is_long || HasDigit(std::string_view(piece).substr(0, 1))) {
      line.clear();
      continue;
    }
    line += piece;
    line.push_back(' ');
  }
  return line.size() > kReachBytes ? std::string() : line;
}

bool IsDateLabel(std::string_view before) {
  return !HasDigit(before) && (IsPublishLabel(before) || IsChangeLine(before));
}

bool IsChangeLabel(std::string_view before) {
  return !HasDigit(before) && IsChangeLine(before) && !IsPublishLabel(before);
}

}  // namespace dateline::extraction
