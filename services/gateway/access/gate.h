#pragma once
// Who may pass: keys and their scopes, a rate for each caller, a few wrong keys for each address, other sites' pages
// kept out (CORS by configuration, and without keys neither foreign hosts nor cross-site writes), and a line in the log
// for everything that changes something. Thread-safe.

#include <map>
#include <string>
#include <vector>

#include "common/access/key_file.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/gateway/console/session.h"
#include "services/gateway/http/message.h"

namespace dateline::config {
class Schema;
}
namespace dateline::metrics {
class Registry;
}

namespace dateline::gateway {

struct GateOptions {
  bool require_keys = true;
  std::string keys_file = "keys";
  uint32_t requests_per_minute = 6'000;     // For each key, or each address without one; 0: no limit.
  uint32_t wrong_keys_per_minute = 10;      // From each address.
  std::vector<std::string> cors_origins{};  // "https://app.example"; "*" for all, then without keys of cookies.
  std::vector<std::string> hosts{};         // Names that are answered without keys, besides loopback.
};

void AddOptions(config::Schema& schema, GateOptions* options);

class Gate {
 public:
  Gate(const GateOptions& options, const Sessions& sessions, const Clock& clock, metrics::Registry& registry);

  struct Verdict {
    absl::Status refused;  // OK: may pass.
    std::string who;       // The key's id, or the address.
    std::string rate;      // For the RateLimit headers; empty without a limit.
  };
  Verdict Examine(const Request& request, access::Scope wanted);
  // Adds what every answer carries, and writes the audit line.
  void Finish(const Request& request, const Verdict& verdict, std::string_view route, Response* response) const;
  // The answer to a preflight request of a page of another site.
  Response Preflight(const Request& request, std::string_view allowed) const;

  // The cookie of a browser that proved a key; UNAUTHENTICATED or RESOURCE_EXHAUSTED when it did not.
  absl::StatusOr<std::string> SignIn(const Request& request, std::string_view key);
  bool requires_keys() const { return options_.require_keys; }

 private:
  struct Bucket {
    double tokens = 0;
    MonotonicTime filled{};
  };
  // Takes one token; false when there is none. `left` gets what remains.
  bool Take(const std::string& who, uint32_t per_minute, double* left) EXCLUDES(mutex_);
  absl::StatusOr<access::Key> KeyOf(const Request& request);
  absl::StatusOr<access::Key> Prove(const Request& request, std::string_view presented);
  absl::Status CheckSite(const Request& request) const;
  bool AllowsOrigin(std::string_view origin) const;

  const GateOptions options_;
  const Sessions& sessions_;
  const Clock& clock_;
  metrics::Registry& registry_;
  access::KeyFile keys_;
  Mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_ GUARDED_BY(mutex_);
};

}  // namespace dateline::gateway
