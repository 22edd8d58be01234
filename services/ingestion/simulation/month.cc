#include "services/ingestion/simulation/month.h"

#include <fmt/format.h>

#include <ostream>

namespace dateline::ingestion {

void PrintTo(const Tally& tally, std::ostream* out) {
  std::string events;
  for (const std::string& event : tally.events) events += (events.empty() ? "" : ", ") + event;
  *out << fmt::format("{{polls {}, robots {}, pages {}, releases {}, revisions {}, events {{{}}}}}", tally.polls,
                      tally.robots, tally.pages, tally.releases, tally.revisions, events);
}

const std::map<std::string, Tally>& TalliesOfTheMonth() {
  // Polls, robots.txt, pages, releases, revisions, health events with their days.
  static const std::map<std::string, Tally> tallies = {
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
  return tallies;
}

}  // namespace dateline::ingestion
