#pragma once
// Feeds over HTTP: /feeds/releases.atom, .rss and .json for any filter and words, /feeds/subscriptions/{id}.… for what
// a subscription would be told. Conditional requests are answered, so that readers may poll often. Thread-safe.

#include <string>

#include "services/gateway/backend/backend.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

class Router;

struct FeedOptions {
  std::string public_uri;  // Where people reach this gateway, "https://news.example"; empty: as each request says.
  std::string hub_uri;     // A WebSub hub that is announced; empty: none.
};

void AddFeeds(Router& router, Backend& backend, const FeedOptions& options);

// "http://host:port" of this gateway, as the outside sees it. A Host header with odd characters is not believed.
std::string BaseUri(const Request& request, const std::string& public_uri);

}  // namespace dateline::gateway
