#include "common/http/fetcher.h"

#include <fmt/format.h>

#include "common/base/error.h"

namespace dateline::http {
namespace {

std::string_view Remedy(int status) {
  switch (status) {
    case 401:
    case 403:
      return "the site refuses us; ask it for access or push the document instead";
    case 404:
      return "check the address";
    case 410:
      return "the page is gone for good";
    case 429:
      return "the site asks for fewer requests; try again later";
    default:
      return status >= 500 ? "the site has a fault; try again later" : "check the address in a browser";
  }
}

}  // namespace

std::string_view Response::Header(std::string_view name) const {
  const auto at = headers.find(std::string(name));
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

absl::Status CheckStatus(const Response& response) {
  if (response.Succeeded()) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "HTTP_STATUS",
      fmt::format("{} answers with HTTP status {}; {}", response.final_url, response.status, Remedy(response.status)),
      {{"http_status", std::to_string(response.status)}, {"url", response.final_url}});
}

}  // namespace dateline::http
