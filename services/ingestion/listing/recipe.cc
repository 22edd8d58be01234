// Listings by a recipe of CSS selectors.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/item_fields.h"
#include "services/ingestion/listing/link_groups.h"
#include "services/ingestion/listing/listing.h"
#include "services/ingestion/listing/next_page.h"

namespace dateline::listing {
namespace {

absl::Status BadRecipe(std::string_view field, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_RECIPE", fmt::format("{}: {}", field, what),
               {{"field", std::string(field)}});
}

class RecipeReader {
 public:
  RecipeReader(const html::Page& page, const Recipe& recipe)
      : page_(page), recipe_(recipe), language_(recipe.language.empty() ? page.Language() : recipe.language) {}

  absl::StatusOr<Listing> Read() {
    Listing listing;
    listing.language = language_;
    listing.item_selector = recipe_.item;
    DATELINE_ASSIGN_OR_RETURN(const std::vector<std::uint32_t> items, page_.Select(recipe_.item, 0));
    std::size_t dated = 0;
    for (const std::uint32_t element : items) {
      if (listing.items.size() >= kItemsMax) break;
      DATELINE_ASSIGN_OR_RETURN(std::optional<ListingItem> item, Item(element));
      if (!item) continue;
      dated += item->date ? 1 : 0;
      listing.items.push_back(*std::move(item));
    }
    if (listing.items.empty()) {
      const std::string& empty = items.empty() || recipe_.link.empty() ? recipe_.item : recipe_.link;
      return Error(absl::StatusCode::kNotFound, "RECIPE_FOUND_NOTHING",
                   fmt::format("{}: \"{}\" gives no items with a link; has the layout changed?", page_.url(), empty),
                   {{"selector", empty}});
    }
    listing.confidence = 0.6 + 0.4 * static_cast<double>(dated) / static_cast<double>(listing.items.size());
    DATELINE_ASSIGN_OR_RETURN(listing.next_url, Next());
    return listing;
  }

 private:
  // The first match inside an element; 0 for none.
  absl::StatusOr<std::uint32_t> First(const std::string& selector, std::uint32_t scope) const {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<std::uint32_t> found, page_.Select(selector, scope));
    return found.empty() ? 0 : found.front();
  }

  absl::StatusOr<std::uint32_t> Link(std::uint32_t element) const {
    if (!recipe_.link.empty()) return First(recipe_.link, element);
    for (std::uint32_t i = element; i < page_.node(element).end; ++i) {
      if (page_.node(i).tag == "a" && !page_.Absolute(page_.Attribute(i, "href")).empty()) return i;
    }
    return 0;
  }

  absl::StatusOr<std::optional<ListingItem>> Item(std::uint32_t element) {
    DATELINE_ASSIGN_OR_RETURN(const std::uint32_t link, Link(element));
    if (link == 0) return std::optional<ListingItem>();
    const PageLink page_link{link, page_.Absolute(page_.Attribute(link, "href")), page_.Words(link)};
    if (page_link.url.empty()) return std::optional<ListingItem>();
    const ItemExtent extent{&page_link, element, page_.node(element).end};
    ListingItem item;
    item.url = page_link.url;
    DATELINE_ASSIGN_OR_RETURN(item.title, Part(recipe_.title, element));
    if (item.title.empty()) item.title = FindItemTitle(page_, extent);
    std::uint32_t date_element = element;
    if (!recipe_.date.empty()) {
      DATELINE_ASSIGN_OR_RETURN(date_element, First(recipe_.date, element));
    }
    if (date_element != 0) {
      const dates::DateContext context{.language = language_, .month_first = {}, .year = {}};
      if (auto match = FindItemDate(page_, date_element, page_.node(date_element).end, context)) {
        item.date = match->date;
        item.date_text = std::move(match->text);
      }
    }
    DATELINE_ASSIGN_OR_RETURN(item.summary, Part(recipe_.summary, element));
    if (recipe_.summary.empty()) item.summary = FindItemSummary(page_, extent, item.title, item.date_text);
    return std::optional(std::move(item));
  }

  absl::StatusOr<std::string> Part(const std::string& selector, std::uint32_t element) const {
    if (selector.empty()) return std::string();
    DATELINE_ASSIGN_OR_RETURN(const std::uint32_t found, First(selector, element));
    return found == 0 ? std::string() : page_.Words(found);
  }

  absl::StatusOr<std::string> Next() const {
    if (recipe_.next.empty()) return FindNextPage(page_, FindLinks(page_));
    DATELINE_ASSIGN_OR_RETURN(const std::uint32_t found, First(recipe_.next, 0));
    return found == 0 ? std::string() : page_.Absolute(page_.Attribute(found, "href"));
  }

  const html::Page& page_;
  const Recipe& recipe_;
  const std::string language_;
};

}  // namespace

absl::Status CheckRecipe(const Recipe& recipe) {
  if (recipe.item.empty()) return BadRecipe("item", "is required: the selector of one item");
  const std::array<std::pair<std::string_view, const std::string*>, 6> selectors = {{{"item", &recipe.item},
                                                                                     {"link", &recipe.link},
                                                                                     {"title", &recipe.title},
                                                                                     {"date", &recipe.date},
                                                                                     {"summary", &recipe.summary},
                                                                                     {"next", &recipe.next}}};
  for (const auto& [field, selector] : selectors) {
    if (selector->empty()) continue;
    if (const absl::Status status = html::CheckSelector(*selector); !status.ok())
      return BadRecipe(field, ToStd(status.message()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Listing> ReadListing(const ListingInput& input, const Recipe& recipe) {
  DATELINE_RETURN_IF_ERROR(CheckRecipe(recipe));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<html::Page> page,
                            html::Page::Parse(input.bytes, input.content_type, input.url));
  return RecipeReader(*page, recipe).Read();
}

}  // namespace dateline::listing
