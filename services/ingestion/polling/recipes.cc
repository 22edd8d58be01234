#include "services/ingestion/polling/recipes.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/text/utf8.h"

namespace dateline::ingestion {
namespace {

constexpr int kRemoveSelectorsMax = 32;
constexpr size_t kWordsBytesMax = 1'000;

// The one with the highest version among those that hold and that `fits`; null when there is none.
const v1::Recipe* Latest(const v1::Source& source, WallTime now, bool (*fits)(const v1::Recipe&)) {
  const v1::Recipe* best = nullptr;
  for (const v1::Recipe& recipe : source.recipes()) {
    if (!fits(recipe)) continue;
    if (recipe.has_start_time() && now < FromTimestamp(recipe.start_time())) continue;
    if (recipe.has_end_time() && now >= FromTimestamp(recipe.end_time())) continue;
    if (best == nullptr || recipe.version() > best->version()) best = &recipe;
  }
  return best;
}

bool IsForLists(const v1::Recipe& recipe) {
  return !recipe.item_selector().empty();
}

// Title and date of a recipe with items are those within an item.
bool IsForPages(const v1::Recipe& recipe) {
  return !recipe.body_selector().empty() ||
         (!IsForLists(recipe) && !(recipe.title_selector().empty() && recipe.date_selector().empty()));
}

}  // namespace

listing::Recipe ToListingRecipe(const v1::Recipe& recipe) {
  listing::Recipe out;
  out.version = static_cast<int>(std::max<uint32_t>(recipe.version(), 1));
  out.item = recipe.item_selector();
  out.link = recipe.link_selector();
  out.title = recipe.title_selector();
  out.date = recipe.date_selector();
  out.next = recipe.next_page_selector();
  return out;
}

listing::ReleaseRecipe ToReleaseRecipe(const v1::Recipe& recipe) {
  return {.title = recipe.title_selector(),
          .date = recipe.date_selector(),
          .body = recipe.body_selector(),
          .remove = {recipe.remove_selectors().begin(), recipe.remove_selectors().end()}};
}

std::optional<listing::Recipe> ValidRecipe(const v1::Source& source, WallTime now) {
  const v1::Recipe* recipe = Latest(source, now, IsForLists);
  if (recipe == nullptr) return std::nullopt;
  return ToListingRecipe(*recipe);
}

std::optional<storage::v1::RecipeReading> ReadByRecipe(const v1::Source& source, const storage::v1::Document& document,
                                                       WallTime now, std::vector<std::string>* unmatched) {
  const v1::Recipe* recipe = Latest(source, now, IsForPages);
  if (recipe == nullptr) return std::nullopt;
  listing::ReleaseRecipe selectors = ToReleaseRecipe(*recipe);
  if (IsForLists(*recipe)) {
    selectors.title.clear();
    selectors.date.clear();
  }
  const std::string type = document.charset().empty()
                               ? document.content_type()
                               : fmt::format("{}; charset={}", document.content_type(), document.charset());
  auto page =
      listing::ReadRelease({.bytes = document.content(), .url = document.given_uri(), .content_type = type}, selectors);
  if (!page.ok()) return std::nullopt;
  storage::v1::RecipeReading reading;
  reading.set_version(recipe->version());
  reading.set_title(std::string(text::TruncateUtf8(page->title, kWordsBytesMax)));
  reading.set_date(std::string(text::TruncateUtf8(page->date_text, kWordsBytesMax)));
  reading.set_body_html(std::move(page->body_html));
  *unmatched = std::move(page->unmatched);
  return reading;
}

absl::Status CheckRecipe(const v1::Recipe& recipe) {
  const listing::ReleaseRecipe release = ToReleaseRecipe(recipe);
  if (recipe.item_selector().empty() && release.empty()) {
    return FieldError(
        "INVALID_SELECTOR", "recipe.item_selector",
        "say where the items of a list stand, for example \"li.news-item\", or where title, date and body "
        "of a release's page do");
  }
  if (recipe.remove_selectors_size() > kRemoveSelectorsMax) {
    return FieldError("INVALID_SELECTOR", "recipe.remove_selectors",
                      fmt::format("at most {} selectors; join some with commas", kRemoveSelectorsMax));
  }
  absl::Status checked = listing::CheckRecipe(release);
  if (checked.ok() && !recipe.item_selector().empty()) checked = listing::CheckRecipe(ToListingRecipe(recipe));
  if (checked.ok()) return checked;
  return FieldError("INVALID_SELECTOR", ErrorMetadataValue(checked, "field").value_or("recipe"),
                    ToStd(checked.message()));
}

}  // namespace dateline::ingestion
