#pragma once
// What stands around the headline of a page: the byline, the date, the deck. Pages seldom mark these in one way, so
// that nearness to the headline decides: distance is counted in bytes of text. Comments, teasers of other pages,
// navigation and footers are passed over. Pure; two looks at most at each node; no recursion.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/author_choice.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

struct HeadlineArea {
  std::vector<AuthorSign> authors;   // in the order of the page; of sources that stand in it
  std::vector<DateSign> dates;       // "microdata", "time_element", "near_title", "date_class"; the nearest first
  std::vector<DateSign> foot_dates;  // of the boxes around the article, for pages that tell of a day nowhere else
  std::string modified;
  std::string subtitle;
};

// `headline` is the node of the heading that says the title, or kNoNode (page_title.h).
HeadlineArea ReadHeadlineArea(const HtmlTree& tree, std::size_t headline);

}  // namespace dateline::extraction
