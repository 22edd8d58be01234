#pragma once
// A channel behind which another one may be put: calls that begin after Renew() use the new one, those under way go on
// with the one that they began with. gRPC asks for a name that it could not resolve less and less often, every two
// minutes in the end, and its channels have no way to ask sooner; a new channel asks at once. Thread-safe.

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "common/base/mutex.h"

namespace dateline::rpc {

class SwitchedChannel final : public grpc::ChannelInterface {
 public:
  using Make = std::function<std::shared_ptr<grpc::Channel>()>;
  // `make` is called now and at every Renew(), on its thread.
  explicit SwitchedChannel(Make make) : make_(std::move(make)), current_(make_()) {}

  // As at the beginning: nothing is known of the other side.
  void Renew();
  grpc_connectivity_state GetState(bool try_to_connect) override { return Current()->GetState(try_to_connect); }

 private:
  std::shared_ptr<grpc::Channel> Current() const;

  grpc::internal::Call CreateCall(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                  grpc::CompletionQueue* queue) override;
  grpc::internal::Call CreateCallInternal(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                          grpc::CompletionQueue* queue, size_t interceptor) override;
  void PerformOpsOnCall(grpc::internal::CallOpSetInterface* operations, grpc::internal::Call* call) override;
  void NotifyOnStateChangeImpl(grpc_connectivity_state last, gpr_timespec deadline, grpc::CompletionQueue* queue,
                               void* tag) override;
  bool WaitForStateChangeImpl(grpc_connectivity_state last, gpr_timespec deadline) override;
  // A handle would belong to one channel; without one, methods go by their names.
  void* RegisterMethod(const char*) override { return nullptr; }
  grpc::CompletionQueue* CallbackCQ() override;

  const Make make_;
  mutable Mutex mutex_;
  std::shared_ptr<grpc::Channel> current_ GUARDED_BY(mutex_);
};

}  // namespace dateline::rpc
