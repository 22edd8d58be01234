#pragma once
// The link to the next page of a list. Internal to this folder; pure.

#include <string>
#include <vector>

#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/link_groups.h"

namespace dateline::listing {

// The page that <link rel=next>, a link with rel=next, a link that says "next" in one of many languages, or the number
// behind that of the present page lead to. Empty when there is none; never the page itself nor another site.
std::string FindNextPage(const html::Page& page, const std::vector<PageLink>& links);

}  // namespace dateline::listing
