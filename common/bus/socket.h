#pragma once
// ZeroMQ's context and socket as values with an owner, every option set explicitly, every failure an absl::Status. Used
// by the publisher, the subscriber and the eventbus; nobody else touches libzmq. A Context may be shared by threads; a
// Socket belongs to one thread at a time. Sockets must be gone before their Context, whose destructor waits for what
// lingers.

#include <signal.h>
#include <zmq.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/options.h"

namespace dateline::bus {

class Context {
 public:
  Context();
  // After its sockets. Waits two seconds at most for libzmq's own thread.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  void* get() const { return context_; }

 private:
  void* context_;
};

class Socket {
 public:
  // `type` is ZMQ_PUB and so on. RESOURCE_EXHAUSTED when no socket can be made.
  static absl::StatusOr<Socket> Make(const Context& context, int type);
  ~Socket();
  Socket(Socket&& other) noexcept : socket_(other.socket_) { other.socket_ = nullptr; }
  Socket& operator=(Socket&&) = delete;
  void* get() const { return socket_; }

  // To be called before Bind or Connect, as all setters.
  absl::Status Apply(const SocketOptions& options);
  absl::Status ApplyCurveClient(const CurveClientKeys& keys);
  // Clients are admitted by the context's ZAP handler under this domain; bind that one first.
  absl::Status ApplyCurveServer(const std::string& secret_key, const std::string& zap_domain);
  absl::Status Set(int option, int value);
  absl::Status Set(int option, int64_t value);
  absl::Status Set(int option, std::string_view value);

  // ALREADY_EXISTS (ADDRESS_IN_USE) when another process listens there; INVALID_ARGUMENT (BUS_ENDPOINT_INVALID).
  absl::Status Bind(const std::string& endpoint);
  absl::Status Connect(const std::string& endpoint);
  // The address bound last, with the real port: "tcp://127.0.0.1:40123".
  std::string LastEndpoint() const;

 private:
  explicit Socket(void* socket) : socket_(socket) {}
  void* socket_;
};

// Receives one whole message without waiting: the views point into `parts`. At most kPartsMax parts are kept, so that a
// message of many parts cannot take memory; the count is the true one.
class Parts {
 public:
  static constexpr size_t kPartsMax = 8;
  Parts();
  ~Parts();
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  enum class Outcome { kReceived, kNothing, kClosed };
  Outcome Receive(const Socket& socket);
  // One view for each part received; kPartsMax + 1 at most (the last stands for all that were left out).
  const std::vector<std::string_view>& views() const { return views_; }

 private:
  zmq_msg_t parts_[kPartsMax];
  std::vector<std::string_view> views_;
};

// Wakes a thread that waits in zmq_poll. Thread-safe.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  void Signal();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Blocks all signals in the calling thread for the object's life; threads made meanwhile inherit that. ZeroMQ's threads
// must not take the process's signals.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t previous_;
};

// Sets the calling thread's name, cut to 15 characters.
void NameThread(std::string_view name);

}  // namespace dateline::bus
