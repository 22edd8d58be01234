#include "services/gateway/http/connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dateline::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a wait looks whether others wait for the thread, or the server stops.
constexpr milliseconds kSlice{100};
// What a head gets while others wait.
constexpr milliseconds kHurriedHead{1'000};
constexpr size_t kReadBytes = 16 << 10;
// RFC 6585, section 5.
constexpr std::string_view kHeadTooLarge =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 37\r\n"
    "Connection: close\r\n\r\nThe head of the request is too long.\n";

bool WaitFor(int socket, short events, milliseconds time) {
  pollfd descriptor{.fd = socket, .events = events, .revents = 0};
  const int ready = poll(&descriptor, 1, static_cast<int>(std::max<int64_t>(time.count(), 0)));
  return ready > 0;
}

void AddressOf(const sockaddr_storage& address, std::string& ip, int& port) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    port = ntohs(v4->sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    port = ntohs(v6->sin6_port);
  }
  ip = text;
}

}  // namespace

Connection::Connection(int socket, const ConnectionLimits& limits, std::function<bool()> hurry)
    : socket_(socket), limits_(limits), hurry_(std::move(hurry)), started_(steady_clock::now()) {}

bool Connection::AwaitRequest(milliseconds idle, bool is_first, const std::function<bool()>& stopping) {
  if (at_ < buffer_.size()) return true;
  const auto begin = steady_clock::now();
  while (!stopping()) {
    const auto waited = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    const milliseconds limit = hurry_() ? std::min(idle, is_first ? kHurriedHead : milliseconds(0)) : idle;
    // Looked at once more before it is given up: the request may stand there by now.
    const milliseconds left = std::max(limit - waited, milliseconds(0));
    if (WaitFor(socket_, POLLIN, std::min(left, kSlice))) return true;
    if (waited >= limit) return false;
  }
  return false;
}

void Connection::BeginHead() {
  in_head_ = true;
  head_bytes_ = 0;
  started_ = steady_clock::now();
}

void Connection::BeginBody() {
  in_head_ = false;
  started_ = steady_clock::now();
}

bool Connection::Fill() {
  for (;;) {
    const milliseconds limit =
        in_head_ ? (hurry_() ? std::min(kHurriedHead, limits_.head_time) : limits_.head_time) : limits_.body_time;
    const auto left = std::chrono::duration_cast<milliseconds>(started_ + limit - steady_clock::now());
    if (left <= milliseconds(0)) return false;
    if (!WaitFor(socket_, POLLIN, std::min(left, kSlice))) continue;
    buffer_.resize(kReadBytes);
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    at_ = 0;
    buffer_.resize(got > 0 ? static_cast<size_t>(got) : 0);
    if (got > 0) return true;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    return false;
  }
}

ssize_t Connection::read(char* out, size_t size) {
  if (broken_) return -1;
  if (at_ == buffer_.size() && !Fill()) {
    broken_ = true;
    return -1;
  }
  size_t take = std::min(size, buffer_.size() - at_);
  if (in_head_) {
    head_bytes_ += take;
    if (head_bytes_ > limits_.head_bytes_max) {
      // Told here: httplib knows no limit of whole heads, and would call it malformed.
      write(kHeadTooLarge.data(), kHeadTooLarge.size());
      muted_ = true;
      broken_ = true;
      return -1;
    }
  }
  std::memcpy(out, buffer_.data() + at_, take);
  at_ += take;
  return static_cast<ssize_t>(take);
}

bool Connection::is_writable() const {
  // Write() itself waits; httplib asks before every piece, and a poll each time would be wasted.
  return !broken_;
}

ssize_t Connection::write(const char* data, size_t size) {
  if (muted_) return static_cast<ssize_t>(size);
  size_t sent = 0;
  while (sent < size) {
    const ssize_t wrote = send(socket_, data + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote > 0) {
      sent += static_cast<size_t>(wrote);
      continue;
    }
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN && WaitFor(socket_, POLLOUT, limits_.write_time)) continue;
    broken_ = true;
    return -1;
  }
  return static_cast<ssize_t>(size);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) AddressOf(address, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) AddressOf(address, ip, port);
}

}  // namespace dateline::gateway
