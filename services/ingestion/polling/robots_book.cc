#include "services/ingestion/polling/robots_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"

namespace dateline::ingestion {

RobotsBook::Answer RobotsBook::Ask(const std::string& origin, const std::string& path_and_query, MonotonicTime now) {
  std::shared_ptr<const http::RobotsRules> rules;
  bool unreachable = false;
  {
    MutexLock lock(mutex_);
    const auto known = entries_.find(origin);
    if (known == entries_.end() || known->second.until <= now) return Answer::kFetch;
    rules = known->second.rules;
    unreachable = known->second.unreachable_since.has_value();
  }
  if (rules == nullptr) return path_and_query == "/robots.txt" ? Answer::kAllowed : Answer::kUnreachable;
  if (rules->Allows(path_and_query)) return Answer::kAllowed;
  return unreachable ? Answer::kUnreachable : Answer::kDisallowed;
}

void RobotsBook::Learn(const std::string& origin, const absl::StatusOr<http::Response>& answer, MonotonicTime now,
                       std::chrono::nanoseconds rest) {
  const bool too_large = !answer.ok() && ErrorReason(answer.status()) == "TOO_LARGE";
  const bool unreachable = too_large ? false : !answer.ok() || answer->status >= 500 || answer->status == 429;
  std::shared_ptr<const http::RobotsRules> rules;
  if (too_large) {
    rules = std::make_shared<http::RobotsRules>(http::RobotsRules::DisallowAll());
  } else if (!unreachable && answer->Succeeded()) {
    rules = std::make_shared<http::RobotsRules>(http::RobotsRules::Parse(answer->body, kProductToken));
  } else if (!unreachable) {
    rules = std::make_shared<http::RobotsRules>();
  }
  MutexLock lock(mutex_);
  if (entries_.size() >= kRobotsOriginsMax && !entries_.contains(origin)) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  }
  Entry& entry = entries_[origin];
  entry.status = answer.ok() ? answer->status : 0;
  if (!unreachable) {
    entry.rules = std::move(rules);
    entry.unreachable_since.reset();
    entry.until = now + options_.keep;
    return;
  }
  if (!entry.unreachable_since) entry.unreachable_since = now;
  // After so long a site without a readable robots.txt counts as one without rules.
  if (now - *entry.unreachable_since >= options_.unreachable_max) entry.rules = std::make_shared<http::RobotsRules>();
  entry.until = now + options_.keep_unreachable + std::max(rest, std::chrono::nanoseconds(0));
}

std::optional<std::chrono::milliseconds> RobotsBook::CrawlDelay(const std::string& origin) {
  MutexLock lock(mutex_);
  const auto known = entries_.find(origin);
  if (known == entries_.end() || known->second.rules == nullptr) return std::nullopt;
  return known->second.rules->crawl_delay();
}

int RobotsBook::LastStatus(const std::string& origin) {
  MutexLock lock(mutex_);
  const auto known = entries_.find(origin);
  return known == entries_.end() ? 0 : known->second.status;
}

absl::Status RobotsDisallowed(const std::string& url, const std::string& origin, bool unreachable, int status) {
  const std::string why =
      unreachable
          ? fmt::format("{}/robots.txt cannot be read (HTTP status {}), which forbids everything; try again later",
                        origin, status)
          : fmt::format("{}/robots.txt disallows it for {}; ask the site, or push the document instead", origin,
                        kProductToken);
  return Error(absl::StatusCode::kPermissionDenied, "ROBOTS_DISALLOWED", fmt::format("{} is not fetched: {}", url, why),
               {{"url", url}, {"robots", origin + "/robots.txt"}});
}

}  // namespace dateline::ingestion
