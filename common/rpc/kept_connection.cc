#include "common/rpc/kept_connection.h"

#include <pthread.h>

#include <optional>
#include <utility>

namespace dateline::rpc {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookConnected{300};
constexpr std::chrono::milliseconds kLookConnecting{50};

}  // namespace

KeptConnection::KeptConnection(SwitchedChannel::Make make, std::chrono::milliseconds retry_max,
                               std::function<void(bool)> listener)
    : channel_(std::move(make)), retry_max_(retry_max), listener_(std::move(listener)) {
  channel_.GetState(/*try_to_connect=*/true);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "connection");
    Keep();
  });
}

KeptConnection::~KeptConnection() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  thread_.join();
}

void KeptConnection::Keep() {
  std::optional<bool> told;
  steady_clock::time_point renewed = steady_clock::now();
  while (true) {
    const grpc_connectivity_state state = channel_.GetState(/*try_to_connect=*/true);
    const bool connected = state == GRPC_CHANNEL_READY;
    if (connected) {
      renewed = steady_clock::now();
    } else if (state == GRPC_CHANNEL_TRANSIENT_FAILURE && steady_clock::now() - renewed >= retry_max_) {
      renewed = steady_clock::now();
      channel_.Renew();
      channel_.GetState(/*try_to_connect=*/true);
    }
    if (listener_ && told != connected) listener_(connected);
    told = connected;
    // Without a call nobody else looks after the sockets of name server and connection: this wait does.
    if (!connected) channel_.WaitForStateChange(state, std::chrono::system_clock::now() + kLookConnecting);
    MutexLock lock(mutex_);
    if (connected && !stopping_) stop_asked_.WaitFor(mutex_, kLookConnected);
    if (stopping_) return;
  }
}

}  // namespace dateline::rpc
