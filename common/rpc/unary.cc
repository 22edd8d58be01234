#include "common/rpc/unary.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <exception>
#include <memory>

#include "common/base/error.h"

namespace dateline::rpc::internal {
namespace {

// How long a refused caller should wait: about what the queue needs to empty.
constexpr std::chrono::milliseconds kRetryDelay{200};

// Deletes itself when gRPC is through with it, which is after the one Finish.
class Reactor final : public grpc::ServerUnaryReactor {
 public:
  explicit Reactor(CallContext call) : call_(std::move(call)) {}
  void OnCancel() override { call_.MarkCancelled(); }
  void OnDone() override { delete this; }

 private:
  const CallContext call_;
};

// One call. Shared by the task on the executor and all copies of Done. The reactor lives until Answer has run once,
// which keeps server, kit, request and response alive too.
class UnaryCall {
 public:
  UnaryCall(ServerKit& kit, grpc::CallbackServerContext& context, const char* method,
            google::protobuf::Message& response)
      : kit_(kit),
        response_(response),
        call_(MakeCallContext(kit, context, method)),
        stats_(kit.StartCall(method)),
        arrived_(kit.clock().Monotonic()),
        reactor_(new Reactor(call_)) {}

  void Answer(const absl::Status& status) {
    if (answered_.exchange(true, std::memory_order_acq_rel)) return;
    const absl::Status answer = status.ok() ? CheckSize() : status;
    kit_.FinishCall(stats_, call_.peer(), answer, kit_.clock().Monotonic() - arrived_);
    reactor_->Finish(ToGrpc(answer));
  }

  // Why the call is not worth beginning; OK otherwise.
  absl::Status CheckWanted() const {
    if (call_.deadline().has_value()) {
      const auto left = *call_.deadline() - kit_.clock().Monotonic();
      if (left < kit_.options().deadline_floor) {
        return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_TOO_SHORT",
                     fmt::format("{}: less than {} ms are left of the deadline; give the call more time",
                                 call_.method(), kit_.options().deadline_floor.count()));
      }
    }
    if (call_.IsCancelled()) return Error(absl::StatusCode::kCancelled, "CANCELLED", "the caller gave up");
    return absl::OkStatus();
  }

  // `done` is kept by the caller until this returns, so that an exception is answered for before a dropped Done is.
  void Run(const std::function<void(const CallContext&, Done)>& run, const Done& done) {
    kit_.OnQueueWait(kit_.clock().Monotonic() - arrived_);
    if (absl::Status wanted = CheckWanted(); !wanted.ok()) return Answer(wanted);
    try {
      run(call_, done);
    } catch (const std::exception& error) {
      Answer(
          Error(absl::StatusCode::kInternal, "HANDLER_EXCEPTION", fmt::format("{}: {}", call_.method(), error.what())));
    } catch (...) {
      Answer(Error(absl::StatusCode::kInternal, "HANDLER_EXCEPTION",
                   fmt::format("{}: an exception of unknown type", call_.method())));
    }
  }

  const CallContext& call() const { return call_; }
  Reactor* reactor() const { return reactor_; }

 private:
  // gRPC would fail the call too, but without saying what to do.
  absl::Status CheckSize() const {
    const auto size = static_cast<int64_t>(response_.ByteSizeLong());
    const int64_t most = kit_.options().response_bytes_max;
    if (size <= most) return absl::OkStatus();
    return Error(
        absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE",
        fmt::format("{}: the answer has {} bytes, at most {} fit in one message; ask for fewer items at once or "
                    "for a smaller view of them",
                    call_.method(), size, most),
        {{"method", std::string(call_.method())}, {"bytes", fmt::to_string(size)}});
  }

  ServerKit& kit_;
  google::protobuf::Message& response_;  // Used by the one that answers, before gRPC is told.
  const CallContext call_;
  MethodStats& stats_;
  const MonotonicTime arrived_;
  Reactor* const reactor_;
  std::atomic<bool> answered_{false};
};

// Shared by all copies of one Done; the last one that goes answers, if nobody did.
struct LastWord {
  explicit LastWord(std::shared_ptr<UnaryCall> c) : call(std::move(c)) {}
  ~LastWord() {
    call->Answer(Error(absl::StatusCode::kInternal, "HANDLER_DROPPED",
                       fmt::format("{}: the handler ended without an answer", call->call().method())));
  }
  LastWord(const LastWord&) = delete;
  LastWord& operator=(const LastWord&) = delete;

  const std::shared_ptr<UnaryCall> call;
};

}  // namespace

grpc::ServerUnaryReactor* StartUnary(ServerKit& kit, grpc::CallbackServerContext* context, const char* method,
                                     google::protobuf::Message& response,
                                     std::function<void(const CallContext&, Done)> run) {
  auto call = std::make_shared<UnaryCall>(kit, *context, method, response);
  Reactor* const reactor = call->reactor();
  if (absl::Status wanted = call->CheckWanted(); !wanted.ok()) {
    call->Answer(wanted);
    return reactor;
  }
  const bool queued = kit.TrySubmit([call, run = std::move(run)] {
    auto last = std::make_shared<LastWord>(call);
    const Done done = [last = std::move(last)](const absl::Status& status) { last->call->Answer(status); };
    call->Run(run, done);
  });
  if (!queued) {
    call->Answer(WithRetryDelay(
        Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
              fmt::format("{}: {} calls wait already; try again later", method, kit.options().queue_max)),
        kRetryDelay));
  }
  return reactor;
}

}  // namespace dateline::rpc::internal
