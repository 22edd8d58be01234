// A month of polling forty-odd newsrooms, each with one habit of real ones, under a fake clock. Proves the exact set of
// requests, releases, revisions and health events; that no host is asked faster than its budget, nor while it asked for
// rest; and that replicas share the work without doing any of it twice, also when one of them dies.
//
// How to read the table: a newsroom publishes every eight hours, so there are 10 releases at the beginning and 89 until
// the end; each page is read three times (at once, after six hours, after three days). What differs has its cause in
// newsrooms.cc: one that is gone on day 10 gives 39 releases, one whose feed was refused for a day is heard of later.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "services/ingestion/simulation/crawl_simulation.h"
#include "services/ingestion/simulation/newsrooms.h"

namespace dateline::ingestion {

void PrintTo(const Tally& tally, std::ostream* out) {
  std::string events;
  for (const std::string& event : tally.events) events += (events.empty() ? "" : ", ") + event;
  *out << fmt::format("{{polls {}, robots {}, pages {}, releases {}, revisions {}, events {{{}}}}}", tally.polls,
                      tally.robots, tally.pages, tally.releases, tally.revisions, events);
}

namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

// The month is simulated once for all tests.
class Month : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    simulation_ = new CrawlSimulation();
    for (const Newsroom& newsroom : NewsroomsOfTheMonth(simulation_->web().start())) simulation_->Watch(newsroom);
    simulation_->RunDays(30);
  }
  static void TearDownTestSuite() {
    delete simulation_;
    simulation_ = nullptr;
  }

  // The times of all requests to a host.
  static std::vector<FakeWeb::Request> RequestsTo(const std::string& host) {
    std::vector<FakeWeb::Request> requests;
    for (const FakeWeb::Request& request : simulation_->web().requests()) {
      if (request.host == host) requests.push_back(request);
    }
    return requests;
  }
  static double DayOf(WallTime time) {
    return std::chrono::duration<double, std::ratio<86400>>(time - simulation_->web().start()).count();
  }

  static CrawlSimulation* simulation_;
};

CrawlSimulation* Month::simulation_ = nullptr;

