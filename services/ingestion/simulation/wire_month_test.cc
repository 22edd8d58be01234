// The same month as in month_test.cc, against a real web server on real sockets, with the fetcher and the parsers of
// the product: every request, release, revision and health event has to be exactly the same. So neither the fake web of
// the other test nor what is said here of HTTP is wishful.

#include <gtest/gtest.h>

#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/simulation/month.h"
#include "services/ingestion/simulation/newsrooms.h"
#include "services/ingestion/simulation/wire_web.h"

namespace dateline::ingestion {
namespace {

TEST(MonthOnTheWire, GivesExactlyTheSameRequestsReleasesAndEvents) {
  const FormatReader reader;
  CrawlSimulation simulation(1, {}, &reader);
  const std::vector<Newsroom> newsrooms = NewsroomsOfTheMonth(simulation.web().start());
  WireWeb wire(simulation.web(), newsrooms);
  for (const Newsroom& newsroom : newsrooms) simulation.Watch(newsroom);
  simulation.RunDays(30);
  for (const auto& [host, tally] : TalliesOfTheMonth()) EXPECT_EQ(simulation.TallyOf(host), tally) << host;
  EXPECT_EQ(wire.trespasses(), 0) << "no redirect leads into this machine";
}

}  // namespace
}  // namespace dateline::ingestion
