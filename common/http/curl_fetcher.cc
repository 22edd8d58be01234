#include "common/http/curl_fetcher.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/url/url.h"

namespace dateline::http {
namespace {

constexpr long kConnectionsPerHandle = 4;
// What compression may add to content that does not shrink.
constexpr size_t kWireSlackBytes = size_t{64} << 10;

using SteadyTime = std::chrono::steady_clock::time_point;

// What the callbacks of one transfer share.
struct Transfer {
  const Request* request = nullptr;
  const AddressPolicy* policy = nullptr;
  std::string host;
  Response* response = nullptr;
  size_t header_bytes = 0;
  bool too_large = false;
  bool headers_too_large = false;
  bool cancelled = false;
  std::optional<IpAddress> refused;
};

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.headers_too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    // A new answer begins: what came before was interim (1xx).
    transfer.response->headers.clear();
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(Trim(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(), LowerAscii);
  transfer.response->headers.emplace(std::move(name), std::string(Trim(line.substr(colon + 1))));
  return line.size();
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  std::string& body = transfer.response->body;
  if (bytes > transfer.request->body_bytes_max - body.size()) {
    transfer.too_large = true;
    return 0;
  }
  body.append(data, bytes);
  return bytes;
}

// Bounds what comes over the wire too: a compressed stream may expand to nothing for ever.
int OnProgress(void* user, curl_off_t /*total*/, curl_off_t received, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.request->cancelled && transfer.request->cancelled()) {
    transfer.cancelled = true;
    return 1;
  }
  if (received > static_cast<curl_off_t>(transfer.request->body_bytes_max + kWireSlackBytes)) {
    transfer.too_large = true;
    return 1;
  }
  return 0;
}

curl_socket_t OnOpenSocket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  const std::optional<IpAddress> ip = FromSockaddr(address->addr);
  if (!ip) return CURL_SOCKET_BAD;
  if (!transfer.policy->Allows(transfer.host, *ip)) {
    transfer.refused = *ip;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

absl::Status Forbidden(std::string_view url, const IpAddress& address) {
  const std::string text = FormatIpAddress(address);
  return Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS",
               fmt::format("{} leads to {}, which is not a public address; if it is meant, allow it by configuration "
                           "(ingestion.allow_private_addresses)",
                           url, text),
               {{"address", text}, {"url", std::string(url)}});
}

absl::Status Failed(std::string_view url, std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", fmt::format("cannot fetch {}: {}", url, why),
               {{"url", std::string(url)}});
}

absl::Status TooLarge(std::string_view url, size_t limit, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
               fmt::format("{}: {} over {} bytes, the most that is taken", url, what, limit),
               {{"limit_bytes", std::to_string(limit)}, {"url", std::string(url)}});
}

std::string Explain(CURLcode code, const char* detail) {
  const char* const text = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return fmt::format("the host name does not resolve ({}); check its spelling and the DNS", text);
    case CURLE_COULDNT_CONNECT:
      return fmt::format("no connection ({}); check that the site is up", text);
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("it took too long ({}); try again later", text);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return fmt::format("TLS failed ({}); check the site's certificate", text);
    case CURLE_BAD_CONTENT_ENCODING:
      return fmt::format("the answer is damaged ({}); try again later", text);
    default:
      return fmt::format("{}; try again later", text);
  }
}

absl::Status Translate(CURLcode code, const char* detail, const Transfer& transfer, const std::string& url) {
  if (transfer.cancelled)
    return Error(absl::StatusCode::kCancelled, "CANCELLED", fmt::format("the fetch of {} was cancelled", url));
  if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED)
    return TooLarge(url, transfer.request->body_bytes_max, "the content is");
  if (transfer.headers_too_large) return TooLarge(url, kHeaderBytesMax, "the headers of the answer are");
  if (transfer.refused) return Forbidden(url, *transfer.refused);
  return Failed(url, Explain(code, detail));
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

absl::StatusOr<url::Url> ParseTarget(std::string_view text, const url::Url* base) {
  DATELINE_ASSIGN_OR_RETURN(url::Url url, url::Parse(text, base));
  if (!url.IsHttp()) {
    return Error(
        absl::StatusCode::kInvalidArgument, "INVALID_URI",
        fmt::format("the URL \"{}\" has the scheme \"{}\"; only http and https are fetched", url.Href(), url.scheme),
        {{"part", "scheme"}});
  }
  url.username.clear();
  url.password.clear();
  url.fragment.reset();
  return url;
}

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