TEST_F(Month, GivesExactlyTheseRequestsReleasesAndEvents) {
  // Polls, robots.txt, pages, releases, revisions, health events with their days.
  const std::map<std::string, Tally> expected = {
      {"plain.example", {686, 30, 288, 99, 0, {}}},
      {"etag.example", {687, 30, 288, 99, 0, {}}},
      {"modified.example", {686, 30, 288, 99, 0, {}}},
      {"cached.example", {343, 29, 288, 99, 0, {}}},
      {"ttl.example", {230, 29, 288, 99, 0, {}}},
      {"crawl-delay.example", {685, 30, 288, 99, 0, {}}},
      {"too-many.example", {657, 30, 288, 99, 0, {"BLOCKED 5.1", "OK 6.7"}}},
      {"retry-after.example", {668, 30, 288, 99, 0, {"BLOCKED 5.4", "OK 6.1"}}},
      {"maintenance.example", {664, 29, 288, 99, 0, {}}},
      {"forbidden.example", {648, 30, 288, 99, 0, {"BLOCKED 10.1", "OK 12.2"}}},
      {"server-error.example", {648, 30, 288, 99, 0, {"DEGRADED 10.1", "OK 12.2"}}},
      {"slow-drip.example", {667, 30, 288, 99, 0, {"DEGRADED 4.1", "OK 5.2"}}},
      {"truncated-gzip.example", {667, 30, 288, 99, 0, {"DEGRADED 4.1", "OK 5.2"}}},
      {"endless-body.example", {118, 29, 0, 0, 0, {"DEGRADED 0.1"}}},
      {"gone.example", {230, 13, 117, 39, 0, {"GONE 10.0"}}},
      {"missing.example", {287, 24, 117, 39, 0, {"DEGRADED 10.1", "GONE 24.3"}}},
      {"moved.example", {686, 30, 288, 99, 0, {}}},
      {"lent.example", {686, 30, 288, 99, 0, {}}},
      {"flapping.example", {686, 30, 288, 99, 0, {}}},
      {"to-loopback.example", {687, 30, 99, 99, 0, {"DEGRADED 0.0"}}},
      {"to-metadata.example", {229, 29, 39, 39, 0, {"DEGRADED 0.0"}}},
      {"robots-change.example", {556, 30, 259, 93, 0, {"BLOCKED 10.1", "OK 15.4"}}},
      {"robots-down.example", {635, 39, 270, 93, 0, {"DEGRADED 0.1", "OK 2.2"}}},
      {"robots-flaky.example", {680, 70, 288, 99, 0, {}}},
      {"robots-pages.example", {685, 30, 0, 99, 0, {"DEGRADED 0.0"}}},
      {"changing-guids.example", {686, 30, 288, 99, 0, {}}},
      {"tracking.example", {685, 30, 288, 99, 0, {}}},
      {"new-addresses.example", {686, 30, 288, 99, 0, {}}},
      {"new-everything.example", {686, 30, 288, 99, 0, {}}},
      {"edits.example", {686, 30, 464, 99, 90, {}}},
      {"silent-edits.example", {687, 30, 376, 99, 90, {}}},
      {"resurfacing.example", {686, 30, 288, 99, 0, {}}},
      {"front-page.example", {686, 30, 288, 1, 0, {}}},
      {"layout.example", {686, 30, 288, 99, 0, {"DEGRADED 10.1", "OK 15.0"}}},
      {"low-yield.example", {686, 30, 318, 109, 0, {"DEGRADED 10.1", "OK 12.0"}}},
      {"empty.example", {680, 30, 288, 99, 0, {"EMPTY 10.1", "OK 12.1"}}},
      {"scripted.example", {1371, 30, 0, 0, 0, {"NEEDS_RENDERING 0.0"}}},
      {"turned-page.example", {647, 30, 288, 99, 0, {"DEGRADED 10.1", "OK 12.2"}}},
      {"silent.example", {193, 29, 114, 39, 0, {"DEGRADED 14.1", "OK 25.2"}}},
      {"dead-pages.example", {686, 30, 270, 99, 0, {"DEGRADED 11.4", "OK 13.0"}}},
      {"endless.example", {1371, 30, 19, 5, 0, {}}},
      {"index.example", {1371, 30, 4, 1, 0, {}}},
  };
  for (const auto& [host, tally] : expected) EXPECT_EQ(simulation_->TallyOf(host), tally) << host;
  EXPECT_EQ(expected.size(), NewsroomsOfTheMonth(simulation_->web().start()).size());
}

TEST_F(Month, AsksNoHostFasterThanItsBudget) {
  std::map<std::string, WallTime> latest;
  for (const FakeWeb::Request& request : simulation_->web().requests()) {
    const auto before = latest.find(request.host);
    const auto least = request.host == "crawl-delay.example" ? 20s : 1s;
    if (before != latest.end()) {
      EXPECT_GE(request.time - before->second, least)
          << request.host << request.path << " on day " << DayOf(request.time);
    }
    latest[request.host] = request.time;
  }
}

TEST_F(Month, RestsAsLongAsAHostAsks) {
  // "Retry-After: 14400" on day 5.
  std::vector<FakeWeb::Request> requests = RequestsTo("retry-after.example");
  for (size_t i = 0; i + 1 < requests.size(); ++i) {
    if (requests[i].status == 429) {
      EXPECT_GE(requests[i + 1].time - requests[i].time, 4h);
    }
  }
  // A date, the end of day 6.
  for (const FakeWeb::Request& request : RequestsTo("maintenance.example")) {
    const double day = DayOf(request.time);
    EXPECT_TRUE(day < 5.1 || day >= 6) << request.path << " on day " << day;
  }
  // Nothing said: the rests double.
  requests = RequestsTo("too-many.example");
  auto rest = 60s;
  for (size_t i = 0; i + 1 < requests.size(); ++i) {
    if (requests[i].status != 429) continue;
    EXPECT_GE(requests[i + 1].time - requests[i].time, rest) << "on day " << DayOf(requests[i].time);
    rest *= 2;
  }
  EXPECT_GE(rest, 16h);
}

