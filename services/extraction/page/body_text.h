#pragma once
// The article of a page whose own text scripts draw, out of its JSON-LD (articleBody): the last resort, used only where
// the page shows hardly anything. Pure; linear.

#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"

namespace dateline::extraction {

// Less than this is a teaser, not an article.
inline constexpr std::size_t kMinBodyTextBytes = 500;

// The paragraphs of `body`, which is plain text or markup; empty when they hold less than kMinBodyTextBytes. Links are
// left out.
std::vector<Block> BlocksOfArticleBody(std::string_view body);

}  // namespace dateline::extraction
