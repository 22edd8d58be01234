#pragma once
// Answers that discovery has just fetched, for the first poll of the source that is made of them: so adding a source
// asks its site once, not twice. Bounded in time, number and bytes; what is taken is gone. Thread-safe.

#include <chrono>
#include <list>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/http/fetcher.h"

namespace dateline::ingestion {

class FetchCache {
 public:
  struct Options {
    std::chrono::milliseconds keep{10 * 60 * 1000};
    size_t answers_max = 64;
    size_t bytes_max = size_t{64} << 20;
  };

  FetchCache(Options options, const Clock& clock) : options_(options), clock_(clock) {}

  // Keeps a 2xx answer under the URL that was asked for and the one that it came from.
  void Put(const std::string& url, const http::Response& response);
  // The answer, when there is one that is young enough; `take` removes it.
  std::optional<http::Response> Find(const std::string& url, bool take);

 private:
  struct Entry {
    std::string url;
    std::string final_url;
    http::Response response;
    MonotonicTime until;
  };
  void Trim() REQUIRES(mutex_);

  const Options options_;
  const Clock& clock_;
  Mutex mutex_;
  std::list<Entry> entries_ GUARDED_BY(mutex_);  // Newest first.
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::ingestion
