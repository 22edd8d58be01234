#pragma once
// Calls as a client: always with a deadline, errors as absl::Status with their details, so that ErrorReason() works on
// both sides. Call() blocks its thread; CallAsync() does not, and its caller bounds how many it has open. Thread-safe.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/status.h"

namespace dateline::rpc {

struct CallOptions {
  std::chrono::milliseconds deadline{5'000};  // From now; always set.
  bool wait_for_ready = false;                // Wait for a connection instead of failing at once with UNAVAILABLE.
  Metadata metadata{};                        // Sent along; keys in lower case.
};

// Applies the options to a context that is used directly, for example to read a stream.
void Prepare(grpc::ClientContext& context, const CallOptions& options);

// Options for a call made while serving another: no more time than the caller has left, and its trace context.
CallOptions Onward(const CallContext& from, CallOptions options = {});

// The error of a call that failed. CANCELLED that nobody on this side asked for is a peer that stops, which ends so
// what has reached it and was not begun: UNAVAILABLE, like every other way of not being there.
absl::Status FailureOf(const grpc::Status& status, bool cancelled_here);

// status = rpc::Call(stub, &EventLogService::StubInterface::GetHeads, request, &response, {.deadline = 2s});
// `stub` is a stub or a reference to its interface, so that tests may pass a fake.
template <class Stub, class Base, class Request, class Response>
absl::Status Call(Stub& stub, grpc::Status (Base::*method)(grpc::ClientContext*, const Request&, Response*),
                  const std::type_identity_t<Request>& request, std::type_identity_t<Response>* response,
                  const CallOptions& options = {}) {
  grpc::ClientContext context;
  Prepare(context, options);
  const grpc::Status status = (stub.*method)(&context, request, response);
  return status.ok() ? absl::OkStatus() : FailureOf(status, /*cancelled_here=*/false);
}

// An asynchronous call under way. Dropping the handle does not end the call.
class AsyncCall {
 public:
  // Ends the call with CANCELLED; the callback still comes. Any thread, any time.
  void Cancel() {
    cancelled_ = true;
    context_.TryCancel();
  }
  bool cancelled() const { return cancelled_; }
  grpc::ClientContext& context() { return context_; }

 private:
  grpc::ClientContext context_;
  std::atomic<bool> cancelled_ = false;
};

// call = rpc::CallAsync<ExtractResponse>(*stub->async(), &ExtractionService::StubInterface::async_interface::Extract,
//                                        request, {.deadline = 15s}, [](absl::StatusOr<ExtractResponse> result) { … });
// `done` is called exactly once, on a library thread: it must not block. The stub outlives the call.
template <class Response, class Request, class Async, class Base>
std::shared_ptr<AsyncCall> CallAsync(Async& async,
                                     void (Base::*method)(grpc::ClientContext*, const Request*, Response*,
                                                          std::function<void(grpc::Status)>),
                                     std::type_identity_t<Request> request, const CallOptions& options,
                                     std::function<void(absl::StatusOr<Response>)> done) {
  // Owned by the callback until it has run; the handle that the caller gets shares the context only.
  struct State : AsyncCall {
    Request request;
    Response response;
    std::function<void(absl::StatusOr<Response>)> done;
  };
  auto state = std::make_shared<State>();
  Prepare(state->context(), options);
  state->request = std::move(request);
  state->done = std::move(done);
  (async.*method)(&state->context(), &state->request, &state->response, [state](const grpc::Status& status) {
    if (status.ok()) {
      state->done(std::move(state->response));
    } else {
      state->done(FailureOf(status, state->cancelled()));
    }
  });
  return state;
}

}  // namespace dateline::rpc
