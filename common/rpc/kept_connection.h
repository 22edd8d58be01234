#pragma once
// Keeps a channel connected from the first moment on, and tells when it is. gRPC leaves a channel alone until it is
// called: the first call would wait for a connection, and fail where the name server fails at that moment. A channel
// that fails for longer than `retry_max` is renewed, which asks for the name of the service again. A thread of its own
// looks at the state a few times a second: what is over sooner may go unnoticed. Thread-safe.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <thread>

#include "common/base/mutex.h"
#include "common/rpc/switched_channel.h"

namespace dateline::rpc {

class KeptConnection {
 public:
  // `listener` may be null; it is told soon whether the channel is connected, and at every change, and must not block.
  KeptConnection(SwitchedChannel::Make make, std::chrono::milliseconds retry_max,
                 std::function<void(bool connected)> listener);
  // The listener is not called any more after that.
  ~KeptConnection();
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;

  SwitchedChannel* channel() { return &channel_; }

 private:
  void Keep();

  SwitchedChannel channel_;
  const std::chrono::milliseconds retry_max_;
  const std::function<void(bool)> listener_;
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dateline::rpc
