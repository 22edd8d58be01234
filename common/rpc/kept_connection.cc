#include "common/rpc/kept_connection.h"

#include <pthread.h>

#include <optional>
#include <utility>

namespace dateline::rpc {
namespace {

constexpr std::chrono::milliseconds kLookConnected{300};
constexpr std::chrono::milliseconds kLookConnecting{50};

}  // namespace

KeptConnection::KeptConnection(std::shared_ptr<grpc::Channel> channel, std::function<void(bool)> listener)
    : channel_(std::move(channel)), listener_(std::move(listener)) {
  channel_->GetState(/*try_to_connect=*/true);
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
  while (true) {
    const bool connected = channel_->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY;
    if (listener_ && told != connected) listener_(connected);
    told = connected;
    MutexLock lock(mutex_);
    if (!stopping_) stop_asked_.WaitFor(mutex_, connected ? kLookConnected : kLookConnecting);
    if (stopping_) return;
  }
}

}  // namespace dateline::rpc
