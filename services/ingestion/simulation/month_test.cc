// A month of polling forty-odd newsrooms, each with one habit of real ones, under a fake clock. Proves the exact set of
// requests, releases, revisions and health events; that no host is asked faster than its budget, nor while it asked for
// rest; and that replicas share the work without doing any of it twice, also when one of them dies.

#include "services/ingestion/simulation/month.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "services/ingestion/simulation/crawl_simulation.h"
#include "services/ingestion/simulation/newsrooms.h"

namespace dateline::ingestion {
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
  const std::map<std::string, Tally>& expected = TalliesOfTheMonth();
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
  simulation.RunUntil(simulation.web().start() + 55s);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").releases, 0) << "the lease still holds";
  simulation.RunUntil(simulation.web().start() + 30min);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").releases, 10);
}

// robots.txt and the list take longer together than a lease, and nothing is committed in between: it is renewed.
TEST(Replicas, LeaveAHostToTheOneThatIsSlowlyAtWork) {
  CrawlOptions options;
  options.lease = std::chrono::milliseconds(25'000);
  CrawlSimulation simulation(2, options);
  simulation.Watch(
      {.host = "newsroom.example", .delay = [](const Visit&) { return std::chrono::milliseconds(20'000); }});
  simulation.RunUntil(simulation.web().start() + 10min);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").releases, 10);
  EXPECT_EQ(simulation.TallyOf("newsroom.example").polls, 1) << "nobody else began it";
}

}  // namespace
}  // namespace dateline::ingestion
