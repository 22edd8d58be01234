#pragma once
// What a feed says, in one form for RSS, RDF, Atom, JSON Feed and CDF. Plain values, no behaviour beyond a few readings
// of them; copyable, safe to share when const. Every URL is absolute as far as a base was known; text is UTF-8, and
// HTML in it has lost all that could run or load (see sanitize_html.h).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/ingestion/dates/feed_date.h"

namespace dateline::feeds {

enum class Format { kRss, kRdf, kAtom, kJsonFeed, kCdf };

// A piece of text that is plain or HTML.
struct Text {
  std::string value;
  bool is_html = false;  // Then `value` is a sanitized fragment.
  std::string language;  // xml:lang in force; empty when none.
  bool empty() const { return value.empty(); }
  // The words alone: no tags, references resolved, white space collapsed.
  std::string Plain() const;
};

// A moment that the feed states. `date` is absent when nobody can read `raw`.
struct Moment {
  std::string raw;
  std::optional<dates::ParsedDate> date;
};

struct Link {
  std::string href;
  std::string rel;  // "alternate" when the feed does not say.
  std::string type;
  std::string hreflang;
  std::string title;
};

struct Person {
  std::string name;
  std::string email;
  std::string uri;
};

struct Enclosure {
  std::string url;
  std::string type;
  std::string length;  // Bytes, as written.
};

// The feed that an item was taken over from.
struct Origin {
  Text title;
  std::string url;  // Of the feed.
  std::string link;
  std::string id;
};

struct Item {
  std::string id;                // guid or atom:id, made absolute only where it is a reference; empty when absent.
  bool id_is_permalink = false;  // RSS: guid without isPermaLink="false" that is an http(s) URL.
  Text title;
  std::string link;         // The page of the item; from the guid where that is the only one.
  std::vector<Link> links;  // All, `link` among them.
  Text summary;
  Text content;  // The whole text where the feed carries it.
  std::vector<Person> authors;
  std::string author_text;  // As written, all in one.
  std::vector<std::string> categories;
  Moment published;
  Moment updated;
  std::vector<Enclosure> enclosures;
  std::string image_url;
  std::string comments_url;
  std::string language;
  Text copyright;
  std::optional<Origin> origin;
  // The richest text it has: content, else summary.
  const Text& Richest() const { return content.empty() ? summary : content; }
  // When it appeared as far as it says: published, else updated.
  const std::optional<dates::ParsedDate>& When() const {
    return published.date.has_value() ? published.date : updated.date;
  }
};

// How often the publisher asks to be polled.
struct Rhythm {
  std::optional<std::chrono::minutes> ttl;            // RSS ttl.
  std::optional<std::chrono::minutes> update_period;  // sy:updatePeriod by sy:updateFrequency.
  std::uint32_t skip_hours = 0;                       // Bit h: do not poll in hour h UTC.
  std::uint32_t skip_days = 0;                        // Bit d: do not poll on day d, Sunday 0.
};

struct Feed {
  Format format = Format::kRss;
  std::string version;   // "2.0", "0.91", "1.0", "https://jsonfeed.org/version/1.1"; as written.
  std::string encoding;  // The charset it was read as, lower case.
  bool well_formed = true;
  std::vector<std::string> repairs;  // What had to be mended, one sentence each, without repetition.
  bool truncated = false;            // Items, depth or size over the limit: the rest is left out.

  std::string id;
  Text title;
  Text description;
  std::string link;      // The page of the newsroom.
  std::string self_url;  // Where the feed says it lives: WebSub's topic.
  std::vector<Link> links;
  std::vector<std::string> hubs;  // WebSub.
  std::string next_url;           // RFC 5005 paging, JSON Feed next_url.
  std::vector<Person> authors;
  std::string author_text;
  std::vector<std::string> categories;
  Moment published;
  Moment updated;
  std::string generator;
  Text copyright;
  std::string language;
  std::string image_url;
  std::string icon_url;
  Rhythm rhythm;
  bool expired = false;  // JSON Feed: nothing will come any more.
  std::vector<Item> items;
};

}  // namespace dateline::feeds
