#pragma once
// The newsrooms of FakeWeb on a real web server with real sockets: each has a loopback address of its own, what it
// lists is a real feed, sitemap index or page, and its misbehaviour happens on the wire: bodies of ten gigabytes, slow
// drips, compressed pages of which half is missing, redirects into this machine and to a cloud's metadata. Requests go
// through CurlFetcher, which may connect to the newsrooms' addresses and to nothing else that is private. Test code
// only; used by one thread.

#include <map>
#include <memory>
#include <string>

#include "common/http/curl_fetcher.h"
#include "services/ingestion/simulation/fake_web.h"

namespace dateline::ingestion {

class WireWeb {
 public:
  // Puts itself under `web`, which it outlives.
  WireWeb(FakeWeb& web, const std::vector<Newsroom>& newsrooms);
  ~WireWeb();
  WireWeb(const WireWeb&) = delete;
  WireWeb& operator=(const WireWeb&) = delete;

  // Connections that reached the address to which redirects lead although it is forbidden.
  int trespasses() const;

 private:
  class Server;
  FakeWeb& web_;
  absl::StatusOr<http::Response> Fetch(http::Request request);

  std::map<std::string, std::string> address_of_;  // By host.
  std::unique_ptr<Server> server_;
  http::CurlFetcher fetcher_;
};

}  // namespace dateline::ingestion
