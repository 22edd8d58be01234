#pragma once
// An article that stands apart from its page: in JSON-LD (articleBody), the last resort where the page shows hardly
// anything because scripts draw it; or cut out of it by a recipe. Pure; linear.

#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"

namespace dateline::extraction {

// Less than this is a teaser, not an article.
inline constexpr std::size_t kMinBodyTextBytes = 500;

// The paragraphs of `body`, which is plain text or markup; empty when they hold less than kMinBodyTextBytes. Links are
// left out.
std::vector<Block> BlocksOfArticleBody(std::string_view body);

// The blocks of markup, all of which belongs to the article; its references are absolute already.
std::vector<Block> BlocksOfMarkup(std::string_view markup);

}  // namespace dateline::extraction
