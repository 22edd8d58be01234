#pragma once
// The pure part of finding what a newsroom offers: which addresses are worth looking at, given the page that a person
// named and the site's robots.txt, and how good what was found there is. Fetching is the caller's: it asks for
// candidates, fetches them in their order, hands each answer to Examine, and takes the best by Rank. Thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::discovery {

inline constexpr std::size_t kCandidatesMax = 40;
inline constexpr std::size_t kSamplesMax = 3;

enum class Kind { kFeed, kSitemap, kListing, kPage };

// Why an address is worth a fetch, the best first.
enum class Basis {
  kGiven,          // The address itself.
  kLinkElement,    // <link rel="alternate"> with the type of a feed.
  kAnchor,         // A link to something that looks like a feed.
  kRobots,         // A Sitemap line of robots.txt.
  kNewsLink,       // A link that says "news", "press", "media" in one of many languages.
  kWellKnownPath,  // /feed, /rss.xml, /sitemap.xml and their like.
};

struct Candidate {
  std::string url;
  Kind kind = Kind::kFeed;  // What it promises to be.
  Basis basis = Basis::kGiven;
  std::string title;  // Of the link; may be empty.
  double score = 0;   // Higher first.
};

struct PageInput {
  std::string_view bytes = {};
  std::string_view url = {};  // After redirects.
  std::string_view content_type = {};
  std::string_view robots_txt = {};  // Of the same site; empty when there is none.
};

// Candidates on and around a page, best first, without repetition, the page itself not among them. Never fails: a page
// that cannot be read still has well-known paths.
std::vector<Candidate> FindCandidates(const PageInput& page);

struct Sample {
  std::string title;
  std::string url;
  std::string date;  // "2024-05-17T08:00:00Z" or "2024-05-17"; empty when unknown.
};

// What an address turned out to hold.
struct Finding {
  std::string url;
  Kind kind = Kind::kFeed;
  std::string format;  // "rss", "atom", "sitemap-index", "listing" and so on.
  std::string title;
  std::size_t items = 0;
  std::size_t dated_items = 0;
  std::string newest;           // As Sample::date.
  std::vector<Sample> samples;  // The newest, at most kSamplesMax.
  bool is_index = false;        // A sitemap of sitemaps: `follow` says which to look into.
  std::vector<std::string> follow;
  double score = 0;    // How good a source it is.
  std::string reason;  // Why, in one sentence for people.
};

// What the bytes at `candidate` are: feed, sitemap or listing. INVALID_ARGUMENT NOT_A_SOURCE when none of them.
absl::StatusOr<Finding> Examine(const Candidate& candidate, const PageInput& answer);

// Best first: feeds with dated items of the newsroom before sitemaps of news before listings before other sitemaps;
// feeds of comments, categories and single pages last.
void Rank(std::vector<Finding>& findings);

}  // namespace dateline::discovery
