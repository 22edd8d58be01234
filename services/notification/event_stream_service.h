#pragma once
// EventStreamService over gRPC: checks the request, opens a stream at the hub and carries its messages. Thread-safe.
// All that it refers to outlives the server.

#include "common/rpc/server_kit.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_ring.h"
#include "services/notification/shared_filter.h"
#include "services/notification/stream_hub.h"

namespace dateline::notification {

// The trailing metadata in which an ended stream says where to go on.
inline constexpr char kResumeTokenTrailer[] = "dateline-resume-token";

class EventStreamService final : public v1::EventStreamService::CallbackService {
 public:
  EventStreamService(rpc::ServerKit& kit, StreamHub& hub, FilterSet& filters, EventRing& ring, EventArchive& archive)
      : kit_(kit), hub_(hub), filters_(filters), ring_(ring), archive_(archive) {}

  grpc::ServerWriteReactor<v1::StreamEventsResponse>* StreamEvents(grpc::CallbackServerContext* context,
                                                                   const v1::StreamEventsRequest* request) override;

 private:
  rpc::ServerKit& kit_;
  StreamHub& hub_;
  FilterSet& filters_;
  EventRing& ring_;
  EventArchive& archive_;
};

}  // namespace dateline::notification
