#include "services/ingestion/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/text/decode.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"
#include "common/url/canonical.h"
#include "common/url/url.h"

namespace dateline::ingestion {
namespace {

absl::Status InvalidUri(std::string_view part, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI", message, {{"part", std::string(part)}});
}

// "Text/HTML; charset=x" -> "text/html".
std::string MediaType(std::string_view content_type) {
  std::string out(text::TrimSpace(content_type.substr(0, content_type.find(';'))));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string DeclaredCharset(std::string_view charset, std::string_view content_type) {
  const std::string_view given = text::TrimSpace(charset);
  return given.empty() ? text::CharsetOfContentType(content_type) : std::string(given);
}

// OK when extraction will be able to read the bytes.
absl::Status CheckReadable(std::string_view bytes, std::string_view uri, std::string_view charset,
                           std::string_view content_type) {
  DATELINE_RETURN_IF_ERROR(text::CheckDocument(bytes, uri, charset));
  return text::Decode(bytes, {.charset = charset, .content_type = content_type, .what = uri}).status();
}

// proto3 strings must be UTF-8, and headers of web servers need not be.
std::string Clean(std::string_view text) {
  return text::ReplaceInvalidUtf8(text);
}

}  // namespace

absl::StatusOr<storage::v1::PutDocumentRequest> PrepareDocument(const v1::IngestDocumentRequest& request,
                                                                WallTime now) {
  if (request.uri().empty()) {
    return InvalidUri("url", "uri is empty; say where the document comes from: an http(s) URL or file:///path");
  }
  DATELINE_ASSIGN_OR_RETURN(std::string canonical, url::Canonicalize(request.uri()));
  const std::string charset = DeclaredCharset(request.charset(), request.content_type());
  DATELINE_RETURN_IF_ERROR(CheckReadable(request.content(), canonical, charset, request.content_type()));
  storage::v1::PutDocumentRequest put;
  put.set_request_id(request.request_id());
  storage::v1::Document& document = *put.mutable_document();
  document.set_uri(std::move(canonical));
  document.set_given_uri(request.uri());
  document.set_source(request.source());
  document.set_content_type(MediaType(request.content_type()));
  document.set_charset(charset);
  document.set_guid(request.guid());
  if (request.has_fetch_time()) {
    *document.mutable_fetch_time() = request.fetch_time();
  } else {
    *document.mutable_fetch_time() = ToTimestamp(now);
  }
  if (request.has_feed_hints()) *document.mutable_feed_hints() = request.feed_hints();
  document.set_content(request.content());
  return put;
}

absl::StatusOr<storage::v1::PutDocumentRequest> PreparePage(const v1::IngestUrlRequest& request,
                                                            http::Response response, WallTime now) {
  DATELINE_RETURN_IF_ERROR(http::CheckStatus(response));
  DATELINE_ASSIGN_OR_RETURN(std::string canonical, url::Canonicalize(response.final_url));
  const std::string content_type = Clean(response.Header("content-type"));
  const std::string charset = text::CharsetOfContentType(content_type);
  // What a server declares is often wrong or unknown to us; then the page itself decides, as in a browser.
  absl::Status readable = CheckReadable(response.body, canonical, charset, content_type);
  const bool declared = ErrorReason(readable) != "UNKNOWN_CHARSET";
  if (!declared) readable = CheckReadable(response.body, canonical, {}, MediaType(content_type));
  DATELINE_RETURN_IF_ERROR(readable);
  storage::v1::PutDocumentRequest put;
  put.set_request_id(request.request_id());
  storage::v1::Document& document = *put.mutable_document();
  document.set_uri(std::move(canonical));
  document.set_given_uri(request.url());
  document.set_source(request.source());
  document.set_content_type(MediaType(content_type));
  if (declared) document.set_charset(charset);
  *document.mutable_fetch_time() = ToTimestamp(now);
  document.set_content(std::move(response.body));
  return put;
}

absl::StatusOr<std::string> FetchableUrl(const v1::IngestUrlRequest& request) {
  if (request.url().empty()) return InvalidUri("url", "url is empty; give the http(s) URL of the page to fetch");
  DATELINE_RETURN_IF_ERROR(url::Canonicalize(request.url()).status());
  DATELINE_ASSIGN_OR_RETURN(url::Url url, url::Parse(request.url()));
  if (!url.IsHttp()) {
    return InvalidUri("scheme",
                      fmt::format("the scheme \"{}\" is not fetched; use an http or https URL, or push the document "
                                  "with IngestDocument",
                                  url.scheme));
  }
  url.fragment.reset();
  return url.Href();
}

}  // namespace dateline::ingestion
