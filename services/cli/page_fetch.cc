#include "services/cli/page_fetch.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/http/address_policy.h"
#include "common/http/curl_fetcher.h"

namespace dateline::cli {

absl::StatusOr<http::Response> FetchPage(const std::string& url) {
  DATELINE_ASSIGN_OR_RETURN(http::AddressPolicy everything, http::AddressPolicy::Create({"0.0.0.0/0", "::/0"}));
  http::CurlFetcher fetcher({.policy = std::move(everything)});
  http::Request request;
  request.url = url;
  DATELINE_ASSIGN_OR_RETURN(http::Response response, fetcher.Fetch(request));
  DATELINE_RETURN_IF_ERROR(http::CheckStatus(response));
  return response;
}

absl::StatusOr<OpenedItem> OpenItem(const Item& item) {
  OpenedItem opened;
  if (item.kind != Item::Kind::kUrl) {
    DATELINE_ASSIGN_OR_RETURN(opened.bytes, ReadItem(item));
    return opened;
  }
  DATELINE_ASSIGN_OR_RETURN(http::Response response, FetchPage(item.given));
  opened.content_type = std::string(response.Header("content-type"));
  opened.content_location = std::string(response.Header("content-location"));
  opened.content_language = std::string(response.Header("content-language"));
  opened.bytes = std::move(response.body);
  opened.url = std::move(response.final_url);
  return opened;
}

}  // namespace dateline::cli
