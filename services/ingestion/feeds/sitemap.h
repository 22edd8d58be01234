#pragma once
// Sitemaps (sitemaps.org, with the news, image and hreflang extensions), their indexes, gzipped ones, and plain text
// lists. Mended like feeds. Pure, thread-safe, linear; gzip is bounded by kSitemapBytesMax.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/ingestion/feeds/feed.h"

namespace dateline::feeds {

inline constexpr std::size_t kSitemapBytesMax = std::size_t{64} << 20;  // After decompression.
inline constexpr std::size_t kSitemapEntriesMax = 50'000;

// What a news sitemap says of a page.
struct SitemapNews {
  std::string publication;
  std::string language;
  std::string title;
  Moment published;
  std::vector<std::string> keywords;
};

struct SitemapEntry {
  std::string url;  // Absolute, http or https.
  Moment modified;
  std::optional<double> priority;  // 0 to 1.
  std::string change_frequency;    // "daily" and so on, lower case.
  std::optional<SitemapNews> news;
  std::vector<Link> alternates;  // Translations: rel "alternate" with hreflang.
};

struct Sitemap {
  bool is_index = false;  // Then the entries are sitemaps.
  std::vector<SitemapEntry> entries;
  bool truncated = false;
  bool well_formed = true;
};

// `url` is where it was fetched from: entries on another host are kept, since the protocol allows them by robots.txt;
// the caller judges them. INVALID_ARGUMENT: EMPTY_DOCUMENT, DOCUMENT_TOO_LARGE, BAD_GZIP, NOT_A_SITEMAP.
absl::StatusOr<Sitemap> ParseSitemap(std::string_view bytes, std::string_view url);

}  // namespace dateline::feeds