TEST_F(Month, AsksNothingOfWhoeverIsGoneOrForbidsIt) {
  const auto last = RequestsTo("gone.example").back();
  EXPECT_LT(DayOf(last.time), 14) << "only pages that were taken before are read again";
  for (const FakeWeb::Request& request : RequestsTo("robots-change.example")) {
    const double day = DayOf(request.time);
    // Its change is noticed within a day, when robots.txt is read again.
    if (day >= 11 && day < 15) {
      EXPECT_EQ(request.path, "/robots.txt") << "on day " << day;
    }
  }
  for (const FakeWeb::Request& request : RequestsTo("robots-down.example")) {
    if (DayOf(request.time) < 2) {
      EXPECT_EQ(request.path, "/robots.txt");
    }
  }
  for (const FakeWeb::Request& request : RequestsTo("robots-pages.example")) {
    EXPECT_FALSE(request.path.starts_with("/news/")) << request.path;
  }
}

TEST_F(Month, AdoptsAPermanentRedirectAfterThreeSightingsOnly) {
  EXPECT_EQ(simulation_->SourceOf("moved.example").source.uri(), "https://moved.example/moved-feed");
  EXPECT_EQ(simulation_->SourceOf("lent.example").source.uri(), "https://lent.example/feed");
  EXPECT_EQ(simulation_->SourceOf("flapping.example").source.uri(), "https://flapping.example/feed");
}

TEST_F(Month, KeepsTheIdentityOfItems) {
  const auto reason = [](const std::string& host, const std::string& path) {
    const auto items = simulation_->store().FindItems(
        CrawlSimulation::NameOf(host), {.uris = {"https://" + host + path}, .guids = {}, .title_keys = {}});
    return items->empty() ? std::string("not known") : items->front().state.reason();
  };
  EXPECT_EQ(reason("new-addresses.example", "/news/2023-39"), "SAME_GUID");
  EXPECT_EQ(reason("new-addresses.example", "/news/2023-80"), "NEW");
  EXPECT_EQ(reason("new-everything.example", "/news/2023-39"), "SAME_CONTENT");
  EXPECT_EQ(reason("changing-guids.example", "/news/39"), "SAME_URL");
  EXPECT_EQ(reason("plain.example", "/news/39"), "NEW");
}

// Three replicas on one store, one of which dies on day 3: every newsroom gets the same releases as with one.
TEST(Replicas, ShareTheWorkAndOutliveEachOther) {
  CrawlSimulation alone;
  CrawlSimulation shared(3);
  for (CrawlSimulation* simulation : {&alone, &shared}) {
    for (int i = 0; i < 20; ++i) simulation->Watch({.host = fmt::format("newsroom-{}.example", i)});
  }
  alone.RunDays(6);
  shared.RunDays(3);
  shared.Kill(0);
  shared.RunDays(3);
  std::map<std::string, WallTime> latest;
  for (const FakeWeb::Request& request : shared.web().requests()) {
    if (latest.contains(request.host)) {
      EXPECT_GE(request.time - latest[request.host], 1s) << request.host << request.path;
    }
    latest[request.host] = request.time;
  }
  for (int i = 0; i < 20; ++i) {
    const std::string host = fmt::format("newsroom-{}.example", i);
    EXPECT_EQ(shared.TallyOf(host).releases, alone.TallyOf(host).releases) << host;
    EXPECT_EQ(shared.TallyOf(host).revisions, 0) << host;
    EXPECT_NEAR(shared.TallyOf(host).polls, alone.TallyOf(host).polls, 2) << host;
  }
}

// A crawler that dies in the middle of everything leaves leases behind; another takes them over after their time.
TEST(Replicas, TakeOverFromTheDeadAfterTheLease) {
  CrawlSimulation simulation(1);
  simulation.Watch(
      {.host = "newsroom.example", .delay = [](const Visit&) { return std::chrono::milliseconds(20'000); }});
  simulation.RunUntil(simulation.web().start() + 30s);  // The first poll is under way.
  ASSERT_EQ(simulation.TallyOf("newsroom.example").polls, 1);
  simulation.AddCrawler();
  simulation.Kill(0);
  simulation.RunUntil(simulation.web().start() + 4min);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").releases, 0) << "the lease still holds";
  simulation.RunUntil(simulation.web().start() + 30min);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").releases, 10);
}

}  // namespace
}  // namespace dateline::ingestion
