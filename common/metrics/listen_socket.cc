#include "common/metrics/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "common/base/error.h"
#include "fmt/format.h"

namespace dateline::metrics {
namespace {

constexpr int kBacklog = 64;

struct HostPort {
  std::string host;
  std::string port;
};

std::optional<HostPort> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) return std::nullopt;
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535) {
    return std::nullopt;
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // An IPv6 address needs its brackets, otherwise its last group would be taken for the port.
  if (!bracketed && host.find(':') != std::string::npos) return std::nullopt;
  return HostPort{host, port};
}

absl::Status Failed(const std::string& address, int error, const std::string& key) {
  if (error == EADDRINUSE) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "ADDRESS_IN_USE",
        fmt::format("{}: another process listens on this address; stop it or choose another one with {}", address, key),
        {{"address", address}, {"key", key}});
  }
  return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
               fmt::format("{}: cannot listen: {}; choose another address with {}", address, std::strerror(error), key),
               {{"address", address}, {"key", key}});
}

uint16_t BoundPort(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  const in_port_t port = bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                                     : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  return ntohs(port);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<ListenSocket> ListenOn(const std::string& address, const std::string& key) {
  const auto invalid = [&](const std::string& why) {
    return Error(absl::StatusCode::kInvalidArgument, "LISTEN_ADDRESS_INVALID",
                 fmt::format("{}: \"{}\" {}; write host:port, such as 127.0.0.1:7415 or [::1]:7415", key, address, why),
                 {{"address", address}, {"key", key}});
  };
  const std::optional<HostPort> parts = Split(address);
  if (!parts.has_value()) return invalid("is not an address to listen on");

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int lookup = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found);
  if (lookup != 0) return invalid(fmt::format("cannot be resolved ({})", gai_strerror(lookup)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);

  Descriptor descriptor(socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return Failed(address, errno, key);
  // A restart must not wait for the connections of the process before; two listeners at once stay impossible.
  const int on = 1;
  setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(descriptor.get(), found->ai_addr, found->ai_addrlen) != 0) return Failed(address, errno, key);
  if (listen(descriptor.get(), kBacklog) != 0) return Failed(address, errno, key);
  const uint16_t port = BoundPort(descriptor.get());
  return ListenSocket{std::move(descriptor), port};
}

}  // namespace dateline::metrics
