#pragma once
// The readable main content of a page as blocks: the page's block elements become blocks, and of these the block model
// (block_model.h) keeps what belongs to the content, seeing each with what is around it. Pure; linear in the number of
// nodes; no recursion.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"
#include "services/extraction/page/block_features.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_arena.h"
#include "services/extraction/page/page_hints.h"
#include "services/extraction/page/page_type.h"

namespace dateline::extraction {

// Why a block was kept or left.
struct BlockVerdict {
  std::string text;  // the head of it
  bool kept = false;
  std::vector<std::string> signals;
  // Index into HtmlContent::blocks; -1 for a block that does not stand there.
  std::int64_t block = -1;
};

// What was found.
struct HtmlContent {
  // Those kept, and with Block::left those that are not text but stand in the container.
  std::vector<Block> blocks;
  // Those that blocks name, and those of the container; of the others nothing was read.
  std::vector<PageImage> images;
  // Why the container was chosen: "container.itemprop", "container.article", "container.main", "container.score",
  // "container.body".
  std::string_view rule;
  // Visible text of the page and the part of it that stands in links, in bytes.
  std::size_t page_text = 0;
  std::size_t page_link_text = 0;
  bool truncated = false;
  PageSigns signs{};
  // One for each block of the page, kept or left; only when asked for.
  std::vector<BlockVerdict> verdicts;
  // Of every block of the page (site_boilerplate.h); only when asked for.
  std::vector<std::uint64_t> line_hashes;
};

// An image element. What the page says of it is read for those alone that the release shows.
struct PlacedImage {
  std::uint32_t node = 0;
  bool main = false;  // it stands in the element that holds the article
};

// Every block of the page, with the images met on the way; nothing is judged yet.
struct PageBlocks {
  std::vector<PlacedBlock> blocks;
  std::vector<PlacedImage> images;
  bool truncated = false;
};
PageBlocks ReadBlocks(const HtmlTree& tree, const PageArena& arena, std::string_view base_uri);

// `base_uri` resolves links and images; without it only absolute ones are kept.
// `hints` are what the metadata say; empty ones cost accuracy only. With `explain` the verdicts are given too,
// with `collect_lines` the line hashes.
HtmlContent ReadContent(const HtmlTree& tree, std::string_view base_uri, const PageHints& hints, bool explain = false,
                        bool collect_lines = false);

}  // namespace dateline::extraction
