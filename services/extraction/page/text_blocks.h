#pragma once
// Plain text to blocks: finds the paragraphs of text whose lines are hard-wrapped, one line a paragraph, or flattened
// from a page, takes bullets off, and parts labels that were fused to the sentence behind them. Pure and linear.

#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"

namespace dateline::extraction {

// The blocks of `text` (UTF-8), at most kMaxBlocks. `truncated` is set when there were more.
std::vector<Block> BlocksOfText(std::string_view text, bool* truncated);

}  // namespace dateline::extraction
