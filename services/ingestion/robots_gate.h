#pragma once
// Asks a site's robots.txt before a page of it is fetched, and remembers the answer for up to a day. A robots.txt that
// is not there (4xx) allows everything; one that cannot be read (5xx) forbids everything until it can, as RFC 9309
// demands. Thread-safe; blocks on the network at the first URL of an origin. Two threads may fetch the same robots.txt
// at once.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/http/fetcher.h"
#include "common/http/robots.h"

namespace dateline::ingestion {

// The name that rules in a robots.txt address us by.
inline constexpr std::string_view kProductToken = "Dateline";
inline constexpr size_t kRobotsOriginsMax = 1024;

class RobotsGate {
 public:
  struct Options {
    std::chrono::milliseconds keep{24 * 60 * 60 * 1000};        // The RFC's most.
    std::chrono::milliseconds keep_unreachable{5 * 60 * 1000};  // After a 5xx.
  };

  // `fetcher` and `clock` outlive the gate.
  RobotsGate(Options options, http::Fetcher& fetcher, const Clock& clock);

  // OK when `url` (absolute, http or https) may be fetched. PERMISSION_DENIED ROBOTS_DISALLOWED when not; the fetcher's
  // error when the site cannot be reached at all. Takes `timeout` at most.
  absl::Status Check(const std::string& url, std::chrono::milliseconds timeout, const std::function<bool()>& cancelled);

 private:
  struct Entry {
    std::shared_ptr<const http::RobotsRules> rules;  // Shared with checks that run while the entry is replaced.
    int status = 0;                                  // Of the answer, for messages.
    MonotonicTime until;
  };

  absl::StatusOr<Entry> Load(const std::string& origin, std::chrono::milliseconds timeout,
                             const std::function<bool()>& cancelled);
  void Remember(const std::string& origin, const Entry& entry);

  const Options options_;
  http::Fetcher& fetcher_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace dateline::ingestion
