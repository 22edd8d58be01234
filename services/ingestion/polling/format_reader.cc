#include "services/ingestion/polling/format_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/sitemap.h"
#include "services/ingestion/listing/listing.h"
#include "services/ingestion/polling/recipes.h"

namespace dateline::ingestion {
namespace {

using v1::Source;

// Of a sitemap index, the newest.
constexpr size_t kChildrenMax = 8;
// Sitemaps list whole sites; the newest pages are what may be news.
constexpr size_t kSitemapItemsMax = 20'000;
// A page below this many bytes of text that loads scripts is drawn by them.
constexpr size_t kScriptedTextMax = 400;

std::optional<WallTime> TimeOf(const std::optional<dates::ParsedDate>& date) {
  // A month or a year says too little to order items by.
  if (!date || date->precision < dates::Precision::kDay) return std::nullopt;
  return WallTime(date->utc);
}

ListedItem ItemOf(const feeds::Item& item, const feeds::Feed& feed) {
  ListedItem out;
  out.link = item.link;
  out.guid = item.id;
  out.title = item.title.Plain();
  out.summary = item.summary.Plain();
  out.content = item.content.value;
  out.content_type = item.content.is_html ? "text/html" : "text/plain";
  out.publish_time = TimeOf(item.When());
  out.update_time = TimeOf(item.updated.date);
  out.language = item.language.empty() ? feed.language : item.language;
  for (const feeds::Person& author : item.authors) {
    if (!author.name.empty()) out.authors.push_back(author.name);
  }
  return out;
}

SourceContent ContentOf(const feeds::Feed& feed) {
  SourceContent content;
  content.kind = Source::KIND_FEED;
  for (const feeds::Item& item : feed.items) content.items.push_back(ItemOf(item, feed));
  content.next_page = feed.next_url;
  content.title = feed.title.Plain();
  content.language = feed.language;
  content.home_uri = feed.link;
  if (feed.rhythm.ttl || feed.rhythm.update_period) {
    const std::chrono::minutes least{0};
    content.interval = std::max(feed.rhythm.ttl.value_or(least), feed.rhythm.update_period.value_or(least));
  }
  if (!feed.hubs.empty()) {
    content.hub = feed.hubs.front();
    content.topic = feed.self_url;
  }
  return content;
}

SourceContent ContentOf(feeds::Sitemap sitemap) {
  SourceContent content;
  content.kind = Source::KIND_SITEMAP;
  const auto time = [](const feeds::SitemapEntry& entry) {
    const auto& date = entry.news && entry.news->published.date ? entry.news->published.date : entry.modified.date;
    return date ? date->utc : std::chrono::sys_seconds();
  };
  std::stable_sort(sitemap.entries.begin(), sitemap.entries.end(),
                   [&](const auto& a, const auto& b) { return time(a) > time(b); });
  for (const feeds::SitemapEntry& entry : sitemap.entries) {
    if (sitemap.is_index) {
      if (content.children.size() < kChildrenMax) content.children.push_back(entry.url);
      continue;
    }
    if (content.items.size() == kSitemapItemsMax) break;
    ListedItem item;
    item.link = entry.url;
    item.update_time = TimeOf(entry.modified.date);
    if (entry.news) {
      item.title = entry.news->title;
      item.language = entry.news->language;
      item.publish_time = TimeOf(entry.news->published.date);
    }
    content.items.push_back(std::move(item));
  }
  return content;
}

SourceContent ContentOf(const listing::Listing& listing) {
  SourceContent content;
  content.kind = Source::KIND_LISTING;
  content.next_page = listing.next_url;
  content.language = listing.language;
  for (const listing::ListingItem& item : listing.items) {
    ListedItem out;
    out.link = item.url;
    out.title = item.title;
    out.summary = item.summary;
    out.publish_time = TimeOf(item.date);
    out.language = listing.language;
    content.items.push_back(std::move(out));
  }
  return content;
}

// Whether scripts have to run before anything can be read: hardly any words, and something to run.
bool NeedsScripts(std::string_view page) {
  size_t words = 0;
  bool in_tag = false, has_script = false;
  for (size_t i = 0; i < page.size(); ++i) {
    if (!in_tag && page[i] == '<') {
      const std::string_view rest = page.substr(i, 7);
      if (rest == "<script" || rest == "<SCRIPT") {
        has_script = true;
        const size_t end = std::min(page.find("</script", i), page.find("</SCRIPT", i));
        if (end == std::string_view::npos) break;
        i = end;
      }
      in_tag = true;
    } else if (in_tag) {
      in_tag = page[i] != '>';
    } else if (page[i] != ' ' && page[i] != '\n' && page[i] != '\t' && page[i] != '\r') {
      ++words;
    }
  }
  return has_script && words < kScriptedTextMax;
}

absl::StatusOr<SourceContent> ReadListing(const ReadRequest& request) {
  const listing::ListingInput input{request.body, request.url, request.content_type};
  const std::optional<listing::Recipe> recipe =
      request.source == nullptr ? std::nullopt : ValidRecipe(*request.source, request.now);
  const auto found = recipe ? listing::ReadListing(input, *recipe) : listing::FindListing(input);
  if (found.ok()) return ContentOf(*found);
  if (found.status().code() != absl::StatusCode::kNotFound) return found.status();
  // A page without a list is an observation, not an error: source health judges it.
  SourceContent none;
  none.kind = Source::KIND_LISTING;
  none.scripted = NeedsScripts(request.body);
  return none;
}

absl::StatusOr<SourceContent> ReadSitemap(const ReadRequest& request) {
  auto sitemap = feeds::ParseSitemap(request.body, request.url);
  if (!sitemap.ok()) return sitemap.status();
  return ContentOf(*std::move(sitemap));
}

}  // namespace

absl::StatusOr<SourceContent> FormatReader::Read(const ReadRequest& request) const {
  const Source::Kind kind = request.source == nullptr ? Source::KIND_UNSPECIFIED : request.source->kind();
  if (kind == Source::KIND_SITEMAP) {
    if (auto sitemap = ReadSitemap(request); sitemap.ok()) return sitemap;
  }
  const auto feed = feeds::ParseFeed({.bytes = request.body,
                                      .url = request.url,
                                      .content_type = request.content_type,
                                      .content_location = {},
                                      .content_language = {}});
  if (feed.ok()) return ContentOf(*feed);
  const std::string reason = ErrorReason(feed.status());
  if (reason == "IS_SITEMAP") return ReadSitemap(request);
  // Plain text lists of addresses and gzipped sitemaps are recognised by nothing but their content.
  if (reason != "IS_HTML" && kind != Source::KIND_LISTING) {
    if (auto sitemap = ReadSitemap(request); sitemap.ok() && !sitemap->items.empty()) return sitemap;
  }
  if (reason == "IS_HTML" && kind != Source::KIND_FEED && kind != Source::KIND_SITEMAP) return ReadListing(request);
  return Error(absl::StatusCode::kInvalidArgument, "UNREADABLE_SOURCE",
               fmt::format("{} cannot be read as a source: {}", request.url, ToStd(feed.status().message())),
               {{"url", std::string(request.url)}});
}

SourceReader::Recipes FormatReader::RecipesOf(const Source& source, WallTime now) const {
  return RecipesThatHold(source, now);
}

std::optional<SourceReader::PageReading> FormatReader::ReadPage(const Source& source,
                                                                const storage::v1::Document& document,
                                                                WallTime now) const {
  PageReading page;
  auto reading = ReadByRecipe(source, document, now, &page.unmatched);
  if (!reading) return std::nullopt;
  page.reading = *std::move(reading);
  return page;
}

}  // namespace dateline::ingestion
