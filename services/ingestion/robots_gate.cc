#include "services/ingestion/robots_gate.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/url.h"

namespace dateline::ingestion {

absl::Status RobotsGate::Check(const std::string& url, const Patience& patience) {
  DATELINE_ASSIGN_OR_RETURN(const url::Url parsed, url::Parse(url));
  const std::string origin = parsed.Origin();
  RobotsBook::Answer answer = book_.Ask(origin, parsed.PathAndQuery(), clock_.Monotonic());
  if (answer == RobotsBook::Answer::kFetch) {
    http::Request request;
    request.url = origin + "/robots.txt";
    request.body_bytes_max = kRobotsFetchBytesMax;
    request.timeout = patience.timeout;
    request.cancelled = patience.cancelled;
    request.typed = patience.typed;
    const absl::StatusOr<http::Response> response = fetcher_.Fetch(request);
    // The caller asked for the page and may not know of any robots.txt.
    if (!response.ok() && ErrorReason(response.status()) != "TOO_LARGE") return WithContext(response.status(), url);
    book_.Learn(origin, response, clock_.Monotonic());
    answer = book_.Ask(origin, parsed.PathAndQuery(), clock_.Monotonic());
  }
  if (answer == RobotsBook::Answer::kAllowed) return absl::OkStatus();
  return RobotsDisallowed(url, origin, answer == RobotsBook::Answer::kUnreachable, book_.LastStatus(origin));
}

}  // namespace dateline::ingestion
