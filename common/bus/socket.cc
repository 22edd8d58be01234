#include "common/bus/socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <future>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dateline::bus {
namespace {

constexpr int kIoThreads = 1;
// Longer than the lingering of any socket.
constexpr std::chrono::milliseconds kEndLimit{2'000};

absl::Status OptionError(int option) {
  return Error(absl::StatusCode::kInternal, "BUS_SOCKET_OPTION_REFUSED",
               fmt::format("bus socket: libzmq refuses option {}: {}", option, zmq_strerror(zmq_errno())));
}

absl::Status EndpointError(std::string_view verb, const std::string& endpoint) {
  const int error = zmq_errno();
  if (error == EADDRINUSE) {
    return Error(absl::StatusCode::kAlreadyExists, "ADDRESS_IN_USE",
                 fmt::format("bus: cannot {} {}: the address is in use by another process", verb, endpoint),
                 {{"endpoint", endpoint}});
  }
  return Error(absl::StatusCode::kInvalidArgument, "BUS_ENDPOINT_INVALID",
               fmt::format("bus: cannot {} \"{}\": {}; give tcp://host:port", verb, endpoint, zmq_strerror(error)),
               {{"endpoint", endpoint}});
}

int Milliseconds(std::chrono::milliseconds value) {
  return static_cast<int>(value.count());
}

}  // namespace

Context::Context() : context_(zmq_ctx_new()) {
  DATELINE_CHECK(context_ != nullptr, "libzmq has no memory for a context");
  zmq_ctx_set(context_, ZMQ_IO_THREADS, kIoThreads);
}

// libzmq resolves names on its own thread, and a resolver that does not answer holds it for many seconds, which
// zmq_ctx_term would wait for. All sockets are closed by now, so nothing of ours is in use any more: the ending goes on
// by itself, and ends with the process at the latest.
Context::~Context() {
  std::promise<void> ended;
  const std::future<void> end = ended.get_future();
  std::thread([context = context_, ended = std::move(ended)]() mutable {
    ::pthread_setname_np(::pthread_self(), "bus-end");
    while (zmq_ctx_term(context) != 0 && zmq_errno() == EINTR) {
    }
    ended.set_value();
  }).detach();
  end.wait_for(kEndLimit);
}

absl::StatusOr<Socket> Socket::Make(const Context& context, int type) {
  void* socket = zmq_socket(context.get(), type);
  if (socket == nullptr) {
    return Error(
        absl::StatusCode::kResourceExhausted, "BUS_SOCKET_FAILED",
        fmt::format("bus: cannot make a socket: {}; look at the limit of open files", zmq_strerror(zmq_errno())));
  }
  return Socket(socket);
}

Socket::~Socket() {
  if (socket_ != nullptr) zmq_close(socket_);
}

absl::Status Socket::Set(int option, int value) {
  return zmq_setsockopt(socket_, option, &value, sizeof(value)) == 0 ? absl::OkStatus() : OptionError(option);
}

absl::Status Socket::Set(int option, int64_t value) {
  return zmq_setsockopt(socket_, option, &value, sizeof(value)) == 0 ? absl::OkStatus() : OptionError(option);
}

absl::Status Socket::Set(int option, std::string_view value) {
  return zmq_setsockopt(socket_, option, value.data(), value.size()) == 0 ? absl::OkStatus() : OptionError(option);
}

absl::Status Socket::Apply(const SocketOptions& options) {
  const std::pair<int, int> settings[] = {
      {ZMQ_SNDHWM, options.high_water_mark},
      {ZMQ_RCVHWM, options.high_water_mark},
      {ZMQ_LINGER, Milliseconds(options.linger)},
      {ZMQ_HEARTBEAT_IVL, Milliseconds(options.heartbeat_interval)},
      {ZMQ_HEARTBEAT_TIMEOUT, Milliseconds(options.heartbeat_timeout)},
      {ZMQ_HEARTBEAT_TTL, Milliseconds(options.heartbeat_timeout)},
      {ZMQ_RECONNECT_IVL, Milliseconds(options.reconnect_interval)},
      {ZMQ_RECONNECT_IVL_MAX, Milliseconds(options.reconnect_interval_max)},
      {ZMQ_HANDSHAKE_IVL, Milliseconds(options.handshake_timeout)},
      {ZMQ_TCP_KEEPALIVE, 1},
      {ZMQ_TCP_KEEPALIVE_IDLE, static_cast<int>(options.tcp_keepalive_idle.count())},
      {ZMQ_IPV6, options.ipv6 ? 1 : 0},
  };
  for (const auto& [option, value] : settings) DATELINE_RETURN_IF_ERROR(Set(option, value));
  return Set(ZMQ_MAXMSGSIZE, options.frame_bytes_max);
}

absl::Status Socket::ApplyCurveClient(const CurveClientKeys& keys) {
  for (const std::string* key : {&keys.server_public_key, &keys.public_key, &keys.secret_key}) {
    if (!IsCurveKey(*key)) {
      return Error(absl::StatusCode::kInvalidArgument, "BUS_KEY_INVALID",
                   fmt::format("bus: a CURVE key is {} characters of Z85, got {}", kCurveKeyChars, key->size()));
    }
  }
  DATELINE_RETURN_IF_ERROR(
      Set(ZMQ_CURVE_SERVERKEY, std::string_view(keys.server_public_key.c_str(), kCurveKeyChars + 1)));
  DATELINE_RETURN_IF_ERROR(Set(ZMQ_CURVE_PUBLICKEY, std::string_view(keys.public_key.c_str(), kCurveKeyChars + 1)));
  return Set(ZMQ_CURVE_SECRETKEY, std::string_view(keys.secret_key.c_str(), kCurveKeyChars + 1));
}

absl::Status Socket::ApplyCurveServer(const std::string& secret_key, const std::string& zap_domain) {
  if (!IsCurveKey(secret_key)) {
    return Error(absl::StatusCode::kInvalidArgument, "BUS_KEY_INVALID",
                 fmt::format("bus: a CURVE key is {} characters of Z85, got {}", kCurveKeyChars, secret_key.size()));
  }
  DATELINE_RETURN_IF_ERROR(Set(ZMQ_CURVE_SERVER, 1));
  DATELINE_RETURN_IF_ERROR(Set(ZMQ_CURVE_SECRETKEY, std::string_view(secret_key.c_str(), kCurveKeyChars + 1)));
  // ZMQ_ZAP_ENFORCE_DOMAIN is a draft option in Debian's libzmq; without it a socket whose context has no ZAP handler
  // lets everybody in, so the handler has to be bound before the socket is.
  return Set(ZMQ_ZAP_DOMAIN, std::string_view(zap_domain));
}

absl::Status Socket::Bind(const std::string& endpoint) {
  return zmq_bind(socket_, endpoint.c_str()) == 0 ? absl::OkStatus() : EndpointError("bind", endpoint);
}

absl::Status Socket::Connect(const std::string& endpoint) {
  return zmq_connect(socket_, endpoint.c_str()) == 0 ? absl::OkStatus() : EndpointError("connect to", endpoint);
}

std::string Socket::LastEndpoint() const {
  char text[256];
  size_t size = sizeof(text);
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text, &size) != 0 || size == 0) return {};
  return std::string(text, size - 1);
}

