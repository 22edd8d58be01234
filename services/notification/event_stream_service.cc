#include "services/notification/event_stream_service.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/server_stream.h"
#include "services/notification/stream_request.h"

namespace dateline::notification {
namespace {

using Handle = rpc::StreamHandle<v1::StreamEventsResponse>;

class RpcSink final : public StreamSink {
 public:
  RpcSink(Handle stream, const StreamPosition& start) : stream_(std::move(stream)) {
    stream_->SetTrailer(kResumeTokenTrailer, EncodeToken(start));
  }

  void Send(const StreamCursor::Send& message, const std::string& token) override {
    v1::StreamEventsResponse response;
    if (message.event != nullptr) *response.mutable_event() = message.event->envelope();
    response.set_resume_token(token);
    response.set_head_sequence(message.head);
    MutexLock lock(mutex_);
    // The trailer follows the message: were it set first, a stream that ends in between would tell the client to go on
    // behind an event that it never got.
    if (stream_->Write(std::move(response))) stream_->SetTrailer(kResumeTokenTrailer, token);
  }

  void End(const absl::Status& status) override {
    MutexLock lock(mutex_);
    stream_->Finish(status);
  }

 private:
  const Handle stream_;
  // Makes a message and its trailer one step, also against the next message and the end, which may come from other
  // threads at once. Held over calls that hand work to gRPC, which never calls back from inside one.
  Mutex mutex_;
};

class Producer final : public rpc::StreamProducer {
 public:
  Producer(StreamHub& hub, StreamHub::SessionPtr session) : hub_(hub), session_(std::move(session)) {}
  void OnReady() override { hub_.OnReady(session_); }
  void OnClosed() override { hub_.Close(session_); }

 private:
  StreamHub& hub_;
  const StreamHub::SessionPtr session_;
};

}  // namespace

grpc::ServerWriteReactor<v1::StreamEventsResponse>* EventStreamService::StreamEvents(
    grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request) {
  return rpc::StartStream<v1::StreamEventsResponse>(
      kit_, context, request, "EventStreamService.StreamEvents",
      [this](const rpc::CallContext& /*call*/, const v1::StreamEventsRequest& wanted,
             Handle stream) -> absl::StatusOr<std::unique_ptr<rpc::StreamProducer>> {
        DATELINE_ASSIGN_OR_RETURN(StreamOptions options, MakeStreamOptions(wanted, filters_, ring_, archive_));
        auto sink = std::make_unique<RpcSink>(std::move(stream), options.start);
        return std::make_unique<Producer>(hub_, hub_.Open(std::move(options), std::move(sink)));
      });
}

}  // namespace dateline::notification
