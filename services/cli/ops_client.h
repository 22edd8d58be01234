#pragma once
// Asks a service's operations port. Blocks for at most the timeout. Thread-safe.

#include <chrono>
#include <string>

namespace dateline::cli {

struct OpsAnswer {
  int status = 0;    // The HTTP status; 0 when nobody answered.
  std::string body;  // The answer's text, or why there is none.
  bool ok() const { return status == 200; }
};

// GET http://<address><path>; `address` is "host:port".
OpsAnswer GetOps(const std::string& address, const std::string& path, std::chrono::milliseconds timeout);

}  // namespace dateline::cli
