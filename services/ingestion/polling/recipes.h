#pragma once
// The recipes of a source as the listing library takes them. Pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "services/ingestion/listing/listing.h"
#include "services/ingestion/listing/release_page.h"
#include "services/ingestion/polling/source_reader.h"

namespace dateline::ingestion {

listing::Recipe ToListingRecipe(const v1::Recipe& recipe);
listing::ReleaseRecipe ToReleaseRecipe(const v1::Recipe& recipe);

// The recipe for lists with the highest version among those that hold at this time; nullopt when none does.
std::optional<listing::Recipe> ValidRecipe(const v1::Source& source, WallTime now);

// Which recipes hold now.
SourceReader::Recipes RecipesThatHold(const v1::Source& source, WallTime now);

// What the recipe for pages with the highest version among those that hold finds on the page of `document`, for its
// hints; nullopt when none holds or the page cannot be read as one. `unmatched` gets the fields that matched nothing.
std::optional<storage::v1::RecipeReading> ReadByRecipe(const v1::Source& source, const storage::v1::Document& document,
                                                       WallTime now, std::vector<std::string>* unmatched);

// INVALID_ARGUMENT (INVALID_SELECTOR) when a selector cannot be read, or none is given.
absl::Status CheckRecipe(const v1::Recipe& recipe);

}  // namespace dateline::ingestion
