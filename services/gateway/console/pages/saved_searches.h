#pragma once
// Saved searches on the search page: the list with what is new in each, and whether the search that is shown is one of
// them. The notification service keeps them (services/notification/saved_searches).

#include <string_view>

#include "services/gateway/console/site.h"

namespace dateline::gateway {

// What a search page shows, as a saved search would hold it.
struct ShownSearch {
  std::string_view query;
  std::string_view filter;

  bool everything() const { return query.empty() && filter.empty(); }
};

// Fills "saved" (with "saved_any"), "saved_here" for the one that is shown, and "can_save". Where the service cannot do
// this all of them stay away. With `news` it counts what came in within a day for each of the first twelve.
void AddSavedSearches(const Site& site, const ShownSearch& shown, bool news, Value& page);

}  // namespace dateline::gateway
