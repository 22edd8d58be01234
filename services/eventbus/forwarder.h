#pragma once
// The bus itself: XSUB where publishers connect, XPUB where subscribers connect, and ZeroMQ's proxy between them in one
// thread. It keeps nothing and knows nothing of what it forwards. XPUB stays lossy: for a subscriber that does not keep
// up messages are dropped, and its consumer repairs them from the log; with NODROP one stalled subscriber would freeze
// all. With CURVE configured, clients of each side have to be on that side's allow-list. Start, Sample and Stop are
// called by one thread, or with the caller's own order between them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/options.h"
#include "common/bus/socket.h"
#include "services/eventbus/zap_handler.h"

namespace dateline::eventbus {

struct ForwarderOptions {
  std::string publishers_listen = "127.0.0.1:7450";  // Port 0 takes any free one.
  std::string subscribers_listen = "127.0.0.1:7451";
  bus::SocketOptions socket;
  struct Curve {
    std::string secret_key_file;  // The bus's own key.
    std::string publishers_file;  // Allow-lists.
    std::string subscribers_file;
  };
  std::optional<Curve> curve;
};

// Totals since the start. A message is a whole one, of all its frames.
struct ForwarderStats {
  uint64_t published_messages = 0;  // Received from publishers.
  uint64_t published_bytes = 0;
  uint64_t forwarded_messages = 0;  // Given to the side of the subscribers, once for all of them.
  uint64_t forwarded_bytes = 0;
  uint64_t subscription_changes = 0;  // Received from subscribers.
};

class Forwarder {
 public:
  explicit Forwarder(ForwarderOptions options);
  // Calls Stop().
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Loads the keys, binds both sides, starts the proxy. ALREADY_EXISTS (ADDRESS_IN_USE), INVALID_ARGUMENT, NOT_FOUND;
  // messages name the setting. Call once.
  absl::Status Start();
  // Ends the proxy and closes everything, within kControlTimeout. Idempotent.
  void Stop();

  // Asks the proxy for its counters; DEADLINE_EXCEEDED when it does not answer within kControlTimeout, UNAVAILABLE when
  // it does not run.
  absl::StatusOr<ForwarderStats> Sample();

  // "tcp://127.0.0.1:40123", after Start().
  const std::string& publishers_endpoint() const { return publishers_endpoint_; }
  const std::string& subscribers_endpoint() const { return subscribers_endpoint_; }
  // Null without CURVE.
  const ZapHandler* zap() const { return zap_.get(); }

  static constexpr std::chrono::milliseconds kControlTimeout{1000};

 private:
  absl::Status StartZap(std::string* secret_key);
  // A bound socket of one side; `key` names its setting in errors.
  absl::StatusOr<bus::Socket> Open(int type, const std::string& listen, std::string_view key,
                                   const std::string& secret_key, std::string_view domain);
  absl::Status StartProxy(bus::Socket frontend, bus::Socket backend);

  const ForwarderOptions options_;
  std::unique_ptr<bus::Context> context_;
  std::unique_ptr<ZapHandler> zap_;
  std::unique_ptr<bus::Socket> control_;
  std::thread proxy_;
  std::string publishers_endpoint_;
  std::string subscribers_endpoint_;
};

}  // namespace dateline::eventbus
