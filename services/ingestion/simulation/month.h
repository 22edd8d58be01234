#pragma once
// What becomes of the newsrooms of the simulated month: the exact numbers that both its tests assert, over the fake web
// and over real sockets. Test code only.
//
// How to read them: a newsroom publishes every eight hours, so there are 10 releases at the beginning and 89 until the
// end; each page is read three times (at once, after six hours, after three days). What differs has its cause in
// newsrooms.cc: one that is gone on day 10 gives 39 releases, one whose feed was refused for a day is heard of later.

#include <iosfwd>
#include <map>
#include <string>

#include "services/ingestion/simulation/crawl_simulation.h"

namespace dateline::ingestion {

void PrintTo(const Tally& tally, std::ostream* out);

// By host.
const std::map<std::string, Tally>& TalliesOfTheMonth();

}  // namespace dateline::ingestion
