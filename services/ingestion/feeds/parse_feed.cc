#include "services/ingestion/feeds/parse_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/text/utf8.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/charset.h"
#include "services/ingestion/feeds/feed_builder.h"
#include "services/ingestion/feeds/json_feed.h"
#include "services/ingestion/feeds/sanitize_html.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {
namespace {

absl::Status Refuse(std::string_view reason, const FeedInput& input, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, reason,
               fmt::format("{}: {}", input.url.empty() ? "feed" : input.url, what), {{"url", std::string(input.url)}});
}

// What the first element says a document without a feed is.
absl::Status WhatElse(const XmlDocument& document, const FeedInput& input) {
  for (std::uint32_t i = 1; i < document.size(); ++i) {
    const std::string_view name = document.node(i).name;
    if (name.empty()) continue;
    if (name == "html" || name == "head" || name == "body" || name == "meta" || name == "div" || name == "p") {
      return Refuse("IS_HTML", input,
                    "a web page and no feed; look there for links to feeds, or watch it as a listing");
    }
    if (name == "urlset" || name == "sitemapindex") return Refuse("IS_SITEMAP", input, "a sitemap and no feed");
    if (name == "opml") return Refuse("IS_OPML", input, "a list of subscriptions; import it instead");
    break;
  }
  return Refuse("NOT_A_FEED", input, "neither RSS, Atom, JSON Feed nor CDF");
}

Scope OuterScope(const FeedInput& input) {
  Scope scope;
  // xml:base's rules are those of Content-Location: what is no http URL changes nothing.
  scope.base = RebasedUrl(input.content_location, input.url);
  scope.language = std::string(text::TrimSpace(input.content_language));
  return scope;
}

bool IsBinary(std::string_view text) {
  return text.substr(0, 1024).find('\0') != std::string_view::npos;
}

}  // namespace

std::string Text::Plain() const {
  return is_html ? PlainText(value) : text::CollapseSpace(value);
}

absl::StatusOr<Feed> ParseFeed(const FeedInput& input) {
  if (input.bytes.size() > kFeedBytesMax) {
    return Refuse("DOCUMENT_TOO_LARGE", input, fmt::format("over the limit of {} MiB", kFeedBytesMax >> 20));
  }
  DecodedXml decoded = DecodeXml(input.bytes, input.content_type);
  const std::string_view text = text::TrimSpace(decoded.text);
  if (text.empty()) return Refuse("EMPTY_DOCUMENT", input, "nothing but white space");
  const Scope scope = OuterScope(input);
  if (text.front() == '{') {
    auto feed = ParseJsonFeed(text, scope);
    if (!feed) return Refuse("NOT_A_FEED", input, "JSON, but no JSON Feed");
    feed->encoding = std::move(decoded.encoding);
    return *std::move(feed);
  }
  if (text.find('<') == std::string_view::npos) {
    if (IsBinary(input.bytes)) return Refuse("BINARY_CONTENT", input, "binary data and no feed");
    return Refuse("NOT_A_FEED", input, "plain text and no feed");
  }
  const XmlDocument document(std::move(decoded.text));
  const std::uint32_t root = FindFeedRoot(document);
  if (root == 0) return WhatElse(document, input);
  Feed feed = FeedBuilder(document, root).Build(scope);
  feed.encoding = std::move(decoded.encoding);
  feed.repairs = document.repairs();
  if (decoded.repaired) feed.repairs.emplace_back("the characters were not those of the declared charset");
  feed.well_formed = feed.repairs.empty();
  feed.truncated = feed.truncated || document.truncated();
  return feed;
}

}  // namespace dateline::feeds
