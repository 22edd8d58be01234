#pragma once
// The search page for others than its own address: forms that stand on it come back to it.

#include <string>
#include <string_view>

#include "services/gateway/console/site.h"

namespace dateline::gateway {

// Words, filter and chosen facets of a search as one filter.
std::string FilterOf(const Request& request);
// The page for the search in the query of `request`, with what went wrong in the form for keeping it.
Response ShowSearch(const Site& site, const Request& request, std::string save_mistake);
// The query of the feeds and exports for these words and this filter.
std::string FeedQuery(std::string_view words, std::string_view filter);
// The address of the search in the query of `request`.
std::string SearchAddress(const Request& request);

}  // namespace dateline::gateway
