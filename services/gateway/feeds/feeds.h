#pragma once
// Feeds over HTTP: /feeds/releases.atom, .rss and .json for any filter and words, /feeds/subscriptions/{id}.… for what
// a subscription would be told. Conditional requests are answered, so that readers may poll often. Thread-safe.

#include <string>

#include "common/base/clock.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

class FeedTopics;
class Router;

struct FeedOptions {
  std::string public_uri;  // Where people reach this gateway, "https://news.example"; empty: as each request says.
  std::string hub_uri;     // A WebSub hub that is announced; empty: none.
};

// `topics` hears which feeds are read, when a hub is announced; all outlive the router's use. An address with a key in
// it is its reader's alone: no hub is announced there.
void AddFeeds(Router& router, Backend& backend, const FeedOptions& options, FeedTopics& topics, const Clock& clock);

// "http://host:port" of this gateway, as the outside sees it. A Host header with odd characters is not believed.
std::string BaseUri(const Request& request, const std::string& public_uri);

}  // namespace dateline::gateway
