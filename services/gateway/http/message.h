#pragma once
// A request and its answer as the rest of the gateway sees them: values without sockets, so that every page and every
// API call can be tested without a server. The server reads and writes them; handlers are plain functions from one to
// the other. Limits on sizes and times are the server's.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dateline::gateway {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method{};  // "GET"
  std::string target{};  // As sent: path and query, still encoded.
  std::string path{};    // The part before "?", still encoded.
  Pairs query{};         // Decoded, in order; names may repeat.
  Pairs headers{};       // Names in lower case.
  std::string body{};
  std::string peer{};  // The client's address, without port.

  // The first value under a name in lower case; empty when absent.
  std::string_view Header(std::string_view name) const;
  // The first value of a parameter of the query; empty when absent.
  std::string_view Query(std::string_view name) const;
  bool HasQuery(std::string_view name) const;
  // All values of one parameter.
  std::vector<std::string_view> QueryAll(std::string_view name) const;
  // The fields of a posted form (application/x-www-form-urlencoded); empty for other bodies.
  Pairs Form() const;
  // The value of a cookie; empty when absent.
  std::string_view Cookie(std::string_view name) const;
};

// Takes the next piece of a body; false when nobody listens any more, and then the writer stops.
using BodySink = std::function<bool(std::string_view)>;

struct Response {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body{};
  Pairs headers{};
  // Writes a body of unknown length piece by piece, instead of `body`. False: the answer could not be completed, and
  // the connection is cut so that the client notices.
  std::function<bool(const BodySink&)> stream{};
  // Takes the connection over for good, instead of answering; gets the socket, which it has to close.
  std::function<void(int socket)> take_over{};

  Response& Set(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

using Handler = std::function<Response(const Request&)>;

// "a=1&b=x+y" as pairs, decoded; at most kParametersMax of them are read.
Pairs ParseParameters(std::string_view encoded);
// "name=value" for a query, encoded; "&" between those that follow.
void AppendParameter(std::string& query, std::string_view name, std::string_view value);
// Percent-encoding for one segment of a path or one value of a query: everything but letters, digits, "-._~".
std::string EncodeComponent(std::string_view text);
std::string_view FindPair(const Pairs& pairs, std::string_view name);

inline constexpr size_t kParametersMax = 200;

// 303 See Other, for the answer to a form.
Response SeeOther(std::string location);
Response PlainText(int status, std::string text);

}  // namespace dateline::gateway
