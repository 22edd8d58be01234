#pragma once
// Lists of subscriptions in OPML 1.0 to 2.0: how sources move between programs. Pure and thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::feeds {

inline constexpr std::size_t kOutlinesMax = 100'000;

// One subscription.
struct Outline {
  std::string title;
  std::string feed_url;  // xmlUrl; for a listing the page itself, with type "listing"; for a sitemap type "sitemap".
  std::string page_url;  // htmlUrl.
  std::string type = "rss";
  std::string language;
  std::vector<std::string> folders;  // The titles of the outlines around it, outermost first, and its categories.
  bool operator==(const Outline&) const = default;
};

struct OutlineList {
  std::string title;
  std::vector<Outline> outlines;
};

// Outlines without an http(s) feed URL are folders; two with the same URL are one. INVALID_ARGUMENT: EMPTY_DOCUMENT,
// DOCUMENT_TOO_LARGE, NOT_OPML.
absl::StatusOr<OutlineList> ParseOpml(std::string_view bytes);

// OPML 2.0, outlines in folders by their first folder, in the order given. ParseOpml gives the same list back.
std::string WriteOpml(const OutlineList& list);

}  // namespace dateline::feeds
