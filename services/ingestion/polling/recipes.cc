#include "services/ingestion/polling/recipes.h"

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"

namespace dateline::ingestion {

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
  if (recipe.item_selector().empty()) return absl::OkStatus();
  const absl::Status checked = listing::CheckRecipe(ToListingRecipe(recipe));
  if (checked.ok()) return checked;
  return FieldError("INVALID_SELECTOR", ErrorMetadataValue(checked, "field").value_or("recipe"),
                    ToStd(checked.message()));
}

}  // namespace dateline::ingestion
