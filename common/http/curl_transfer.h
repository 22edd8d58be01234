#pragma once
// One request of libcurl without redirects: its handle, its limits, its answer. Internal to CurlFetcher; belongs to the
// thread that drives it. The address policy is asked twice: when a socket is about to be opened, so that nothing is
// even connected to, and before the request is sent, because a connection that stands may have been opened for somebody
// who was allowed more.

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/http/address_policy.h"
#include "common/http/content_decoder.h"
#include "common/http/curl_fetcher.h"
#include "common/http/fetcher.h"
#include "common/url/url.h"

namespace dateline::http {

class CurlTransfer {
 public:
  // All outlive the transfer. `first`: not reached by a redirect.
  CurlTransfer(const CurlFetcher::Options& options, const Request& request, const url::Url& url, bool first);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Null when libcurl gave none. Has to have left its multi handle before this object goes.
  CURL* handle() const { return handle_.get(); }
  // Before it is run: the time that is left for it.
  void SetTimeout(std::chrono::milliseconds timeout);
  // After it was run with this result: the answer, or why there is none.
  absl::StatusOr<Response> Finish(CURLcode code);

 private:
  struct EasyDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnProgress(void* self, curl_off_t total, curl_off_t received, curl_off_t, curl_off_t);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnRequest(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);
  bool Allows(const IpAddress& address);
  void Configure();
  absl::Status Translate(CURLcode code) const;
  bool Take(std::string_view bytes);

  const CurlFetcher::Options& options_;
  const Request& request_;
  const std::string href_;
  const std::string host_;
  const bool typed_;
  std::unique_ptr<CURL, EasyDeleter> handle_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  Response response_;
  size_t header_bytes_ = 0;
  std::unique_ptr<ContentDecoder> decoder_;  // From the first byte of the body on.
  bool unknown_encoding_ = false;
  bool damaged_ = false;
  bool too_large_ = false;
  bool cut_ = false;
  bool headers_too_large_ = false;
  bool cancelled_ = false;
  std::optional<IpAddress> refused_;
};

// The errors of fetches.
// `policy_key` is the configuration key that would allow it.
absl::Status ForbiddenAddress(std::string_view url, const IpAddress& address, std::string_view policy_key);
absl::Status FetchFailed(std::string_view url, std::string_view why);
absl::Status FetchCancelled(std::string_view url);

}  // namespace dateline::http
