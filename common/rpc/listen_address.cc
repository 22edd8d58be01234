#include "common/rpc/listen_address.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "common/base/error.h"

namespace dateline::rpc {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

struct HostPort {
  std::string host;  // Without brackets.
  int port = 0;
};

std::optional<HostPort> Split(std::string_view listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = listen.substr(0, colon);
  const std::string_view digits = listen.substr(colon + 1);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  HostPort result{std::string(host), 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (result.port < 0 || result.port > 65535) return std::nullopt;
  return result;
}

class Socket {
 public:
  explicit Socket(int domain) : fd_(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

std::optional<sockaddr_un> UnixAddress(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

absl::Status InUse(const std::string& listen) {
  return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_IN_USE",
               fmt::format("{} is in use by another process; stop it, or set server.listen to a free address", listen),
               {{"address", listen}});
}

absl::Status Bad(const std::string& listen, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS",
               fmt::format("server.listen = \"{}\": {}; write host:port, [ipv6]:port or unix:/path", listen, why),
               {{"address", listen}});
}

absl::Status FromErrno(const std::string& listen, int error) {
  const std::string text = std::generic_category().message(error);
  switch (error) {
    case EADDRINUSE:
      return InUse(listen);
    case EACCES:
    case EPERM:
      return Error(absl::StatusCode::kPermissionDenied, "ADDRESS_NOT_PERMITTED",
                   fmt::format("server.listen = \"{}\": {}; take a port above 1023 or a folder that may be written",
                               listen, text),
                   {{"address", listen}});
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENOENT:
      return Bad(listen, text);
    default:
      return Error(absl::StatusCode::kInternal, "LISTEN_FAILED",
                   fmt::format("cannot listen on {}: {}", listen, error == 0 ? "no cause was given" : text),
                   {{"address", listen}});
  }
}

int TryBind(const sockaddr* address, socklen_t length) {
  Socket socket(address->sa_family);
  if (socket.fd() < 0) return errno;
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return ::bind(socket.fd(), address, length) == 0 && ::listen(socket.fd(), 1) == 0 ? 0 : errno;
}

}  // namespace

bool IsUnixAddress(const std::string& listen) {
  return listen.starts_with(kUnixPrefix);
}

absl::Status CheckListenAddress(const std::string& listen) {
  if (!IsUnixAddress(listen)) {
    return Split(listen).has_value() ? absl::OkStatus() : Bad(listen, "this is not an address");
  }
  const auto address = UnixAddress(std::string_view(listen).substr(kUnixPrefix.size()));
  if (!address.has_value()) {
    return Bad(listen, fmt::format("the path needs 1 to {} bytes", sizeof(sockaddr_un::sun_path) - 1));
  }
  Socket socket(AF_UNIX);
  const bool answers = ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0;
  return answers ? InUse(listen) : absl::OkStatus();
}

absl::Status ExplainListenFailure(const std::string& listen) {
  if (IsUnixAddress(listen)) {
    const auto address = UnixAddress(std::string_view(listen).substr(kUnixPrefix.size()));
    if (!address.has_value()) return Bad(listen, "this is not a path");
    return FromErrno(listen, TryBind(reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)));
  }
  const auto parts = Split(listen);
  if (!parts.has_value()) return Bad(listen, "this is not an address");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(parts->host.c_str(), std::to_string(parts->port).c_str(), &hints, &found);
      error != 0) {
    return Bad(listen, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* each = found; each != nullptr && error == 0; each = each->ai_next) {
    error = TryBind(each->ai_addr, each->ai_addrlen);
  }
  return FromErrno(listen, error);
}

std::string TargetFor(const std::string& listen, int port) {
  if (IsUnixAddress(listen)) return listen;
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host == "0.0.0.0" || host == "[::]") host = host == "[::]" ? "[::1]" : "127.0.0.1";
  return fmt::format("{}:{}", host, port);
}

}  // namespace dateline::rpc
