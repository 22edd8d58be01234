#include "services/ingestion/polling/recipes.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"

namespace dateline::ingestion {
namespace {

constexpr int kRemoveSelectorsMax = 32;

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
  const v1::Recipe* best = nullptr;
  for (const v1::Recipe& recipe : source.recipes()) {
    if (recipe.item_selector().empty()) continue;
    if (recipe.has_start_time() && now < FromTimestamp(recipe.start_time())) continue;
    if (recipe.has_end_time() && now >= FromTimestamp(recipe.end_time())) continue;
    if (best == nullptr || recipe.version() > best->version()) best = &recipe;
  }
  if (best == nullptr) return std::nullopt;
  return ToListingRecipe(*best);
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
