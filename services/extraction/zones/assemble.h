#pragma once
// Puts the clean text of a release together from its blocks and says where each part stands. Paragraphs are separated
// by one empty line; items of a list and lines of a contact block by a line end. Pure and linear.

#include <cstddef>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// Where the text of a block begins in the release's text; kNowhere for blocks that are not in it.
inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// What was assembled, beside release->text and release->sections.
struct Assembly {
  std::vector<std::size_t> block_begin;  // one for each block
  bool truncated = false;                // kMaxTextBytes was reached
};

// Fills release->text and release->sections. The title is not part of the text.
Assembly AssembleText(const std::vector<Block>& blocks, const Zoning& zoning, std::size_t max_bytes,
                      release::v1::Release* release);

}  // namespace dateline::extraction
