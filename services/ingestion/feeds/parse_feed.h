#pragma once
// Bytes in, Feed out, for every format of feed.h. Broken feeds are mended where their meaning is clear, and say so in
// Feed::repairs; what is no feed at all is an error. Pure, thread-safe, linear in the input; entities cannot make it
// grow by more than kEntityBytesMax.

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/ingestion/feeds/feed.h"

namespace dateline::feeds {

inline constexpr std::size_t kFeedBytesMax = std::size_t{32} << 20;
inline constexpr std::size_t kItemsMax = 50'000;
// What entities that the feed declares itself may add to it.
inline constexpr std::size_t kEntityBytesMax = std::size_t{1} << 20;

// What came with the bytes. All may be empty.
struct FeedInput {
  std::string_view bytes = {};
  std::string_view url = {};               // The final URL: the base of references.
  std::string_view content_type = {};      // HTTP Content-Type.
  std::string_view content_location = {};  // HTTP Content-Location: the base where it is an http(s) URL or reference.
  std::string_view content_language = {};  // HTTP Content-Language.
};

// Errors, all INVALID_ARGUMENT: EMPTY_DOCUMENT, DOCUMENT_TOO_LARGE, BINARY_CONTENT, IS_HTML (a web page: look there for
// links to feeds), IS_SITEMAP, IS_OPML, NOT_A_FEED.
absl::StatusOr<Feed> ParseFeed(const FeedInput& input);

}  // namespace dateline::feeds
