#pragma once
// What is known of robots.txt, by origin: rules with the time until which they hold, and sites whose file cannot be
// read. RFC 9309: a file that is not there (4xx) allows everything; one that cannot be read (5xx, no connection)
// forbids everything, except that rules known before go on holding; after a month without any answer it counts as not
// there. Thread-safe; pure besides its lock: whoever is told kFetch fetches and calls Learn.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/http/fetcher.h"
#include "common/http/robots.h"

namespace dateline::ingestion {

// The name that rules in a robots.txt address us by.
inline constexpr std::string_view kProductToken = "Dateline";
inline constexpr size_t kRobotsOriginsMax = 10'000;
// More than the parser reads, so that an oversize file is cut and not refused, unless it is absurd.
inline constexpr size_t kRobotsFetchBytesMax = size_t{4} << 20;

class RobotsBook {
 public:
  struct Options {
    std::chrono::milliseconds keep{24 * 60 * 60 * 1000};        // The RFC's most.
    std::chrono::milliseconds keep_unreachable{5 * 60 * 1000};  // Until it is asked for again.
    std::chrono::milliseconds unreachable_max{std::chrono::hours(24 * 30)};
  };

  enum class Answer { kFetch, kAllowed, kDisallowed, kUnreachable };

  explicit RobotsBook(Options options) : options_(options) {}

  // Whether "/path?query" of `origin` may be fetched; kFetch when its robots.txt has to be fetched first.
  Answer Ask(const std::string& origin, const std::string& path_and_query, MonotonicTime now);
  // The answer for origin/robots.txt. TOO_LARGE forbids everything. A file that could not be read is asked for again
  // some time after `rest`, the time for which the host wants none of our requests: one of them has to come between.
  void Learn(const std::string& origin, const absl::StatusOr<http::Response>& answer, MonotonicTime now,
             std::chrono::nanoseconds rest = {});
  // Between two requests, as the rules known ask for it.
  std::optional<std::chrono::milliseconds> CrawlDelay(const std::string& origin);
  // How the site answered; 0 when it did not.
  int LastStatus(const std::string& origin);

 private:
  struct Entry {
    std::shared_ptr<const http::RobotsRules> rules;  // Shared with checks that run while the entry is replaced.
    int status = 0;
    MonotonicTime until;
    std::optional<MonotonicTime> unreachable_since;
  };

  const Options options_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

// PERMISSION_DENIED ROBOTS_DISALLOWED for a URL that is not fetched.
absl::Status RobotsDisallowed(const std::string& url, const std::string& origin, bool unreachable, int status);

}  // namespace dateline::ingestion
