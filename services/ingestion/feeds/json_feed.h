#pragma once
// JSON Feed 1.0 and 1.1. Internal to parse_feed; pure.

#include <optional>
#include <string_view>

#include "services/ingestion/feeds/feed.h"
#include "services/ingestion/feeds/feed_text.h"

namespace dateline::feeds {

// nullopt when the text is no JSON object with items or a JSON Feed version.
std::optional<Feed> ParseJsonFeed(std::string_view text, const Scope& scope);

}  // namespace dateline::feeds
