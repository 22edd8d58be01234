#pragma once
// The page of one release by a recipe of CSS selectors: its title, date and text where the general rules do not find
// them. Pure and thread-safe; bounded by the limits of html/page.h.

#include <optional>
#include <string>
#include <vector>

#include "services/ingestion/listing/listing.h"

namespace dateline::listing {

inline constexpr std::size_t kReleaseTextMax = std::size_t{1} << 20;
inline constexpr std::size_t kReleaseMarkupMax = std::size_t{512} << 10;

// Selectors of html/selector_syntax.h; "" leaves the field out.
struct ReleaseRecipe {
  std::string title;
  std::string date;
  std::string body;
  std::vector<std::string> remove;  // Elements inside the body that are no part of it.
  bool empty() const { return title.empty() && date.empty() && body.empty() && remove.empty(); }
};

struct ReleasePage {
  std::string title;
  std::optional<dates::ParsedDate> date;
  std::string date_text;
  std::string text;       // A line for each block; all elements that `body` matches, one after another.
  std::string body_html;  // The same as markup (html::Page::Markup), at most kReleaseMarkupMax.
  // Fields of the recipe ("title", "remove[1]") whose selector matched nothing.
  std::vector<std::string> unmatched;
};

// INVALID_ARGUMENT with reason BAD_RECIPE and metadata "field" when a selector cannot be read.
absl::Status CheckRecipe(const ReleaseRecipe& recipe);
// BAD_RECIPE as above; errors of documents as of FindListing. What matches nothing is no error.
absl::StatusOr<ReleasePage> ReadRelease(const ListingInput& input, const ReleaseRecipe& recipe);

}  // namespace dateline::listing
