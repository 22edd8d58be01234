#include "services/gateway/access/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"
#include "common/rpc/status.h"

namespace dateline::gateway {
namespace {

using access::Key;
using access::Scope;

constexpr std::string_view kCookie = "dateline_key";
constexpr std::chrono::hours kCookieTime{12};
constexpr size_t kBucketsMax = 20'000;

bool Changes(const Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

// "127.0.0.1:7480" -> "127.0.0.1", "[::1]:7480" -> "[::1]".
std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsLoopbackName(std::string_view name) {
  return name == "localhost" || name == "[::1]" || name.ends_with(".localhost") ||
         (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string_view Presented(const Request& request) {
  const std::string_view authorization = request.Header("authorization");
  if (authorization.starts_with("Bearer ")) return authorization.substr(7);
  if (const std::string_view key = request.Header("x-api-key"); !key.empty()) return key;
  // Readers of feeds and event streams in browsers cannot send headers.
  const bool may = request.path.starts_with("/feeds/") || request.path == "/v1/events";
  return may ? request.Query("key") : std::string_view();
}

absl::Status TooMany(std::string_view reason, std::string_view message) {
  return rpc::WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, reason, message), std::chrono::seconds(5));
}

}  // namespace

void AddOptions(config::Schema& schema, GateOptions* options) {
  schema.Bool("access.require_keys", &options->require_keys,
              "whether callers need a key; off only where nobody else can reach the port");
  schema.String("access.keys_file", &options->keys_file, "the file of keys that `dateline key` writes");
  schema.Int("access.requests_per_minute", &options->requests_per_minute, 0, 100'000'000,
             "for each key, or each address without one; 0 for no limit");
  schema.Int("access.wrong_keys_per_minute", &options->wrong_keys_per_minute, 1, 1'000,
             "tries with a wrong key from one address");
  schema.StringList("access.cors_origins", &options->cors_origins,
                    "origins whose pages may use the API: https://app.example, or * for all");
  schema.StringList("access.hosts", &options->hosts, "names besides loopback that are answered without keys");
}

Gate::Gate(const GateOptions& options, const Sessions& sessions, const Clock& clock, metrics::Registry& registry)
    : options_(options), sessions_(sessions), clock_(clock), registry_(registry), keys_(options.keys_file, clock) {}

bool Gate::Take(const std::string& who, uint32_t per_minute, double* left) {
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  // Full buckets say nothing that a new one would not.
  if (buckets_.size() >= kBucketsMax) {
    std::erase_if(buckets_, [now](const auto& entry) { return now - entry.second.filled > std::chrono::minutes(1); });
    if (buckets_.size() >= kBucketsMax) buckets_.clear();
  }
  const auto [entry, is_new] = buckets_.try_emplace(who, Bucket{static_cast<double>(per_minute), now});
  Bucket& bucket = entry->second;
  const double passed = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.tokens = std::min<double>(per_minute, bucket.tokens + passed * per_minute / 60);
  bucket.filled = now;
  const bool had = bucket.tokens >= 1;
  if (had) bucket.tokens -= 1;
  *left = bucket.tokens;
  return had;
}

absl::StatusOr<Key> Gate::Prove(const Request& request, std::string_view presented) {
  if (auto key = keys_.Find(presented)) return *std::move(key);
  // Tries are counted only when wrong, so that a key in use is never locked out by others' mistakes.
  double left = 0;
  registry_.GetCounter("dateline_gateway_wrong_keys_total", "Tries with a key that there is not").Increment();
  if (!Take("wrong " + request.peer, options_.wrong_keys_per_minute, &left)) {
    log::Warn("wrong_keys", {{"peer", request.peer}});
    return TooMany("TOO_MANY_WRONG_KEYS", "too many wrong keys came from this address; wait a minute");
  }
  return Error(absl::StatusCode::kUnauthenticated, "WRONG_KEY", "there is no such key, or it was revoked");
}

absl::StatusOr<Key> Gate::KeyOf(const Request& request) {
  if (const std::string_view presented = Presented(request); !presented.empty()) return Prove(request, presented);
  // "<id>.<until>.<signature>": who signed in with a key.
  const std::string_view cookie = request.Cookie(kCookie);
  const size_t first = cookie.find('.');
  const size_t second = cookie.rfind('.');
  if (first != std::string_view::npos && second > first) {
    int64_t until = 0;
    const std::string_view time = cookie.substr(first + 1, second - first - 1);
    std::from_chars(time.data(), time.data() + time.size(), until);
    const bool valid = SameSecret(cookie.substr(second + 1), sessions_.Sign("key", cookie.substr(0, second)));
    if (valid && until > ToTimestamp(clock_.Now()).seconds()) {
      if (auto key = keys_.FindById(cookie.substr(0, first))) return *std::move(key);
    }
  }
  return Error(absl::StatusCode::kUnauthenticated, "KEY_NEEDED",
               "a key is needed: send it as \"Authorization: Bearer dl_...\"; `dateline key create` makes one");
}

absl::StatusOr<std::string> Gate::SignIn(const Request& request, std::string_view key) {
  DATELINE_ASSIGN_OR_RETURN(const Key found, Prove(request, key));
  const int64_t until = ToTimestamp(clock_.Now() + kCookieTime).seconds();
  const std::string signed_part = fmt::format("{}.{}", found.id, until);
  const std::string_view secure = request.Header("x-forwarded-proto") == "https" ? "; Secure" : "";
  return fmt::format("{}={}.{}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", kCookie, signed_part,
                     sessions_.Sign("key", signed_part), std::chrono::seconds(kCookieTime).count(), secure);
}

bool Gate::AllowsOrigin(std::string_view origin) const {
  return std::any_of(options_.cors_origins.begin(), options_.cors_origins.end(),
                     [origin](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

// Without keys the network is the only fence, and a browser stands on both sides of it: pages of other sites must not
// write through it, and a name that was made to point here (DNS rebinding) must not read.
absl::Status Gate::CheckSite(const Request& request) const {
  const std::string_view host = HostName(request.Header("host"));
  const bool known = IsLoopbackName(host) ||
                     std::find(options_.hosts.begin(), options_.hosts.end(), std::string(host)) != options_.hosts.end();
  if (!known) {
    return Error(absl::StatusCode::kPermissionDenied, "HOST_NOT_ALLOWED",
                 fmt::format("this gateway needs no keys and therefore answers only to names that it knows; add "
                             "\"{}\" to access.hosts, or require keys",
                             host.substr(0, 80)));
  }
  const std::string_view origin = request.Header("origin");
  const std::string_view site = request.Header("sec-fetch-site");
  const bool cross = site == "cross-site" || site == "same-site" ||
                     (site.empty() && !origin.empty() && origin != "http://" + std::string(request.Header("host")) &&
                      origin != "https://" + std::string(request.Header("host")));
  if (Changes(request) && cross && !AllowsOrigin(origin)) {
    return Error(absl::StatusCode::kPermissionDenied, "CROSS_SITE",
                 "a page of another site may not change anything here; access.cors_origins says which may");
  }
  return absl::OkStatus();
}

Gate::Verdict Gate::Examine(const Request& request, Scope wanted) {
  Verdict verdict;
  verdict.who = request.peer;
  if (!options_.require_keys) {
    verdict.refused = CheckSite(request);
  } else if (wanted != Scope::kNone) {
    const auto key = KeyOf(request);
    if (!key.ok()) {
      verdict.refused = key.status();
    } else {
      verdict.who = key->id;
      if (!access::Includes(key->scopes, wanted)) {
        verdict.refused = Error(
            absl::StatusCode::kPermissionDenied, "SCOPE_MISSING",
            fmt::format("this key may {}; this needs {}", access::ScopesText(key->scopes), access::ScopeName(wanted)),
            {{"scope", std::string(access::ScopeName(wanted))}});
      }
    }
  }
  if (options_.requests_per_minute > 0 && wanted != Scope::kNone && verdict.refused.ok()) {
    double left = 0;
    const bool passes = Take(verdict.who, options_.requests_per_minute, &left);
    verdict.rate = fmt::format("{};{};{}", options_.requests_per_minute, static_cast<uint64_t>(left),
                               static_cast<uint64_t>(60 * (1 - left / options_.requests_per_minute)) + 1);
    if (!passes) verdict.refused = TooMany("RATE_LIMITED", "more requests came than this caller may make in a minute");
  }
  return verdict;
}

void Gate::Finish(const Request& request, const Verdict& verdict, std::string_view route, Response* response) const {
  if (!verdict.rate.empty()) {
    const size_t first = verdict.rate.find(';');
    const size_t second = verdict.rate.rfind(';');
    response->Set("RateLimit-Limit", verdict.rate.substr(0, first));
    response->Set("RateLimit-Remaining", verdict.rate.substr(first + 1, second - first - 1));
    response->Set("RateLimit-Reset", verdict.rate.substr(second + 1));
  }
  if (const std::string_view origin = request.Header("origin"); !origin.empty() && AllowsOrigin(origin)) {
    response->Set("Access-Control-Allow-Origin", std::string(origin));
    response->Set("Access-Control-Expose-Headers",
                  "ETag, Link, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After");
    response->Set("Vary", "Origin");
  }
  if (response->status == 401) response->Set("WWW-Authenticate", "Bearer realm=\"dateline\"");
  if (Changes(request)) {
    log::Info("audit", {{"who", verdict.who},
                        {"peer", request.peer},
                        {"method", request.method},
                        {"path", std::string_view(request.path).substr(0, 200)},
                        {"route", route},
                        {"status", response->status}});
  }
}

Response Gate::Preflight(const Request& request, std::string_view allowed) const {
  Response response{.status = 204};
  const std::string_view origin = request.Header("origin");
  response.Set("Allow", std::string(allowed));
  if (origin.empty() || !AllowsOrigin(origin)) return response;
  response.Set("Access-Control-Allow-Methods", std::string(allowed));
  response.Set("Access-Control-Allow-Headers",
               "Authorization, X-API-Key, Content-Type, If-Match, If-None-Match, Last-Event-ID, traceparent");
  response.Set("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace dateline::gateway
