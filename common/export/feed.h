#pragma once
// Releases as a feed: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. An item's id never changes; its time of update is
// that of its revision, so readers show an item again only when its words changed. Pure, deterministic; all text is
// escaped, and characters that XML forbids become U+FFFD.

#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

struct Feed {
  std::string id{};  // An IRI that stays the same for ever.
  std::string title{};
  std::string subtitle{};
  std::string home_uri{};   // The page that shows the same.
  std::string self_uri{};   // Where this document is.
  std::string next_uri{};   // The older part, empty on the last.
  std::string hub_uri{};    // A WebSub hub; empty without.
  std::string item_base{};  // "https://console.example/" before "releases/…": the record's page, where an item has no
                            // web address.
  std::vector<release::v1::Release> releases{};  // Newest first, whole.
};

std::string Atom(const Feed& feed);
std::string Rss(const Feed& feed);
std::string JsonFeed(const Feed& feed);

// One entry as a document of its own.
std::string AtomEntry(const release::v1::Release& release, std::string_view item_base);

// Text for an element or an attribute of XML 1.0.
std::string EscapeXml(std::string_view text);

}  // namespace dateline::exporting