HeaderList MakeHeaders(const Request& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* grown = curl_slist_append(list.get(), line.c_str());
    DATELINE_CHECK(grown != nullptr, "out of memory");
    list.release();
    list.reset(grown);
  };
  add("Accept: text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.9,*/*;q=0.5");
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  return list;
}

void Configure(CURL* handle, const CurlFetcher::Options& options, Transfer* transfer) {
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, options.stall_bytes_per_second);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_time.count()));
  curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, kConnectionsPerHandle);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, transfer);
}

// One GET without redirects.
absl::Status Perform(CURL* handle, const CurlFetcher::Options& options, const Request& request, const url::Url& url,
                     SteadyTime deadline, Response* response) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const std::string href = url.Href();
  if (left.count() <= 0) return Failed(href, "it took too long; try again later");
  Transfer transfer;
  transfer.request = &request;
  transfer.policy = &options.policy;
  transfer.host = url.host.value_or("");
  transfer.response = response;
  response->headers.clear();
  response->body.clear();
  curl_easy_reset(handle);  // Keeps the open connections.
  Configure(handle, options, &transfer);
  const HeaderList headers = MakeHeaders(request);
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(handle, CURLOPT_URL, href.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request.body_bytes_max + kWireSlackBytes));
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode code = curl_easy_perform(handle);
  // The handle goes back to the pool and must not point to what is on this stack.
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) return Translate(code, detail.data(), transfer, href);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response->status = static_cast<int>(status);
  response->final_url = href;
  return absl::OkStatus();
}

}  // namespace

// Handles that rest, the longest idle first.
class CurlFetcher::Pool {
 public:
  explicit Pool(size_t idle_max) : idle_max_(idle_max) {}

  // One that talked to `origin` last, or a new one.
  EasyHandle Take(const std::string& origin) {
    {
      const MutexLock lock(mutex_);
      for (auto at = idle_.rbegin(); at != idle_.rend(); ++at) {
        if (at->first != origin) continue;
        EasyHandle handle = std::move(at->second);
        idle_.erase(std::next(at).base());
        return handle;
      }
    }
    return EasyHandle(curl_easy_init());
  }

  void Give(std::string origin, EasyHandle handle) {
    EasyHandle oldest;  // Closed outside the lock.
    const MutexLock lock(mutex_);
    idle_.emplace_back(std::move(origin), std::move(handle));
    if (idle_.size() > idle_max_) {
      oldest = std::move(idle_.front().second);
      idle_.pop_front();
    }
  }

 private:
  const size_t idle_max_;
  Mutex mutex_;
  std::deque<std::pair<std::string, EasyHandle>> idle_ GUARDED_BY(mutex_);
};

CurlFetcher::CurlFetcher(Options options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>(options_.idle_handles_max)) {
  static std::once_flag once;
  std::call_once(once,
                 [] { DATELINE_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl cannot be set up"); });
}

CurlFetcher::~CurlFetcher() = default;

absl::StatusOr<Response> CurlFetcher::Fetch(const Request& request) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
  DATELINE_ASSIGN_OR_RETURN(url::Url url, ParseTarget(request.url, nullptr));
  Response response;
  for (int redirects = 0;; ++redirects) {
    // An address in the URL itself needs no name resolution to be refused.
    if (const auto ip = ParseIpAddress(url.host.value_or("")); ip && !options_.policy.Allows(*url.host, *ip)) {
      return Forbidden(url.Href(), *ip);
    }
    EasyHandle handle = pool_->Take(url.Origin());
    if (handle == nullptr) return Failed(url.Href(), "libcurl gives no handle; memory may be short");
    DATELINE_RETURN_IF_ERROR(Perform(handle.get(), options_, request, url, deadline, &response));
    pool_->Give(url.Origin(), std::move(handle));
    if (!IsRedirect(response.status) || response.Header("location").empty()) return response;
    if (redirects == kRedirectsMax) {
      return Failed(request.url, fmt::format("more than {} redirects, the last to {}; the site is set up wrongly",
                                             kRedirectsMax, response.Header("location").substr(0, 200)));
    }
    response.redirects.push_back(url.Href());
    absl::StatusOr<url::Url> next = ParseTarget(response.Header("location"), &url);
    if (!next.ok()) return WithContext(std::move(next).status(), "redirect from " + url.Href());
    url = *std::move(next);
  }
}

}  // namespace dateline::http
