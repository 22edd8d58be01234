#include "services/extraction/page/body_text.h"

#include <string>
#include <utility>

#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_arena.h"

namespace dateline::extraction {

std::vector<Block> BlocksOfArticleBody(std::string_view body) {
  if (body.size() < kMinBodyTextBytes) return {};
  // Plain text and markup are read alike, since plain text has character references too; its line ends part paragraphs.
  const bool plain = body.find("</") == std::string_view::npos;
  std::string html;
  html.reserve(body.size() + body.size() / 16);
  for (const char c : body) {
    if (plain && c == '\n')
      html.append("<p>");
    else
      html.push_back(c);
  }
  const HtmlTree tree = HtmlTree::Parse(html);
  const PageArena arena(tree);
  std::vector<Block> blocks;
  std::size_t bytes = 0;
  for (PlacedBlock& placed : ReadBlocks(tree, arena, {}).blocks) {
    placed.block.links.clear();
    bytes += placed.block.text.size();
    blocks.push_back(std::move(placed.block));
  }
  if (bytes < kMinBodyTextBytes) blocks.clear();
  return blocks;
}

std::vector<Block> BlocksOfMarkup(std::string_view markup) {
  std::vector<Block> blocks;
  if (markup.empty()) return blocks;
  const HtmlTree tree = HtmlTree::Parse(markup);
  const PageArena arena(tree);
  for (PlacedBlock& placed : ReadBlocks(tree, arena, {}).blocks) blocks.push_back(std::move(placed.block));
  return blocks;
}

}  // namespace dateline::extraction
