#pragma once
// What the poller needs of the parsers: bytes of a source in, items out. FormatReader (format_reader.h) implements it
// over the parsers of feeds, sitemaps and listings; simulations use their own. Implementations are pure, thread-safe
// and never fail on content: what cannot be read is an error with its reason.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "dateline/storage/v1/document.pb.h"

namespace dateline::ingestion {

// One item as a feed, sitemap or listing gives it. What is not given is empty.
struct ListedItem {
  std::string link;  // Absolute.
  std::string guid;
  std::string title;         // Plain text.
  std::string summary;       // Plain text.
  std::string content;       // The item's whole content, where the feed carries it.
  std::string content_type;  // Of the content: "text/html" or "text/plain".
  std::optional<WallTime> publish_time;
  std::optional<WallTime> update_time;
  std::string language;
  std::vector<std::string> authors;
};

struct SourceContent {
  v1::Source::Kind kind = v1::Source::KIND_UNSPECIFIED;  // As it was found to be.
  std::vector<ListedItem> items;
  std::vector<std::string> children;  // Of a sitemap index: sitemaps, the newest first.
  std::string next_page;              // Absolute; empty on the last.
  std::string title;                  // What the source calls itself.
  std::string language;
  std::string home_uri;
  std::optional<std::chrono::milliseconds> interval;  // The feed asks for (ttl, sy:updatePeriod).
  std::string hub;                                    // WebSub.
  std::string topic;
  bool scripted = false;  // A page without items whose content scripts would draw.
};

struct ReadRequest {
  std::string_view body;
  std::string_view content_type;
  std::string_view url;                // Where it came from, after redirects.
  const v1::Source* source = nullptr;  // With kind and recipes.
  WallTime now;                        // Which recipe is valid.
};

class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // INVALID_ARGUMENT (UNREADABLE_SOURCE) when the content is nothing that the kind of the source allows.
  virtual absl::StatusOr<SourceContent> Read(const ReadRequest& request) const = 0;

  // By which recipes of the source its list and its pages are read now, as digests of their selectors; empty: by the
  // general rules. What was read by another is to be read again.
  struct Recipes {
    std::string list;
    std::string page;
  };
  virtual Recipes RecipesOf(const v1::Source& source, WallTime now) const = 0;

  struct PageReading {
    storage::v1::RecipeReading reading;
    // Fields of the recipe that matched nothing.
    std::vector<std::string> unmatched;
  };
  // What the source's recipe for pages finds on the page of an item; nullopt when none holds, or the page is none.
  virtual std::optional<PageReading> ReadPage(const v1::Source& source, const storage::v1::Document& document,
                                              WallTime now) const = 0;
};

}  // namespace dateline::ingestion
