#include "services/ingestion/robots_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/url.h"

namespace dateline::ingestion {
namespace {

// More than the parser reads, so that an oversize file is cut and not refused, unless it is absurd.
constexpr size_t kRobotsFetchBytesMax = size_t{4} << 20;

absl::Status Disallowed(const std::string& url, const std::string& origin, int status) {
  const std::string why =
      status >= 500 || status == 0
          ? fmt::format("{}/robots.txt cannot be read (HTTP status {}), which forbids everything; try again later",
                        origin, status)
          : fmt::format("{}/robots.txt disallows it for {}; ask the site, or push the document instead", origin,
                        kProductToken);
  return Error(absl::StatusCode::kPermissionDenied, "ROBOTS_DISALLOWED", fmt::format("{} is not fetched: {}", url, why),
               {{"url", url}, {"robots", origin + "/robots.txt"}});
}

}  // namespace

RobotsGate::RobotsGate(Options options, http::Fetcher& fetcher, const Clock& clock)
    : options_(options), fetcher_(fetcher), clock_(clock) {}

absl::Status RobotsGate::Check(const std::string& url, std::chrono::milliseconds timeout,
                               const std::function<bool()>& cancelled) {
  DATELINE_ASSIGN_OR_RETURN(const url::Url parsed, url::Parse(url));
  const std::string origin = parsed.Origin();
  Entry entry;
  {
    MutexLock lock(mutex_);
    const auto known = entries_.find(origin);
    if (known != entries_.end() && known->second.until > clock_.Monotonic()) entry = known->second;
  }
  if (entry.rules == nullptr) {
    absl::StatusOr<Entry> loaded = Load(origin, timeout, cancelled);
    // The caller asked for the page and may not know of any robots.txt.
    if (!loaded.ok()) return WithContext(std::move(loaded).status(), url);
    entry = *std::move(loaded);
    Remember(origin, entry);
  }
  if (entry.rules->Allows(parsed.PathAndQuery())) return absl::OkStatus();
  return Disallowed(url, origin, entry.status);
}

absl::StatusOr<RobotsGate::Entry> RobotsGate::Load(const std::string& origin, std::chrono::milliseconds timeout,
                                                   const std::function<bool()>& cancelled) {
  http::Request request;
  request.url = origin + "/robots.txt";
  request.body_bytes_max = kRobotsFetchBytesMax;
  request.timeout = timeout;
  request.cancelled = cancelled;
  const absl::StatusOr<http::Response> response = fetcher_.Fetch(request);
  Entry entry;
  if (!response.ok()) {
    if (ErrorReason(response.status()) != "TOO_LARGE") return response.status();
    entry.rules = std::make_shared<http::RobotsRules>(http::RobotsRules::DisallowAll());
  } else if (entry.status = response->status; response->Succeeded()) {
    entry.rules = std::make_shared<http::RobotsRules>(http::RobotsRules::Parse(response->body, kProductToken));
  } else if (response->status >= 500) {
    entry.rules = std::make_shared<http::RobotsRules>(http::RobotsRules::DisallowAll());
  } else {
    entry.rules = std::make_shared<http::RobotsRules>();
  }
  const bool readable = entry.status != 0 && entry.status < 500;
  entry.until = clock_.Monotonic() + (readable ? options_.keep : options_.keep_unreachable);
  return entry;
}

void RobotsGate::Remember(const std::string& origin, const Entry& entry) {
  MutexLock lock(mutex_);
  if (entries_.size() >= kRobotsOriginsMax && !entries_.contains(origin)) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  }
  entries_[origin] = entry;
}

}  // namespace dateline::ingestion
