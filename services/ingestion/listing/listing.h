#pragma once
// Newsroom pages as lists: finds the repeating pattern of items (link, title, date, summary) and the next page without
// being told where, or by a recipe of CSS selectors. Pure and thread-safe; bounded by the limits of html/document.h.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/ingestion/dates/feed_date.h"

namespace dateline::listing {

inline constexpr std::size_t kItemsMax = 1'000;

struct ListingItem {
  std::string url;  // Absolute.
  std::string title;
  std::string summary;
  std::optional<dates::ParsedDate> date;
  std::string date_text;  // What the date was read from.
};

struct Listing {
  std::vector<ListingItem> items;  // In the order of the page.
  std::string next_url;            // The next page; empty when there is none.
  std::string language;            // Of the page.
  // Where the items stand, as a CSS selector: what a recipe would begin with.
  std::string item_selector;
  // 0 to 1: how much the items look like releases: dates, titles of several words, links into this site.
  double confidence = 0;
};

// Below this nothing is returned as a listing.
inline constexpr double kConfidenceMin = 0.35;

struct ListingInput {
  std::string_view bytes = {};
  std::string_view url = {};
  std::string_view content_type = {};
};

// The best list of the page. NOT_FOUND with reason NO_LISTING when none is good enough; INVALID_ARGUMENT as for every
// document (EMPTY_DOCUMENT, BINARY_CONTENT, DOCUMENT_TOO_LARGE).
absl::StatusOr<Listing> FindListing(const ListingInput& input);

// How to read the listing of one site, for those pages whose pattern is not found. Selectors are those of
// html/selector_syntax.h; those below `item` are looked for inside each item and "" means: found as in FindListing.
struct Recipe {
  std::string item;
  std::string link;
  std::string title;
  std::string date;
  std::string summary;
  std::string next;
  std::string language;  // Of the dates; the page's when empty.
  bool operator==(const Recipe&) const = default;
};

// INVALID_ARGUMENT with reason BAD_RECIPE and metadata "field" when a selector cannot be read.
absl::Status CheckRecipe(const Recipe& recipe);
// NOT_FOUND with reason RECIPE_FOUND_NOTHING, naming the selector that matched nothing, when it gives no items.
absl::StatusOr<Listing> ReadListing(const ListingInput& input, const Recipe& recipe);

}  // namespace dateline::listing
