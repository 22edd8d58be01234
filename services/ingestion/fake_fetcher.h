#pragma once
// A Fetcher without a network, for the tests of this service: pages by URL, and every URL that was asked for.
// Thread-safe.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/http/fetcher.h"

namespace dateline::ingestion {

class FakeFetcher final : public http::Fetcher {
 public:
  // What a URL answers from now on. What has no answer gives 404.
  void Answer(const std::string& url, http::Response response) {
    if (response.final_url.empty()) response.final_url = url;
    Fail(url, std::move(response));
  }
  void Fail(const std::string& url, absl::StatusOr<http::Response> result) {
    MutexLock lock(mutex_);
    results_.insert_or_assign(url, std::move(result));
  }

  absl::StatusOr<http::Response> Fetch(const http::Request& request) override {
    MutexLock lock(mutex_);
    asked_.push_back(request.url);
    const auto known = results_.find(request.url);
    if (known != results_.end()) return known->second;
    http::Response missing;
    missing.status = 404;
    missing.final_url = request.url;
    return missing;
  }

  std::vector<std::string> asked() const {
    MutexLock lock(mutex_);
    return asked_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, absl::StatusOr<http::Response>> results_ GUARDED_BY(mutex_);
  std::vector<std::string> asked_ GUARDED_BY(mutex_);
};

inline http::Response Page(std::string body, const std::string& content_type = "text/html; charset=utf-8",
                           int status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace("content-type", content_type);
  return response;
}

}  // namespace dateline::ingestion
