#include "services/gateway/http/acceptor.h"

#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "common/log/log.h"

namespace dateline::gateway {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{10};
constexpr std::chrono::seconds kWarnInterval{10};

// The connection failed before it was taken, or a signal came: the next one may well be there (accept(2)).
bool IsOfOneConnection(int error) {
  switch (error) {
    case EINTR:
    case EAGAIN:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ETIMEDOUT:
    case EPERM:
      return true;
    default:
      return false;
  }
}

}  // namespace

Acceptor::Acceptor(int socket, std::function<void(int)> take) : socket_(socket), take_(std::move(take)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "accept");
    Run();
  });
}

Acceptor::~Acceptor() {
  stopping_ = true;
  ::shutdown(socket_, SHUT_RDWR);  // Wakes the thread.
  thread_.join();
}

void Acceptor::Run() {
  auto warned = steady_clock::time_point::min();
  while (!stopping_) {
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      take_(connection);
      continue;
    }
    const int error = errno;
    if (stopping_ || IsOfOneConnection(error)) continue;
    if (steady_clock::now() >= warned + kWarnInterval) {
      warned = steady_clock::now();
      log::Warn("accept_failed", {{"error", std::strerror(error)}});
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace dateline::gateway
