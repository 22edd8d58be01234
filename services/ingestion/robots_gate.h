#pragma once
// Asks a site's robots.txt before a single page of it is fetched: RobotsBook with a fetch where the book knows nothing.
// A site that cannot be reached at all gives the fetcher's error. Thread-safe; blocks on the network at the first URL
// of an origin. Two threads may fetch the same robots.txt at once.

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/http/fetcher.h"
#include "services/ingestion/polling/robots_book.h"

namespace dateline::ingestion {

class RobotsGate {
 public:
  // All outlive the gate.
  RobotsGate(RobotsBook& book, http::Fetcher& fetcher, const Clock& clock)
      : book_(book), fetcher_(fetcher), clock_(clock) {}

  struct Patience {
    std::chrono::milliseconds timeout{10'000};
    std::function<bool()> cancelled = nullptr;
    bool typed = false;  // As in http::Request.
  };
  // OK when `url` (absolute, http or https) may be fetched. PERMISSION_DENIED ROBOTS_DISALLOWED when not; the fetcher's
  // error when the site cannot be reached at all.
  absl::Status Check(const std::string& url, const Patience& patience);

 private:
  RobotsBook& book_;
  http::Fetcher& fetcher_;
  const Clock& clock_;
};

}  // namespace dateline::ingestion