Parts::Parts() {
  for (zmq_msg_t& part : parts_) zmq_msg_init(&part);
  views_.reserve(kPartsMax + 1);
}

Parts::~Parts() {
  for (zmq_msg_t& part : parts_) zmq_msg_close(&part);
}

Parts::Outcome Parts::Receive(const Socket& socket) {
  views_.clear();
  for (;;) {
    const size_t index = views_.size() < kPartsMax ? views_.size() : kPartsMax - 1;
    zmq_msg_t* part = &parts_[index];
    // A message arrives whole or not at all, so only its first part can be missing.
    if (zmq_msg_recv(part, socket.get(), ZMQ_DONTWAIT) < 0) {
      const int error = zmq_errno();
      if (error == EINTR) continue;
      return error == EAGAIN ? Outcome::kNothing : Outcome::kClosed;
    }
    if (views_.size() <= kPartsMax) {
      views_.emplace_back(static_cast<const char*>(zmq_msg_data(part)), zmq_msg_size(part));
    }
    if (zmq_msg_more(part) == 0) return Outcome::kReceived;
  }
}

WakeUp::WakeUp() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  DATELINE_CHECK(fd_ >= 0, "no file descriptor is left for an eventfd");
}

WakeUp::~WakeUp() {
  close(fd_);
}

void WakeUp::Signal() {
  const uint64_t one = 1;
  // It fails only when the counter is full, and then the reader is awake anyway.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
}

BlockedSignals::BlockedSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous_);
}

BlockedSignals::~BlockedSignals() {
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

void NameThread(std::string_view name) {
  pthread_setname_np(pthread_self(), std::string(name.substr(0, 15)).c_str());
}

}  // namespace dateline::bus
