#pragma once
// What stands around the headline of a page: the byline, the date, the deck. Pages seldom mark these in one way, so
// that nearness to the headline decides: distance is counted in bytes of text. Comments, teasers of other pages,
// navigation and footers are passed over. Pure; two looks at most at each node; no recursion.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// Persons of one byline.
struct Byline {
  std::vector<std::string> names;
  std::string_view rule;  // "author.microdata", "author.byline", "author.text"
  bool near = false;      // it stands at the headline
};

struct HeadlineArea {
  std::vector<Byline> bylines;  // the best first
  std::vector<DateSign> dates;  // "microdata", "time_element", "near_title", "date_class"; the nearest first
  std::string modified;
  std::string subtitle;
};

// `headline` is the node of the heading that says the title, or kNoNode (page_title.h). `site_keys` as in
// author_names.h.
HeadlineArea ReadHeadlineArea(const HtmlTree& tree, std::size_t headline, const std::vector<std::string>& site_keys);

// Whether the page shows `name` in its text, or at least the last word of it.
bool ShowsName(const HtmlTree& tree, std::string_view name);

}  // namespace dateline::extraction
