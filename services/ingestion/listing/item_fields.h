#pragma once
// Title, date and summary of one item of a list. Internal to this folder; pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/link_groups.h"
#include "services/ingestion/listing/listing.h"

namespace dateline::listing {

// What of a text a date was read from.
struct DateMatch {
  dates::ParsedDate date;
  std::string text;
};

// The date in [begin, end) of the nodes: a <time>, then the first that the words of one element say.
std::optional<DateMatch> FindItemDate(const html::Page& page, std::uint32_t begin, std::uint32_t end,
                                      const dates::DateContext& context);

// The link's own words, or where these say nothing ("Read more", a picture) the heading of the item.
std::string FindItemTitle(const html::Page& page, const ItemExtent& item);

// The longest run of words that is neither title nor date.
std::string FindItemSummary(const html::Page& page, const ItemExtent& item, std::string_view title,
                            std::string_view date_text);

// Whether words are those of a link that leads on without saying where.
bool IsGenericLink(std::string_view words);

// Whether the month comes first in the numeric dates of these items, as far as their numbers show.
std::optional<bool> MonthFirst(const html::Page& page, const std::vector<ItemExtent>& items);

}  // namespace dateline::listing
