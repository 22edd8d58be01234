#pragma once
// The little of HTTP/1.1 (RFC 9112) that the ops port speaks: one request without a body, one response, end of
// connection. Internal to this module. Pure functions.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dateline::metrics {

struct HttpRequest {
  std::string method;
  std::string path;  // Without the query.
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Whether `bytes` hold the whole head of a request, up to the empty line.
bool HasWholeHead(std::string_view bytes);

// The request line of a head; nullopt when it is not HTTP/1.x or its target is not a path. Header fields do not matter
// here and are not looked at.
std::optional<HttpRequest> ParseRequest(std::string_view head);

// The bytes of the response, with "Connection: close". For HEAD without the body.
std::string WriteResponse(const HttpResponse& response, bool head_only);

}  // namespace dateline::metrics
