#pragma once
// A TCP socket that listens on "host:port"; internal to this module. Pure apart from the socket that it makes.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace dateline::metrics {

// A file descriptor that is closed once.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

struct ListenSocket {
  Descriptor descriptor;  // Non-blocking, closed on exec.
  uint16_t port = 0;      // The one that was bound.
};

// See OpsServer::Start for the errors. `key` is the configuration key that the remedy names.
absl::StatusOr<ListenSocket> ListenOn(const std::string& address, const std::string& key);

}  // namespace dateline::metrics
