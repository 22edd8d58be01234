#pragma once
// Keeps a channel connected from the first moment on, and tells when it is. gRPC leaves a channel alone until it is
// called: the first call would wait for a connection, and fail where the name server fails at that moment; a channel
// that is connected goes on with the addresses that it has. A thread of its own looks at the state a few times a
// second: what is over sooner may go unnoticed. Thread-safe.

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <thread>

#include "common/base/mutex.h"

namespace dateline::rpc {

class KeptConnection {
 public:
  // `listener` may be null; it is told soon whether the channel is connected, and at every change, and must not block.
  KeptConnection(std::shared_ptr<grpc::Channel> channel, std::function<void(bool connected)> listener);
  // The listener is not called any more after that.
  ~KeptConnection();
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;

  grpc::Channel* channel() const { return channel_.get(); }

 private:
  void Keep();

  const std::shared_ptr<grpc::Channel> channel_;
  const std::function<void(bool)> listener_;
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dateline::rpc
