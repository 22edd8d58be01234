#include "services/gateway/live/grpc_event_source.h"

#include <grpcpp/grpcpp.h>

#include "common/rpc/status.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"

namespace dateline::gateway {
namespace {

using notification::v1::EventStreamService;
using notification::v1::StreamEventsRequest;
using notification::v1::StreamEventsResponse;

// Owns itself until gRPC is done with it: that is what `self_` is for.
class Stream final : public EventStream, public grpc::ClientReadReactor<StreamEventsResponse> {
 public:
  Stream(StreamEventsRequest request, std::shared_ptr<EventListener> listener)
      : request_(std::move(request)), listener_(std::move(listener)) {}

  void Begin(EventStreamService::Stub& stub, std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    stub.async()->StreamEvents(&context_, &request_, this);
    // More() may start a read while no callback runs; the hold keeps the call from ending in between.
    AddHold();
    StartRead(&message_);
    StartCall();
  }

  void More() override { StartRead(&message_); }
  void Cancel() override {
    context_.TryCancel();
    Release();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Release();
    if (listener_->OnMessage(message_)) StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    listener_->OnEnd(rpc::FromGrpc(status));
    listener_.reset();
    self_.reset();  // The last line: it may destroy this.
  }

 private:
  void Release() {
    if (!released_.exchange(true)) RemoveHold();
  }

  grpc::ClientContext context_;
  const StreamEventsRequest request_;
  StreamEventsResponse message_;
  std::shared_ptr<EventListener> listener_;
  std::shared_ptr<Stream> self_;
  std::atomic<bool> released_{false};
};

}  // namespace

struct GrpcEventSource::Stub {
  std::unique_ptr<EventStreamService::Stub> stub;
};

GrpcEventSource::GrpcEventSource(const std::shared_ptr<grpc::ChannelInterface>& channel)
    : stub_(std::make_unique<Stub>(Stub{EventStreamService::NewStub(channel)})) {}
GrpcEventSource::~GrpcEventSource() = default;

std::shared_ptr<EventStream> GrpcEventSource::Open(const StreamEventsRequest& request,
                                                   std::shared_ptr<EventListener> listener) {
  auto stream = std::make_shared<Stream>(request, std::move(listener));
  stream->Begin(*stub_->stub, stream);
  return stream;
}

}  // namespace dateline::gateway
