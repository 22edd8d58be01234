#include "dateline/client/subscribe.h"

#include <chrono>
#include <utility>

#include "common/base/status_macros.h"
#include "common/client/cursor_file.h"
#include "common/client/event_reader.h"
#include "common/rpc/channel.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"

namespace dateline::client {
namespace {

using notification::v1::EventStreamService;
using notification::v1::StreamEventsRequest;

// The shortest that the service takes; a wish to stop waits for no longer.
constexpr int kHeartbeatSeconds = 1;

StreamEventsRequest RequestFor(const SubscribeOptions& options) {
  StreamEventsRequest request;
  request.set_filter(options.filter);
  request.mutable_event_types()->Assign(options.event_types.begin(), options.event_types.end());
  request.mutable_heartbeat_interval()->set_seconds(kHeartbeatSeconds);
  if (!options.cursor_file.empty()) request.set_resume_token(LoadCursor(options.cursor_file));
  if (request.resume_token().empty()) {
    request.set_start(options.from_earliest ? StreamEventsRequest::START_EARLIEST : StreamEventsRequest::START_LATEST);
  }
  return request;
}

}  // namespace

absl::Status Subscribe(const SubscribeOptions& options, const EventHandler& handler, const std::atomic<bool>* stop) {
  DATELINE_ASSIGN_OR_RETURN(auto tls, rpc::TlsIdentity::Open({.certificate_file = options.certificate_file,
                                                              .key_file = options.key_file,
                                                              .ca_file = options.ca_file}));
  const auto stub =
      EventStreamService::NewStub(rpc::MakeChannel(options.address, {.attempts_max = 1, .tls = std::move(tls)}));
  EventReader reader(*stub,
                     {.request = RequestFor(options), .retry_limit = std::chrono::milliseconds(-1), .on_retry = {}});
  absl::Status failed;
  const absl::Status status = reader.Run([&](const EventReader::Response& response) {
    bool wanted = true;
    events::v1::ReleaseEvent event;
    if (response.has_event() && response.event().proto_data().UnpackTo(&event)) {
      wanted = handler(response.event(), event);
    }
    if (!options.cursor_file.empty()) failed = SaveCursor(options.cursor_file, response.resume_token());
    return wanted && failed.ok() && (stop == nullptr || !stop->load());
  });
  return status.ok() ? failed : status;
}

}  // namespace dateline::client
