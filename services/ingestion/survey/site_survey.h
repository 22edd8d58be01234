#pragma once
// Looks at a site and says what could be watched there: fetches the address that a person gave, asks the discovery
// rules what else is worth a look, fetches that within limits, and ranks what was found. Every answer is kept for the
// first poll of the source that may be made of it. Blocks on the network; thread-safe. What the constructor gets
// outlives it.

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/http/fetcher.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "services/ingestion/discovery/discovery.h"
#include "services/ingestion/polling/fetch_cache.h"
#include "services/ingestion/robots_gate.h"

namespace dateline::ingestion {

class SiteSurvey {
 public:
  struct Options {
    int fetches_max = 14;  // Of one survey, robots.txt not counted.
    int good_enough = 4;   // Findings after which it stops looking.
    std::chrono::milliseconds timeout{45'000};
    size_t bytes_max = size_t{16} << 20;  // Of one answer.
  };

  SiteSurvey(Options options, http::Fetcher& fetcher, RobotsGate& robots, FetchCache& cache, const Clock& clock)
      : options_(options), fetcher_(fetcher), robots_(robots), cache_(cache), clock_(clock) {}

  // Candidates, the best first; the sources in them are ready to be added. FAILED_PRECONDITION (NOTHING_FOUND,
  // FETCH_FAILED, HTTP_STATUS), PERMISSION_DENIED (ROBOTS_DISALLOWED), INVALID_ARGUMENT (INVALID_URI,
  // FORBIDDEN_ADDRESS).
  absl::StatusOr<v1::DiscoverSourcesResponse> Look(const std::string& uri, const std::function<bool()>& cancelled);

  // Reads a page by a recipe and stores nothing: the items of a listing where the recipe has a selector for them, else
  // title, date and text of a release. INVALID_SELECTOR, FETCH_FAILED, and as above.
  absl::StatusOr<v1::TestRecipeResponse> Try(const v1::TestRecipeRequest& request,
                                             const std::function<bool()>& cancelled);

 private:
  struct Run;
  absl::StatusOr<http::Response> Fetch(Run* run, const std::string& url, bool typed);
  void Examine(Run* run, const discovery::Candidate& candidate, const http::Response& answer);

  const Options options_;
  http::Fetcher& fetcher_;
  RobotsGate& robots_;
  FetchCache& cache_;
  const Clock& clock_;
};

}  // namespace dateline::ingestion
