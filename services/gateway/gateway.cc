#include "services/gateway/gateway.h"

#include <fmt/format.h>

#include <exception>

#include "common/base/error.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"
#include "services/gateway/access/gate.h"
#include "services/gateway/access/problem.h"
#include "services/gateway/console/site.h"

namespace dateline::gateway {
namespace {

constexpr char kLatencyName[] = "dateline_gateway_request_seconds";
constexpr char kRequestsName[] = "dateline_gateway_requests_total";

// Programs read problem+json, people read pages.
bool IsForPrograms(const Request& request) {
  for (const std::string_view prefix : {"/v1/", "/feeds/", "/export/", "/live", "/openapi"}) {
    if (request.path.starts_with(prefix)) return true;
  }
  return false;
}

// Signing in is a page of its own: it needs the gate, which no other page does.
Response SignInPage(const Site& site, const Request& request, std::string mistake, int status) {
  Value page;
  page["mistake"] = std::move(mistake);
  return site.Page(request, "sign_in.html", std::move(page), {.title = "Sign in", .status = status});
}

Response SignInPost(const Site& site, Gate& gate, const Request& request) {
  std::string why;
  if (!site.sessions().Allows(request, &why)) return SignInPage(site, request, why, 403);
  auto cookie = gate.SignIn(request, FindPair(request.Form(), "key"));
  if (!cookie.ok())
    return SignInPage(site, request, ErrorSentence(cookie.status()), HttpStatusOf(cookie.status().code()));
  Response response = SeeOther("/");
  response.Set("Set-Cookie", *std::move(cookie));
  return response;
}

}  // namespace

Gateway::Gateway(const Site& site, Gate& gate, metrics::Registry& registry, const Clock& clock)
    : site_(site), gate_(gate), registry_(registry), clock_(clock) {
  router_.Add(
      "GET", "/sign-in", "sign_in",
      [this](const Request& request, const Pairs&) { return SignInPage(site_, request, {}, 200); },
      access::Scope::kNone);
  router_.Add(
      "POST", "/sign-in", "sign_in_post",
      [this](const Request& request, const Pairs&) { return SignInPost(site_, gate_, request); }, access::Scope::kNone);
}

Response Gateway::Refuse(const Request& request, const absl::Status& status) const {
  if (IsForPrograms(request)) return ProblemResponse(status, request.path);
  if (status.code() == absl::StatusCode::kUnauthenticated) return SeeOther("/sign-in");
  Response response = site_.Problem(request, status);
  response.status = HttpStatusOf(status.code());
  return response;
}

Response Gateway::Dispatch(const Request& request, std::string_view* route) {
  const Router::Found found = router_.Find(request.method, request.path);
  if (found.handler == nullptr && request.method == "OPTIONS" && !found.allowed.empty()) {
    *route = "preflight";
    Response response = gate_.Preflight(request, found.allowed);
    gate_.Finish(request, {}, *route, &response);
    return response;
  }
  Gate::Verdict verdict = gate_.Examine(request, found.scope);
  Response response;
  if (!verdict.refused.ok()) {
    response = Refuse(request, verdict.refused);
  } else if (found.handler != nullptr) {
    *route = found.name;
    response = (*found.handler)(request, found.variables);
  } else if (!found.allowed.empty()) {
    response = IsForPrograms(request) ? ProblemResponse(Error(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                                                              "this address takes " + found.allowed),
                                                        request.path)
                                      : PlainText(405, "This address takes " + found.allowed + ".\n");
    response.status = 405;
    response.Set("Allow", found.allowed);
  } else if (IsForPrograms(request)) {
    response = ProblemResponse(Error(absl::StatusCode::kNotFound, "NO_SUCH_METHOD",
                                     "there is nothing at this address; /api lists what there is"),
                               request.path);
  } else {
    response = site_.NotFound(request, "There is no page at this address.");
  }
  gate_.Finish(request, verdict, *route, &response);
  return response;
}

Response Gateway::Handle(const Request& request) {
  const MonotonicTime begin = clock_.Monotonic();
  std::string_view route = "none";
  Response response;
  try {
    response = Dispatch(request, &route);
  } catch (const std::exception& failed) {
    // Only libraries throw; the process goes on for the others.
    log::Error("request_failed", {{"route", route}, {"error", failed.what()}});
    response = PlainText(500, "something went wrong; the log says more\n");
  }
  registry_
      .GetHistogram(kLatencyName, "Time from the whole request to its answer, streams aside",
                    {{"route", std::string(route)}})
      .Observe(metrics::Seconds(clock_.Monotonic() - begin));
  registry_
      .GetCounter(kRequestsName, "Requests by route and class of answer",
                  {{"route", std::string(route)}, {"class", fmt::format("{}xx", response.status / 100)}})
      .Increment();
  if (response.status >= 500) {
    log::Warn("request_failed", {{"route", route}, {"method", request.method}, {"status", response.status}});
  }
  return response;
}

}  // namespace dateline::gateway
