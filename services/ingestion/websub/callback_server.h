#pragma once
// The HTTP listener at which hubs call back: GET and POST of PREFIX/{token}, and nothing else. It is ingestion's own
// and not the gateway's, because a push has to reach the database in which the subscription stands whatever else is
// down, and because a body of megabytes from a stranger has no business in the process that serves people. TLS ends at
// the ingress in front of it. Bounded: threads, connections that wait, bytes and seconds of a request; a body is read
// only for a token that is known. Used by one thread; the callback outlives it.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/ingestion/websub/callback.h"

namespace dateline::ingestion {

class CallbackServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // host:port; port 0 takes any that is free.
    std::string path = "/websub/";       // Before the token; begins and ends with "/".
    size_t body_bytes_max = size_t{16} << 20;
    int threads = 4;
    size_t waiting_max = 64;  // Connections; more wait in the kernel.
    std::chrono::seconds request_max{30};
  };

  // FAILED_PRECONDITION (ADDRESS_IN_USE) or INVALID_ARGUMENT (INVALID_ADDRESS).
  static absl::StatusOr<std::unique_ptr<CallbackServer>> Start(const Options& options, WebSubCallback& callback);
  // Ends what is under way and waits for it.
  ~CallbackServer();
  CallbackServer(const CallbackServer&) = delete;
  CallbackServer& operator=(const CallbackServer&) = delete;

  int port() const;

 private:
  class Impl;
  explicit CallbackServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::ingestion
