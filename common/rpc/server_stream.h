#pragma once
// Server streaming where the producer is asked, so that a slow reader costs one message and not a queue. For each call
// the service makes a StreamProducer; OnReady() tells it that one message may be written, and it writes then or when it
// has something. A reader that leaves a message untaken for longer than the limit is ended with RESOURCE_EXHAUSTED
// (SLOW_CONSUMER); a stopping server ends all streams with UNAVAILABLE (SERVER_STOPPING). Both carry the trailer that
// the producer set last (a resume token), so that the client goes on where it was.
//
//   return rpc::StartStream<WatchEventsResponse>(kit_, context, request, "EventStreamService.WatchEvents",
//       [this](const rpc::CallContext& call, const WatchEventsRequest& request, StreamHandle<WatchEventsResponse>
//       stream)
//           -> absl::StatusOr<std::unique_ptr<rpc::StreamProducer>> { … });
//
// Lifetime: a stream is shared by gRPC's reactor, the kit and the producer. When the call is over it lets go of the
// producer, which may therefore hold the stream. Methods of a stream are thread-safe and safe after its end.

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"

namespace dateline::rpc {

// Implemented by the service, one for each call.
class StreamProducer {
 public:
  virtual ~StreamProducer() = default;
  // One Write() is possible now: after the start and after each message that went out. Runs on the executor, never
  // twice at the same time; may block. The producer calls Write() here or later from any thread, or Finish().
  virtual void OnReady() = 0;
  // The call is over, whoever ended it. Called exactly once, the last of all calls unless an OnReady() is still
  // running. Runs on a library thread and must not block: unsubscribe, and no more.
  virtual void OnClosed() {}
};

// The part that does not depend on the type of the message.
class StreamCore : public std::enable_shared_from_this<StreamCore> {
 public:
  virtual ~StreamCore() = default;
  StreamCore(const StreamCore&) = delete;
  StreamCore& operator=(const StreamCore&) = delete;

  // Sent with the status, whoever ends the stream from this side; a second value for the same key replaces the first.
  void SetTrailer(const std::string& key, const std::string& value);
  // Ends the stream after the message that is on its way. Only the first call counts.
  void Finish(const absl::Status& status);
  // True when the call is over or ending: nothing can be written any more.
  bool closed() const;

  // The rest is called by this module.
  void Open(std::function<absl::StatusOr<std::unique_ptr<StreamProducer>>()> open);
  void OnWriteDone(bool ok);
  void OnCancel();
  void OnDone();
  void Tick();

 protected:
  StreamCore(ServerKit& kit, grpc::CallbackServerContext* context, CallContext call);
  // True when the one place is free; then it is taken and the caller starts its write under the same lock.
  bool TakePlace() REQUIRES(mutex_);

  mutable Mutex mutex_;  // Held while an operation is handed to gRPC, which never calls back from inside one.

 private:
  virtual void StartInitialMetadata() REQUIRES(mutex_) = 0;
  virtual void StartFinish(grpc::Status status) REQUIRES(mutex_) = 0;

  void FinishLocked(const absl::Status& status) REQUIRES(mutex_);
  // True when the caller has to submit a turn; false when one is under way, which then is followed by another.
  bool WantTurn() REQUIRES(mutex_);
  void SubmitTurn();
  void RunTurn();

  ServerKit& kit_;
  const CallContext call_;
  const MonotonicTime started_;
  MethodStats& stats_;
  grpc::CallbackServerContext* context_ GUARDED_BY(mutex_);      // Null after OnDone.
  std::shared_ptr<StreamProducer> producer_ GUARDED_BY(mutex_);  // Shared with a turn that runs.
  Metadata trailer_ GUARDED_BY(mutex_);
  absl::Status status_ GUARDED_BY(mutex_);
  MonotonicTime waiting_since_ GUARDED_BY(mutex_);  // When the write, or the finish, was handed to gRPC.
  bool counted_ GUARDED_BY(mutex_) = false;         // Among the kit's streams.
  bool writing_ GUARDED_BY(mutex_) = false;
  bool ready_ GUARDED_BY(mutex_) = false;        // Write() is allowed.
  bool turn_active_ GUARDED_BY(mutex_) = false;  // A turn is queued, owed or runs.
  bool turn_again_ GUARDED_BY(mutex_) = false;   // Another one follows it.
  bool turn_owed_ GUARDED_BY(mutex_) = false;    // The executor was full; the sweeper tries again.
  bool finished_ GUARDED_BY(mutex_) = false;
  bool reset_ GUARDED_BY(mutex_) = false;
};

// What a producer writes to.
template <class T>
class ServerStream final : public StreamCore {
 public:
  ServerStream(ServerKit& kit, grpc::CallbackServerContext* context, CallContext call)
      : StreamCore(kit, context, std::move(call)), reactor_(new Reactor) {}

  // Hands over one message. False when it is not the producer's turn or the stream is closed: nothing was sent then.
  [[nodiscard]] bool Write(T message) {
    MutexLock lock(mutex_);
    if (!TakePlace()) return false;
    message_ = std::move(message);
    reactor_->StartWrite(&message_);
    return true;
  }

  // Called once by StartStream: binds the reactor, which from then on keeps the stream alive.
  grpc::ServerWriteReactor<T>* Bind() {
    reactor_->stream = std::static_pointer_cast<ServerStream<T>>(shared_from_this());
    return reactor_;
  }

 private:
  struct Reactor final : grpc::ServerWriteReactor<T> {
    void OnWriteDone(bool ok) override { stream->OnWriteDone(ok); }
    void OnCancel() override { stream->OnCancel(); }
    void OnDone() override {
      stream->OnDone();
      delete this;
    }
    std::shared_ptr<ServerStream<T>> stream;  // Shared: the call must keep the stream, and the producer may too.
  };

  void StartInitialMetadata() override { reactor_->StartSendInitialMetadata(); }
  void StartFinish(grpc::Status status) override { reactor_->Finish(std::move(status)); }

  Reactor* reactor_;  // Deletes itself in OnDone, which gRPC calls after Finish only.
  T message_;         // Has to live until OnWriteDone.
};

template <class T>
using StreamHandle = std::shared_ptr<ServerStream<T>>;

// `open` is callable as absl::StatusOr<std::unique_ptr<StreamProducer>>(const CallContext&, const Request&,
// StreamHandle<T>); it runs on the executor, may block, and an error that it returns ends the call. At a cap of streams
// the call ends with RESOURCE_EXHAUSTED (TOO_MANY_STREAMS) before `open` is called.
template <class T, class Request, class Open>
grpc::ServerWriteReactor<T>* StartStream(ServerKit& kit, grpc::CallbackServerContext* context, const Request* request,
                                         const char* method, Open open) {
  const CallContext call = MakeCallContext(kit, *context, method);
  auto stream = std::make_shared<ServerStream<T>>(kit, context, call);
  grpc::ServerWriteReactor<T>* reactor = stream->Bind();
  // The request is copied because the call may be over before a thread is free.
  stream->Open(
      [call, request = *request, open = std::move(open),
       weak = std::weak_ptr<ServerStream<T>>(stream)]() mutable -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
        std::shared_ptr<ServerStream<T>> strong = weak.lock();
        if (strong == nullptr) return absl::CancelledError("the call is over");
        return open(call, request, std::move(strong));
      });
  return reactor;
}

}  // namespace dateline::rpc
