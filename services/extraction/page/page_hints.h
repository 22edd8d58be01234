#pragma once
// What the page says of itself that helps to find its text: given to the block model as features, never as text.
// Borrows from the metadata that was read of the page.

#include <string_view>
#include <vector>

namespace dateline::extraction {

struct PageHints {
  std::string_view title;                 // as chosen; may be empty
  std::vector<std::string_view> authors;  // as chosen
  std::string_view article_body;          // the text that JSON-LD gives of the article, raw; may be empty or a teaser
};

}  // namespace dateline::extraction
