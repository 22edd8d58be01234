#pragma once
// The crawler over a web, a store and an archive that are all fake, on a fake clock: a month passes in a second. Used
// by one thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/registry.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/simulation/fake_web.h"
#include "services/ingestion/sources/memory/memory_source_store.h"

namespace dateline::ingestion {

// What became of one newsroom.
struct Tally {
  int polls = 0;   // Requests for the feed, without further pages of it.
  int robots = 0;  // Requests for robots.txt.
  int pages = 0;   // All other requests.
  int releases = 0;
  int revisions = 0;
  std::vector<std::string> events;  // "DEGRADED 5.2": the new health and the day.
  bool operator==(const Tally&) const = default;
};

class CrawlSimulation {
 public:
  // `reader` outlives it; the one of FakeWeb's own form of feeds when null.
  explicit CrawlSimulation(int crawlers = 1, CrawlOptions options = {}, const SourceReader* reader = nullptr);
  ~CrawlSimulation();

  // Adds the newsroom to the web and its feed to the sources.
  void Watch(const Newsroom& newsroom);
  void RunUntil(WallTime end);
  void RunDays(double days);
  void AddCrawler();
  // Ends a crawler as kill -9 would: nothing more is heard of it.
  void Kill(size_t crawler);

  Tally TallyOf(const std::string& host);
  SourceRecord SourceOf(const std::string& host) { return *store().Get(NameOf(host)); }
  static std::string NameOf(const std::string& host);
  FakeWeb& web() { return web_; }
  SourceStore& store() { return *store_; }
  FakeArchive& archive() { return archive_; }
  FakeClock& clock() { return clock_; }
  Crawler& crawler(size_t index) { return *crawlers_[index]; }

 private:
  CrawlOptions options_;
  FakeClock clock_;
  FakeWeb web_{clock_};
  std::unique_ptr<SourceStore> store_ = std::make_unique<MemorySourceStore>(clock_);
  FakeArchive archive_;
  LineReader line_reader_;
  const SourceReader& reader_;
  RobotsBook robots_{RobotsBook::Options{}};
  FetchCache cache_{FetchCache::Options{}, clock_};
  metrics::Registry registry_{"ingestion"};
  CrawlMetrics metrics_{registry_};
  std::vector<std::unique_ptr<Crawler>> crawlers_;
  std::vector<std::unique_ptr<Crawler>> killed_;  // Never stepped again; answers still find them.
};

}  // namespace dateline::ingestion
