#pragma once
// Features of blocks that need more of the page than their neighbours: the blocks of the same form, the element that
// holds most running text, where links lead, and what the page says of itself (title, authors, JSON-LD's text). Pure;
// linear in blocks and their links.

#include <string_view>
#include <vector>

#include "services/extraction/page/block_features.h"
#include "services/extraction/page/page_hints.h"

namespace dateline::extraction {

// The places of the blocks. Blocks are of the same form when their elements and those around them are of the same kind
// and class, at the same depth.
std::vector<BlockPlace> PlacesOf(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks);

// Fills the features behind kUrlKind of every row, up to those of scores; places and other features have to be there.
void FillKinFeatures(const PageArena& arena, const std::vector<PlacedBlock>& blocks, std::string_view uri,
                     const PageHints& hints, BlockTable* table);

}  // namespace dateline::extraction
