#pragma once
// One HTTP request, within limits: gets a page, or posts a message. The ports that services use, so that they can be
// tested without a network; CurlFetcher implements both. A fetcher is thread-safe and outlives its calls.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::http {

// Redirects that one fetch follows.
inline constexpr int kRedirectsMax = 10;
// All header lines of one answer together.
inline constexpr std::size_t kHeaderBytesMax = std::size_t{256} << 10;

struct Request {
  std::string url;                                           // http or https, absolute.
  std::size_t body_bytes_max = std::size_t{32} << 20;        // After decompression.
  std::chrono::milliseconds timeout{30'000};                 // For everything: names, redirects, the body.
  std::vector<std::pair<std::string, std::string>> headers;  // Further request headers, such as If-None-Match.
  std::function<bool()> cancelled;                           // Asked now and then; true ends the fetch with CANCELLED.
  bool typed = false;  // A person typed this URL: where the options allow it, it may lead to loopback. Redirects never.
  // A POST with this body, which only 307 and 308 redirect; a GET when absent. Name its Content-Type in `headers`.
  std::optional<std::string> post = std::nullopt;
  bool follow_redirects = true;  // Otherwise a redirect is the answer.
  bool cut_body = false;         // Take the beginning of a longer body instead of refusing the answer.
};

struct Response {
  int status = 0;
  std::string final_url;               // Where the answer came from, after redirects; no fragment.
  std::vector<std::string> redirects;  // The URLs before it, in order.
  std::string moved_to;  // Where the permanent redirects (301, 308) at the beginning led; empty without any.
  std::multimap<std::string, std::string> headers;  // Of the final answer; names in lower case, values trimmed.
  std::string body;                                 // Decompressed.
  bool body_cut = false;                            // There was more of it; only with Request::cut_body.

  // The first value of a header (name in lower case); empty when absent.
  std::string_view Header(std::string_view name) const;
  bool Succeeded() const { return status >= 200 && status < 300; }
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;

  // One request; blocks. Any final HTTP status is an answer, not an error. Errors, each one line with its remedy:
  // INVALID_ARGUMENT INVALID_URI (not an http or https URL, also of a redirect), FORBIDDEN_ADDRESS (metadata address)
  // or TOO_LARGE (metadata limit_bytes); UNAVAILABLE FETCH_FAILED (names, connection, TLS, time, redirects without
  // end); CANCELLED.
  virtual absl::StatusOr<Response> Fetch(const Request& request) = 0;
};

// The same without a thread for each fetch, for those who have many under way.
class AsyncFetcher {
 public:
  using Done = std::function<void(absl::StatusOr<Response>)>;
  virtual ~AsyncFetcher() = default;
  // `done` comes exactly once, from any thread or before this returns, and must not block. Results as of Fetch(). The
  // caller bounds how many it has open.
  virtual void Start(Request request, Done done) = 0;
};

// OK for a 2xx answer, else FAILED_PRECONDITION with reason HTTP_STATUS and metadata http_status.
absl::Status CheckStatus(const Response& response);

}  // namespace dateline::http
