#pragma once
// The Fetcher over libcurl. It follows redirects itself, so that each target is read by common/url and checked; the
// address policy is asked with the very address that a socket is about to be opened to, so neither a name that resolves
// anew nor a redirect can lead elsewhere. Handles, with the connections that they keep open, are pooled and given out
// by origin. Environment proxies are not used: behind one the address could not be checked. Thread-safe; Fetch blocks
// its thread.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "common/http/address_policy.h"
#include "common/http/fetcher.h"

namespace dateline::http {

class CurlFetcher final : public Fetcher {
 public:
  struct Options {
    std::string user_agent = "Dateline/" DATELINE_VERSION " (+https://dateline.org/bot)";
    std::chrono::milliseconds connect_timeout{10'000};
    // A transfer slower than this over stall_time is given up.
    long stall_bytes_per_second = 64;
    std::chrono::seconds stall_time{15};
    AddressPolicy policy;
    size_t idle_handles_max = 32;  // Kept for further requests; each holds up to 4 connections.
  };

  explicit CurlFetcher(Options options);
  // No Fetch may be running.
  ~CurlFetcher() override;
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;

  absl::StatusOr<Response> Fetch(const Request& request) override;

 private:
  class Pool;
  const Options options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace dateline::http
