#pragma once
// What the crawler knows of a host that it holds, and of the poll or page that is under way there. Internal to the
// crawler; belongs to the stepping thread.

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/ingestion/polling/crawler.h"

namespace dateline::ingestion {

struct Crawler::PollRun {
  SourceRecord record;
  int64_t delivery = 0;  // What was pushed and is only to be read; 0: a poll.
  WallTime begun;
  std::string polled_uri;
  std::deque<std::string> urls;  // That are still to be fetched; the source's own first.
  std::set<std::string> asked;
  int pages = 0;  // Fetched so far.
  http::Response answer;
  std::string body_sha256;  // Of the first page.
  SourceContent content;    // Of all pages together.
  std::vector<v1::Fetch> fetches;
  std::optional<std::chrono::milliseconds> fresh_for;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string adopted_uri;
  SourceReader::Recipes recipes;  // By which it is read.
};

struct Crawler::PageRun {
  ItemRecord item;
  SourceRecord source;
  std::string url;
  std::string recipe;  // By which it is read: SourceReader::Recipes.
  http::Response answer;
  bool taken = false;   // The page is in the archive, or stands there unchanged.
  bool failed = false;  // It could not be taken this time.
  std::string why;
  // What the recipe did not find on the page of a new item; nullopt where that says nothing.
  std::optional<std::string> unmatched;
};

struct Crawler::HubRun {
  SubscriptionRecord subscription;
};

struct Crawler::Host {
  HostLease lease;
  WallTime held_until;  // So long the lease is certainly ours: what the store has confirmed.
  uint64_t serial = 0;  // Tells this lease from an earlier one of the same host in callbacks that come late.
  std::deque<Task> tasks;
  std::unique_ptr<PollRun> poll;
  std::unique_ptr<PageRun> page;
  std::unique_ptr<HubRun> hub;
  bool busy = false;  // An answer, a reading or a commit is awaited.
  bool gone = false;  // To be forgotten after this step.
  bool renewing = false;
  WallTime wake;
};

}  // namespace dateline::ingestion
