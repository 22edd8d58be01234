#pragma once
// The sending side of the bus: one thread with one PUB socket that connects to every eventbus. Publish() may be called
// from any thread and never waits: the message goes into a bounded queue and is dropped and counted when the queue is
// full, because the log is the truth and consumers repair what they miss. Nothing here reports whether anybody listens.
// Owns its ZeroMQ context and thread; Stop() is bounded by the linger time.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/bus/message.h"
#include "common/bus/options.h"

namespace dateline::bus {

class Context;
class Socket;

struct PublisherOptions {
  std::vector<std::string> endpoints;  // "tcp://127.0.0.1:7450"; connected to all. At most kEndpointsMax.
  size_t queue_messages_max = 10'000;
  size_t queue_bytes_max = size_t{64} << 20;
  SocketOptions socket{.linger = std::chrono::milliseconds(500)};
  std::optional<CurveClientKeys> curve = std::nullopt;
};

struct PublisherStats {
  uint64_t sent = 0;          // Handed to ZeroMQ, EVENTs and HEADs.
  uint64_t dropped_full = 0;  // The queue was full.
  uint64_t refused = 0;       // Invalid topic, sequence or payload; or not running.
  uint64_t send_errors = 0;   // ZeroMQ refused.
  size_t queue_messages = 0;  // Waiting now.
};

class Publisher {
 public:
  explicit Publisher(PublisherOptions options);
  // Calls Stop().
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Connects (in the background: an eventbus may come up later) and starts the thread. INVALID_ARGUMENT
  // (BUS_ENDPOINT_INVALID) when an endpoint cannot be parsed or none is given. Call once.
  absl::Status Start();
  // Sends what is queued, closes, joins; messages that no peer takes within the linger time are lost. Idempotent.
  void Stop();

  // Queues one EVENT or one HEAD. False when it was dropped or refused (see the counters); nothing has to be done then.
  bool Publish(std::string_view topic, const Epoch& epoch, uint64_t sequence, std::string_view payload);
  bool PublishHead(std::string_view topic, const Epoch& epoch, uint64_t head);

  PublisherStats stats() const;

 private:
  bool Enqueue(Message message);
  void Run();
  void Send(const Message& message);

  const PublisherOptions options_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Socket> socket_;  // Used by the thread only, once it runs.
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar work_;
  std::deque<Message> queue_ GUARDED_BY(mutex_);
  size_t queue_bytes_ GUARDED_BY(mutex_) = 0;
  bool running_ GUARDED_BY(mutex_) = false;
  std::atomic<uint64_t> sent_{0};
  std::atomic<uint64_t> dropped_full_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> send_errors_{0};
};

}  // namespace dateline::bus
