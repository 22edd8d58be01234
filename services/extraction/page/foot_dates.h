#pragma once
// The day that the boxes around an article tell: its sidebar, its foot, the footer of the page. They date other pages
// as often, so that one day is taken, and only where it is named as that of publishing or stands alone. Pure; one look
// at each node of the boxes; no recursion.

#include <cstddef>
#include <optional>
#include <vector>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// `feet` are the nodes of the boxes in the order of the page, none inside another.
std::optional<DateSign> ReadFootDate(const HtmlTree& tree, const std::vector<std::size_t>& feet);

}  // namespace dateline::extraction
