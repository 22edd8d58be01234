#pragma once
// The fetchers over libcurl's multi interface: one thread drives all transfers, over connections that they share by
// origin, with HTTP/2 where the server speaks it. Redirects are followed here, so that each target is read by
// common/url and checked; the address policy is asked with the very address that a socket is about to be opened to, so
// neither a name that resolves anew nor a redirect can lead elsewhere. Environment proxies are not used: behind one the
// address could not be checked. Thread-safe; Fetch() blocks its thread, Start() does not.

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "common/base/mutex.h"
#include "common/http/address_policy.h"
#include "common/http/fetcher.h"

namespace dateline::http {

class CurlFetcher final : public Fetcher, public AsyncFetcher {
 public:
  struct Options {
    std::string user_agent = "Dateline/" DATELINE_VERSION " (+https://dateline.org/bot)";
    std::chrono::milliseconds connect_timeout{10'000};
    // A transfer slower than this over stall_time is given up.
    long stall_bytes_per_second = 64;
    std::chrono::seconds stall_time{15};
    AddressPolicy policy;
    // The configuration key behind `policy`, named in refusals.
    std::string policy_key = "ingestion.allow_private_addresses";
    bool typed_loopback = false;     // Whether a URL that a person typed may lead to loopback.
    long idle_connections_max = 64;  // Kept for further requests.
    std::string ca_file = {};        // Of trusted authorities; the system's when empty.
  };

  explicit CurlFetcher(Options options);
  // Calls Stop().
  ~CurlFetcher() override;
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;

  absl::StatusOr<Response> Fetch(const Request& request) override;
  void Start(Request request, Done done) override;
  // Ends all fetches with CANCELLED, and those begun later at once. Idempotent.
  void Stop();

 private:
  class Driver;
  const Options options_;
  const std::unique_ptr<Driver> driver_;
};

}  // namespace dateline::http
