#include "services/ingestion/simulation/crawl_simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.h"
#include "dateline/events/v1/event_data.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::ingestion {
namespace {

// Steps without the clock moving, after which the simulation runs in circles.
constexpr int kStandstillMax = 10'000;

std::string EventLine(const eventlog::Record& record, WallTime start) {
  io::cloudevents::v1::CloudEvent event;
  events::v1::SourceEvent data;
  DATELINE_CHECK(event.ParseFromString(record.payload) && event.proto_data().UnpackTo(&data), "no source event");
  const double day = std::chrono::duration<double, std::ratio<86400>>(record.time - start).count();
  return fmt::format("{} {:.1f}", data.health().substr(7), day);
}

}  // namespace

CrawlSimulation::CrawlSimulation(int crawlers, CrawlOptions options, const SourceReader* reader)
    : options_(std::move(options)), reader_(reader == nullptr ? line_reader_ : *reader) {
  options_.look_interval = std::chrono::hours(1);
  for (int i = 0; i < crawlers; ++i) AddCrawler();
}

void CrawlSimulation::AddCrawler() {
  options_.holder = "crawler-" + std::to_string(crawlers_.size() + killed_.size());
  crawlers_.push_back(std::make_unique<Crawler>(options_,
                                                Crawler::Ports{.store = *store_,
                                                               .fetcher = web_,
                                                               .archive = archive_,
                                                               .reader = reader_,
                                                               .robots = robots_,
                                                               .cache = cache_,
                                                               .metrics = metrics_,
                                                               .clock = clock_,
                                                               .run = nullptr},
                                                nullptr));
}

CrawlSimulation::~CrawlSimulation() = default;

std::string CrawlSimulation::NameOf(const std::string& host) {
  std::string name = "sources/" + host;
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

void CrawlSimulation::Watch(const Newsroom& newsroom) {
  web_.Add(newsroom);
  SourceRecord record;
  record.source.set_name(NameOf(newsroom.host));
  record.source.set_uri(newsroom.FeedUrl());
  record.source.set_kind(newsroom.kind);
  record.source.set_state(v1::Source::STATE_ACTIVE);
  record.host = newsroom.host;
  record.next_poll = clock_.Now();
  DATELINE_CHECK(store_->Create(record).ok(), "the newsroom is watched already");
}

void CrawlSimulation::RunUntil(WallTime end) {
  int standstill = 0;
  while (true) {
    WallTime next = WallTime::max();
    for (const auto& crawler : crawlers_) next = std::min(next, crawler->Step());
    next = std::min(next, web_.Next());  // Including what was begun just now.
    if (next > clock_.Now()) {
      if (next > end) break;
      clock_.Advance(next - clock_.Now());
      standstill = 0;
    }
    DATELINE_CHECK(++standstill < kStandstillMax, "the simulation runs in circles");
    web_.Deliver();
  }
  clock_.Advance(end - clock_.Now());
}

void CrawlSimulation::RunDays(double days) {
  RunUntil(clock_.Now() +
           std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double, std::ratio<86400>>(days)));
}

void CrawlSimulation::Kill(size_t crawler) {
  killed_.push_back(std::move(crawlers_[crawler]));
  crawlers_.erase(crawlers_.begin() + static_cast<std::ptrdiff_t>(crawler));
}

Tally CrawlSimulation::TallyOf(const std::string& host) {
  Tally tally;
  for (const FakeWeb::Request& request : web_.requests()) {
    if (request.host != host) continue;
    ++(request.path == "/robots.txt" ? tally.robots : request.path.ends_with("feed") ? tally.polls : tally.pages);
  }
  for (const auto& [uri, stored] : archive_.documents()) {
    if (!uri.starts_with("https://" + host + "/")) continue;
    ++tally.releases;
    tally.revisions += stored.versions - 1;
  }
  const auto log = store_->events().Read({.topic = std::string(kSourceTopic), .after = {}, .limit = 1'000});
  DATELINE_CHECK(log.ok(), "the log cannot be read");
  for (const eventlog::Record& record : log->records) {
    if (record.subject == NameOf(host)) tally.events.push_back(EventLine(record, web_.start()));
  }
  return tally;
}

}  // namespace dateline::ingestion
