#include "common/http/curl_transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"

namespace dateline::http {
namespace {

// What compression may add to content that does not shrink.
constexpr size_t kWireSlackBytes = size_t{64} << 10;
// Authorities are read anew after so long. To read the system's takes some 70 ms, in which all transfers of the thread
// stand, so that it is not done for every connection.
constexpr long kAuthoritiesKeptSeconds = 3'600;

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
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
    default:
      return fmt::format("{}; try again later", text);
  }
}

}  // namespace

absl::Status ForbiddenAddress(std::string_view url, const IpAddress& address, std::string_view policy_key) {
  const std::string text = FormatIpAddress(address);
  return Error(
      absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS",
      fmt::format("{} leads to {}, which is not a public address; if it is meant, allow it by configuration ({})", url,
                  text, policy_key),
      {{"address", text}, {"url", std::string(url)}});
}

absl::Status FetchFailed(std::string_view url, std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", fmt::format("cannot fetch {}: {}", url, why),
               {{"url", std::string(url)}});
}

absl::Status FetchCancelled(std::string_view url) {
  return Error(absl::StatusCode::kCancelled, "CANCELLED", fmt::format("the fetch of {} was cancelled", url));
}

CurlTransfer::CurlTransfer(const CurlFetcher::Options& options, const Request& request, const url::Url& url, bool first)
    : options_(options),
      request_(request),
      href_(url.Href()),
      host_(url.host.value_or("")),
      typed_(first && request.typed && options.typed_loopback),
      handle_(curl_easy_init()) {
  if (handle_ != nullptr) Configure();
}

CurlTransfer::~CurlTransfer() = default;

bool CurlTransfer::Allows(const IpAddress& address) {
  if (options_.policy.Allows(host_, address) || (typed_ && IsLoopbackAddress(address))) return true;
  refused_ = address;
  return false;
}

size_t CurlTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::string_view line(data, size * count);
  transfer.header_bytes_ += line.size();
  if (transfer.header_bytes_ > kHeaderBytesMax) {
    transfer.headers_too_large_ = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    // A new answer begins: what came before was interim (1xx).
    transfer.response_.headers.clear();
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(Trim(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(), LowerAscii);
  transfer.response_.headers.emplace(std::move(name), std::string(Trim(line.substr(colon + 1))));
  return line.size();
}

size_t CurlTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  return transfer.Take({data, size * count}) ? size * count : 0;
}

bool CurlTransfer::Take(std::string_view bytes) {
  if (decoder_ == nullptr) {
    decoder_ = ContentDecoder::Create(response_.Header("content-encoding"));
    unknown_encoding_ = decoder_ == nullptr;
    if (unknown_encoding_) return false;
  }
  const bool taken = decoder_->Add(bytes, [this](std::string_view decoded) {
    const size_t room = request_.body_bytes_max - response_.body.size();
    const bool fits = decoded.size() <= room;
    if (!fits) (request_.cut_body ? cut_ : too_large_) = true;
    if (fits || cut_) response_.body.append(decoded.substr(0, room));
    return fits;
  });
  damaged_ = !taken && !too_large_ && !cut_;
  return taken;
}

// Bounds what comes over the wire too: a compressed stream may expand to nothing for ever.
int CurlTransfer::OnProgress(void* self, curl_off_t /*total*/, curl_off_t received, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.request_.cancelled && transfer.request_.cancelled()) {
    transfer.cancelled_ = true;
    return 1;
  }
  if (received > static_cast<curl_off_t>(transfer.request_.body_bytes_max + kWireSlackBytes)) {
    (transfer.request_.cut_body ? transfer.cut_ : transfer.too_large_) = true;
    return 1;
  }
  return 0;
}

curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  const std::optional<IpAddress> ip = FromSockaddr(address->addr);
  if (!ip || !transfer.Allows(*ip)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlTransfer::OnRequest(void* self, char* remote_ip, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::optional<IpAddress> ip = ParseIpAddress(remote_ip);
  return ip && transfer.Allows(*ip) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void CurlTransfer::Configure() {
  CURL* const handle = handle_.get();
  const auto add = [this](const std::string& line) {
    curl_slist* grown = curl_slist_append(headers_.get(), line.c_str());
    DATELINE_CHECK(grown != nullptr, "out of memory");
    headers_.release();
    headers_.reset(grown);
  };
  if (request_.post) {
    add("Accept: */*");
    add("Expect:");  // The body goes at once, without asking for a 100 first.
  } else {
    add("Accept: text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.9,*/*;q=0.5");
  }
  add("Accept-Encoding: " + std::string(kAcceptEncoding));
  for (const auto& [name, value] : request_.headers) add(name + ": " + value);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(handle, CURLOPT_URL, href_.c_str());
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  if (!options_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
  // libcurl keeps authorities only when they come from a file alone.
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, kAuthoritiesKeptSeconds);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, options_.stall_bytes_per_second);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_time.count()));
  if (!request_.cut_body) {
    curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.body_bytes_max + kWireSlackBytes));
  }
  if (request_.post) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.post->size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.post->data());
  }
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &OnRequest);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail_.data());
}

void CurlTransfer::SetTimeout(std::chrono::milliseconds timeout) {
  curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(timeout.count(), 1)));
}

absl::Status CurlTransfer::Translate(CURLcode code) const {
  if (cancelled_) return FetchCancelled(href_);
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return TooLarge(href_, request_.body_bytes_max, "the content is");
  if (headers_too_large_) return TooLarge(href_, kHeaderBytesMax, "the headers of the answer are");
  if (unknown_encoding_) {
    return FetchFailed(href_,
                       fmt::format("the answer has the Content-Encoding \"{}\", which nobody asked for; the site "
                                   "is set up wrongly",
                                   response_.Header("content-encoding").substr(0, 100)));
  }
  if (damaged_) return FetchFailed(href_, "the answer is damaged: it cannot be decompressed; try again later");
  if (refused_) return ForbiddenAddress(href_, *refused_, options_.policy_key);
  return FetchFailed(href_, Explain(code, detail_.data()));
}

absl::StatusOr<Response> CurlTransfer::Finish(CURLcode code) {
  // A body that was cut on purpose ends with an error of libcurl's.
  if (code != CURLE_OK && !cut_) return Translate(code);
  if (!cut_ && decoder_ != nullptr && !decoder_->whole()) {
    return FetchFailed(href_, "the answer is damaged: it was cut off while compressed; try again later");
  }
  response_.body_cut = cut_;
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  response_.final_url = href_;
  return std::move(response_);
}

}  // namespace dateline::http
