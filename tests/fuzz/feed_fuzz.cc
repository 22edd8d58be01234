// Any bytes as a feed, a sitemap, OPML and a fragment of HTML: nothing crashes, limits hold, sanitized HTML stays as it
// is when it is sanitized again, and OPML that was written is read back.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/ingestion/feeds/opml.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/sanitize_html.h"
#include "services/ingestion/feeds/sitemap.h"

namespace {

using namespace dateline::feeds;

void CheckText(const Text& text) {
  if (text.is_html && text.value.find("<script") != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kBase = "https://news.example/a/feed";
  const auto feed = ParseFeed({.bytes = bytes, .url = kBase, .content_type = bytes.substr(0, 40)});
  if (feed.ok()) {
    if (feed->items.size() > kItemsMax) std::abort();
    CheckText(feed->title);
    for (const Item& item : feed->items) {
      CheckText(item.title);
      CheckText(item.content);
      if (item.link.starts_with("javascript:")) std::abort();
      (void)item.Richest().Plain();
    }
  }
  const std::string once = SanitizeHtml(bytes, kBase);
  if (SanitizeHtml(once, kBase) != once) std::abort();
  (void)PlainText(bytes);
  const auto sitemap = ParseSitemap(bytes, kBase);
  if (sitemap.ok() && sitemap->entries.size() > kSitemapEntriesMax) std::abort();
  if (const auto opml = ParseOpml(bytes); opml.ok()) {
    const auto again = ParseOpml(WriteOpml(*opml));
    if (!again.ok() || again->outlines.size() != opml->outlines.size()) std::abort();
  }
  return 0;
}
