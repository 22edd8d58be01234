#include "services/ingestion/polling/fetch_cache.h"

#include <algorithm>
#include <utility>

namespace dateline::ingestion {

void FetchCache::Put(const std::string& url, const http::Response& response) {
  if (!response.Succeeded() || response.body.size() > options_.bytes_max) return;
  MutexLock lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->url == url) {
      bytes_ -= at->response.body.size();
      at = entries_.erase(at);
    } else {
      ++at;
    }
  }
  entries_.push_front({url, response.final_url, response, clock_.Monotonic() + options_.keep});
  bytes_ += response.body.size();
  Trim();
}

std::optional<http::Response> FetchCache::Find(const std::string& url, bool take) {
  MutexLock lock(mutex_);
  Trim();
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.url == url || entry.final_url == url; });
  if (found == entries_.end()) return std::nullopt;
  if (!take) return found->response;
  http::Response response = std::move(found->response);
  bytes_ -= response.body.size();
  entries_.erase(found);
  return response;
}

void FetchCache::Trim() {
  const MonotonicTime now = clock_.Monotonic();
  while (!entries_.empty() &&
         (entries_.size() > options_.answers_max || bytes_ > options_.bytes_max || entries_.back().until <= now)) {
    bytes_ -= entries_.back().response.body.size();
    entries_.pop_back();
  }
}

}  // namespace dateline::ingestion
