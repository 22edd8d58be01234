#pragma once
// Lines that stand on most pages of a site are the site's and not a release's. Whoever sees many pages of a site
// (storage) counts the hashes of their lines and hands over the frequent ones. Pure.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"

namespace dateline::extraction {

// The hash of a line: 64-bit XXH3 of its text::FoldKey form.
std::uint64_t LineHash(std::string_view line);

// Marks the blocks whose hash is among `hashes` (in any order) as the site's: those of a page as Block::left, those of
// plain text as Block::fused, which zoning takes for lines of a menu. O(blocks + hashes).
void MarkSiteBoilerplate(std::span<const std::uint64_t> hashes, bool html, std::vector<Block>* blocks);

}  // namespace dateline::extraction
