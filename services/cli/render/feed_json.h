#pragma once
// A feed as JSON, for programs, and as text, for people. Pure.

#include <string>

#include "common/export/json_writer.h"
#include "services/cli/terminal.h"
#include "services/ingestion/feeds/feed.h"

namespace dateline::cli {

// Writes {feed_type, version, encoding, wellformed, repairs, feed: {…}, items: […]} as the member `key`. Text is as the
// feed has it, HTML sanitized; an item without a summary gives its content there too, and the time that is missing, of
// published and updated, is the other. Times are UTC.
void WriteFeed(std::string_view key, const feeds::Feed& feed, exporting::JsonWriter& json);

std::string FeedText(const feeds::Feed& feed, const Style& style, size_t columns);

// "rss", "atom", "json" or "cdf".
std::string_view FeedTypeName(feeds::Format format);

}  // namespace dateline::cli
