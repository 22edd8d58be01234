#pragma once
// The port over gRPC's callback interface: no thread for a stream, so that hundreds of listeners cost little.

#include <memory>

#include "services/gateway/live/event_source.h"

namespace grpc {
class ChannelInterface;
}

namespace dateline::gateway {

class GrpcEventSource final : public EventSource {
 public:
  explicit GrpcEventSource(const std::shared_ptr<grpc::ChannelInterface>& channel);
  ~GrpcEventSource() override;
  std::shared_ptr<EventStream> Open(const notification::v1::StreamEventsRequest& request,
                                    std::shared_ptr<EventListener> listener) override;

 private:
  struct Stub;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace dateline::gateway
