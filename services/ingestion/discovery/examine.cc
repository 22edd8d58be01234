// What the bytes at an address turn out to be, and how good a source that makes.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/ingestion/discovery/discovery.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/sitemap.h"
#include "services/ingestion/listing/listing.h"

namespace dateline::discovery {
namespace {

// Sitemaps of an index that are worth following, at most.
constexpr std::size_t kFollowMax = 3;

std::string DateText(const std::optional<dates::ParsedDate>& date) {
  if (!date) return {};
  return date->precision > dates::Precision::kDay ? dates::FormatUtc(date->utc) : dates::FormatDay(date->utc);
}

// One item of any kind of source.
struct Entry {
  std::string title;
  std::string url;
  std::optional<dates::ParsedDate> date;
};

// Counts, newest and samples. Items keep their order where dates do not decide: newsrooms put the newest first.
void Summarize(std::vector<Entry> entries, Finding* finding) {
  finding->items = entries.size();
  finding->dated_items = static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.date.has_value(); }));
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.date && b.date ? a.date->utc > b.date->utc : a.date.has_value() && !b.date.has_value();
  });
  if (!entries.empty()) finding->newest = DateText(entries.front().date);
  for (Entry& entry : entries) {
    if (finding->samples.size() >= kSamplesMax) break;
    finding->samples.push_back({std::move(entry.title), std::move(entry.url), DateText(entry.date)});
  }
}

double Share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string_view FormatName(feeds::Format format) {
  switch (format) {
    case feeds::Format::kRss:
      return "rss";
    case feeds::Format::kRdf:
      return "rdf";
    case feeds::Format::kAtom:
      return "atom";
    case feeds::Format::kJsonFeed:
      return "json-feed";
    case feeds::Format::kCdf:
      return "cdf";
  }
  return "";
}

bool IsAboutComments(const feeds::Feed& feed) {
  const std::string title = text::FoldKey(feed.title.Plain());
  constexpr std::array<std::string_view, 4> kWords = {"comments on", "comments for", "commentaires sur",
                                                      "kommentare zu"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return title.find(word) != std::string::npos; });
}

Finding FromFeed(const feeds::Feed& feed, const Candidate& candidate) {
  Finding finding;
  finding.kind = Kind::kFeed;
  finding.format = std::string(FormatName(feed.format));
  finding.title = feed.title.Plain();
  std::vector<Entry> entries;
  for (const feeds::Item& item : feed.items) {
    std::string title = item.title.Plain();
    if (title.empty()) title = std::string(text::TruncateUtf8(item.Richest().Plain(), 120));
    entries.push_back({std::move(title), item.link, item.When()});
  }
  Summarize(std::move(entries), &finding);
  finding.score = 60 + 30 * Share(finding.dated_items, finding.items);
  if (finding.items == 0) finding.score -= 40;
  if (!feed.well_formed) finding.score -= 3;
  if (IsAboutComments(feed)) finding.score -= 70;
  if (candidate.basis == Basis::kGiven) finding.score += 100;  // Somebody asked for this very one.
  finding.score += std::clamp(candidate.score / 20, -5.0, 6.0);
  finding.reason = finding.items == 0
                       ? "a feed, but without items"
                       : fmt::format("a feed with {} items, {} of them dated", finding.items, finding.dated_items);
  return finding;
}

Finding FromSitemap(const feeds::Sitemap& sitemap) {
  Finding finding;
  finding.kind = Kind::kSitemap;
  finding.is_index = sitemap.is_index;
  std::vector<Entry> entries;
  std::size_t news = 0;
  for (const feeds::SitemapEntry& entry : sitemap.entries) {
    news += entry.news.has_value() ? 1 : 0;
    entries.push_back({entry.news ? entry.news->title : std::string(), entry.url,
                       entry.news && entry.news->published.date ? entry.news->published.date : entry.modified.date});
  }
  if (sitemap.is_index) {
    // News first, then posts, then the one that changed last.
    std::vector<std::pair<int, const feeds::SitemapEntry*>> order;
    for (const feeds::SitemapEntry& entry : sitemap.entries) {
      const int rank = entry.url.find("news") != std::string::npos || entry.url.find("press") != std::string::npos ? 0
                       : entry.url.find("post") != std::string::npos                                               ? 1
                                                                                                                   : 2;
      order.emplace_back(rank, &entry);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      const auto& x = a.second->modified.date;
      const auto& y = b.second->modified.date;
      return x && y ? x->utc > y->utc : x.has_value() && !y.has_value();
    });
    for (const auto& [rank, entry] : order) {
      if (finding.follow.size() < kFollowMax) finding.follow.push_back(entry->url);
    }
  }
  Summarize(std::move(entries), &finding);
  finding.format = sitemap.is_index ? "sitemap-index" : news > 0 ? "news-sitemap" : "sitemap";
  finding.score = sitemap.is_index ? 5
                  : news > 0       ? 55 + 20 * Share(news, finding.items)
                                   : 10 + 15 * Share(finding.dated_items, finding.items);
  if (finding.items == 0) finding.score -= 10;
  finding.reason = sitemap.is_index ? fmt::format("an index of {} sitemaps", finding.items)
                   : news > 0       ? fmt::format("a news sitemap with {} pages", news)
                                    : fmt::format("a sitemap of {} pages, news and others", finding.items);
  return finding;
}

Finding FromListing(const listing::Listing& found) {
  Finding finding;
  finding.kind = Kind::kListing;
  finding.format = "listing";
  std::vector<Entry> entries;
  for (const listing::ListingItem& item : found.items) entries.push_back({item.title, item.url, item.date});
  Summarize(std::move(entries), &finding);
  finding.score = 50 * found.confidence * (finding.items >= 5 ? 1 : 0.8);
  finding.reason = fmt::format("a page that lists {} items, {} of them dated", finding.items, finding.dated_items);
  return finding;
}

}  // namespace

absl::StatusOr<Finding> Examine(const Candidate& candidate, const PageInput& answer) {
  std::optional<Finding> finding;
  if (const auto feed =
          feeds::ParseFeed({.bytes = answer.bytes, .url = answer.url, .content_type = answer.content_type});
      feed.ok()) {
    finding = FromFeed(*feed, candidate);
  } else if (const auto sitemap = feeds::ParseSitemap(answer.bytes, answer.url); sitemap.ok()) {
    finding = FromSitemap(*sitemap);
  } else if (const auto found =
                 listing::FindListing({.bytes = answer.bytes, .url = answer.url, .content_type = answer.content_type});
             found.ok()) {
    finding = FromListing(*found);
    finding->score += candidate.basis == Basis::kNewsLink ? 3 : candidate.basis == Basis::kGiven ? 5 : 0;
  }
  if (!finding) {
    return Error(absl::StatusCode::kInvalidArgument, "NOT_A_SOURCE",
                 fmt::format("{}: neither a feed nor a sitemap nor a page with a list of releases", answer.url),
                 {{"url", std::string(answer.url)}});
  }
  finding->url = answer.url.empty() ? candidate.url : std::string(answer.url);
  if (finding->title.empty()) finding->title = candidate.title;
  return *std::move(finding);
}

void Rank(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.score > b.score; });
}

}  // namespace dateline::discovery
