#include "services/ingestion/polling/recipes.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/text/utf8.h"

namespace dateline::ingestion {
namespace {

constexpr int kRemoveSelectorsMax = 32;
constexpr size_t kWordsBytesMax = 1'000;
constexpr size_t kDigestCharacters = 16;

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

listing::ReleaseRecipe PageSelectors(const v1::Recipe& recipe) {
  listing::ReleaseRecipe selectors = ToReleaseRecipe(recipe);
  if (IsForLists(recipe)) {
    selectors.title.clear();
    selectors.date.clear();
  }
  return selectors;
}

std::string Digest(const std::vector<std::string>& selectors) {
  std::string all;
  for (const std::string& selector : selectors) (all += selector) += '\0';
  return Sha256Hex(all).substr(0, kDigestCharacters);
}

}  // namespace

listing::Recipe ToListingRecipe(const v1::Recipe& recipe) {
  listing::Recipe out;
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

SourceReader::Recipes RecipesThatHold(const v1::Source& source, WallTime now) {
  SourceReader::Recipes recipes;
  if (const v1::Recipe* list = Latest(source, now, IsForLists)) {
    recipes.list = Digest({list->item_selector(), list->link_selector(), list->title_selector(), list->date_selector(),
                           list->next_page_selector()});
  }
  if (const v1::Recipe* page = Latest(source, now, IsForPages)) {
    const listing::ReleaseRecipe selectors = PageSelectors(*page);
    std::vector<std::string> all = {selectors.title, selectors.date, selectors.body};
    all.insert(all.end(), selectors.remove.begin(), selectors.remove.end());
    recipes.page = Digest(all);
  }
  return recipes;
}

std::optional<storage::v1::RecipeReading> ReadByRecipe(const v1::Source& source, const storage::v1::Document& document,
                                                       WallTime now, std::vector<std::string>* unmatched) {
  const v1::Recipe* recipe = Latest(source, now, IsForPages);
  if (recipe == nullptr) return std::nullopt;
  const std::string type = document.charset().empty()
                               ? document.content_type()
                               : fmt::format("{}; charset={}", document.content_type(), document.charset());
  auto page = listing::ReadRelease({.bytes = document.content(), .url = document.given_uri(), .content_type = type},
                                   PageSelectors(*recipe));
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
  const std::string field = ErrorMetadataValue(checked, "field").value_or("recipe");
  std::string_view why = ToStd(checked.message());
  if (why.starts_with(field + ": ")) why.remove_prefix(field.size() + 2);
  return FieldError("INVALID_SELECTOR", field, why);
}

}  // namespace dateline::ingestion
