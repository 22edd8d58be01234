#pragma once
// The readable main content of a page as blocks: scores elements by the text and links they hold, prefers what the page
// itself marks as its article, leaves out what is set around it, and turns block elements into blocks. Pure; linear in
// the number of nodes; no recursion.

#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// What was found.
struct HtmlContent {
  std::vector<Block> blocks;
  std::vector<PageImage> images;
  // Why the container was chosen: "container.itemprop", "container.article", "container.main", "container.score",
  // "container.body".
  std::string_view rule;
  // Visible text of the page and the part of it that stands in links, in bytes.
  std::size_t page_text = 0;
  std::size_t page_link_text = 0;
  bool truncated = false;
};

// `base_uri` resolves links and images; without it only absolute ones are kept.
HtmlContent ReadContent(const HtmlTree& tree, std::string_view base_uri);

}  // namespace dateline::extraction
