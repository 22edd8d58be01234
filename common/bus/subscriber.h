#pragma once
// The receiving side of the bus: one thread with one SUB socket connected to every eventbus, subscribed to some topics.
// Each message that decodes is handed to the sink on that thread; what does not decode is counted and dropped. The sink
// must not block: it queues or signals (a message it refuses is repaired from the log like any lost one). Messages may
// be missing, repeated (two eventbuses deliver everything twice) or stale: bus::Consumer makes sense of them. When
// nothing at all arrives for a long time the socket is replaced: libzmq never reconnects after what it takes for an
// error of the protocol, such as a frame that is too large or a stranger that listened on the port for a while. Owns
// its ZeroMQ context and thread; Stop() returns within milliseconds plus one run of the sink.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/message.h"
#include "common/bus/options.h"

namespace dateline::bus {

class Context;
class Socket;
class WakeUp;

struct SubscriberOptions {
  std::vector<std::string> endpoints;  // "tcp://127.0.0.1:7451"; connected to all. At most kEndpointsMax.
  std::vector<std::string> topics;     // "release/"; at least one, at most kTopicsMax.
  SocketOptions socket;
  std::optional<CurveClientKeys> curve = std::nullopt;
  // A HEAD comes every second for each topic, so this much silence means that something is broken.
  std::chrono::milliseconds reopen_after{30'000};
};

// A SUB socket drops the subscriptions above its high-water mark when it reconnects; this stays far below.
inline constexpr size_t kTopicsMax = 100;

struct SubscriberStats {
  uint64_t received = 0;   // Handed to the sink.
  uint64_t malformed = 0;  // Did not decode.
  uint64_t reopened = 0;   // Times that the socket was replaced.
};

class Subscriber {
 public:
  using Sink = std::function<void(Message)>;

  Subscriber(SubscriberOptions options, Sink sink);
  // Calls Stop().
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // Connects (in the background: an eventbus may come up later) and starts the thread. INVALID_ARGUMENT
  // (BUS_ENDPOINT_INVALID, BUS_TOPIC_INVALID) when the options are wrong. Call once.
  absl::Status Start();
  // No call of the sink begins after this returns. Idempotent. Not to be called from the sink.
  void Stop();

  SubscriberStats stats() const;

 private:
  absl::StatusOr<Socket> Open() const;
  void Run();
  void Reopen();
  // Receives until nothing waits; false when the context is gone.
  bool Drain();

  const SubscriberOptions options_;
  const Sink sink_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Socket> socket_;  // Used by the thread only, once it runs.
  std::unique_ptr<WakeUp> wake_up_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> received_{0};
  std::atomic<uint64_t> malformed_{0};
  std::atomic<uint64_t> reopened_{0};
};

}  // namespace dateline::bus
