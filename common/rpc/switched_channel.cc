#include "common/rpc/switched_channel.h"

#include <utility>

// What a channel gives to calls is private, for gRPC's own templates only. This is one of them, for a pair of types
// that are no messages.
template <>
class grpc::internal::CallbackUnaryCallImpl<dateline::rpc::SwitchedChannel, dateline::rpc::SwitchedChannel> {
 public:
  static Call CreateCall(ChannelInterface& channel, const RpcMethod& method, ClientContext* context,
                         CompletionQueue* queue) {
    return channel.CreateCall(method, context, queue);
  }
  static Call CreateCallInternal(ChannelInterface& channel, const RpcMethod& method, ClientContext* context,
                                 CompletionQueue* queue, size_t interceptor) {
    return channel.CreateCallInternal(method, context, queue, interceptor);
  }
  static void PerformOpsOnCall(ChannelInterface& channel, CallOpSetInterface* operations, Call* call) {
    channel.PerformOpsOnCall(operations, call);
  }
  static void NotifyOnStateChange(ChannelInterface& channel, grpc_connectivity_state last, gpr_timespec deadline,
                                  CompletionQueue* queue, void* tag) {
    channel.NotifyOnStateChangeImpl(last, deadline, queue, tag);
  }
  static bool WaitForStateChange(ChannelInterface& channel, grpc_connectivity_state last, gpr_timespec deadline) {
    return channel.WaitForStateChangeImpl(last, deadline);
  }
  static CompletionQueue* CallbackQueue(ChannelInterface& channel) { return channel.CallbackCQ(); }
};

namespace dateline::rpc {
namespace {

using Inside = grpc::internal::CallbackUnaryCallImpl<SwitchedChannel, SwitchedChannel>;

// A channel shuts its queue for callbacks down when it goes, whoever still uses it; this one stays, and never connects.
grpc::ChannelInterface& OwnerOfCallbacks() {
  static auto* const owner =
      new std::shared_ptr<grpc::Channel>(grpc::CreateChannel("unix:/", grpc::InsecureChannelCredentials()));
  return **owner;
}

}  // namespace

std::shared_ptr<grpc::Channel> SwitchedChannel::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

void SwitchedChannel::Renew() {
  std::shared_ptr<grpc::Channel> channel = make_();
  MutexLock lock(mutex_);
  current_.swap(channel);  // The former goes after the lock.
}

grpc::internal::Call SwitchedChannel::CreateCall(const grpc::internal::RpcMethod& method, grpc::ClientContext* context,
                                                 grpc::CompletionQueue* queue) {
  // The context keeps the channel until the call has ended.
  return Inside::CreateCall(*Current(), method, context, queue);
}

grpc::internal::Call SwitchedChannel::CreateCallInternal(const grpc::internal::RpcMethod& method,
                                                         grpc::ClientContext* context, grpc::CompletionQueue* queue,
                                                         size_t interceptor) {
  return Inside::CreateCallInternal(*Current(), method, context, queue, interceptor);
}

void SwitchedChannel::PerformOpsOnCall(grpc::internal::CallOpSetInterface* operations, grpc::internal::Call* call) {
  Inside::PerformOpsOnCall(*Current(), operations, call);
}

void SwitchedChannel::NotifyOnStateChangeImpl(grpc_connectivity_state last, gpr_timespec deadline,
                                              grpc::CompletionQueue* queue, void* tag) {
  Inside::NotifyOnStateChange(*Current(), last, deadline, queue, tag);
}

bool SwitchedChannel::WaitForStateChangeImpl(grpc_connectivity_state last, gpr_timespec deadline) {
  return Inside::WaitForStateChange(*Current(), last, deadline);
}

grpc::CompletionQueue* SwitchedChannel::CallbackCQ() {
  return Inside::CallbackQueue(OwnerOfCallbacks());
}

}  // namespace dateline::rpc
