#pragma once
// What a handler knows about the call that it serves: who calls, by when, with which metadata, and whether anybody
// still waits. It is a value (copies share the cancel flag) and owns all its data, so that a handler which finishes
// later on another thread may keep a copy. Tests make one directly, without a server. Thread-safe to read.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/rpc/status.h"

namespace grpc {
class CallbackServerContext;
}

namespace dateline::rpc {

class CallContext {
 public:
  struct Values {
    std::string method{};                     // "Service.Method", for logs and metrics.
    std::string peer{};                       // As gRPC writes it: "ipv4:127.0.0.1:40112".
    std::optional<MonotonicTime> deadline{};  // Absent: the caller set none.
    Metadata metadata{};                      // What the caller sent, keys in lower case.
    const Clock* clock = &RealClock();        // Outlives the context.
  };

  // A call without deadline, peer or metadata: enough for most tests of handlers.
  CallContext() : CallContext(Values{}) {}
  explicit CallContext(Values values);

  const std::string& method() const { return values_->method; }
  const std::string& peer() const { return values_->peer; }
  std::optional<MonotonicTime> deadline() const { return values_->deadline; }
  // What is left until the deadline, never negative; `most` when there is no deadline or it is further away.
  std::chrono::milliseconds TimeLeft(std::chrono::milliseconds most) const;
  // The first value sent under `key` (lower case); nullopt when absent.
  std::optional<std::string_view> MetadataValue(std::string_view key) const;
  // The W3C trace context of the caller, or empty.
  std::string_view traceparent() const;

  // True when the caller gave up, the deadline passed or the connection broke. Long work asks this between steps.
  bool IsCancelled() const;
  // Called by the server side (and by tests).
  void MarkCancelled() const { cancelled_->store(true, std::memory_order_release); }

 private:
  std::shared_ptr<const Values> values_;          // Shared by copies of one call's context.
  std::shared_ptr<std::atomic<bool>> cancelled_;  // Likewise; set by the reactor.
};

class ServerKit;

// What gRPC knows about a call that it has just taken in.
CallContext MakeCallContext(const ServerKit& kit, const grpc::CallbackServerContext& context, const char* method);

}  // namespace dateline::rpc
