#pragma once
// Turns a plain function into a unary RPC of a callback service. gRPC's two library threads must never block, so the
// handler runs on the kit's bounded executor; around it stand the deadline floor, the refusal of a full queue, the
// mapping of errors, metrics and logs. Whatever happens (cancel, exception, a handler that forgets to answer) the call
// is finished exactly once. An answer over ServerKit::Options::response_bytes_max becomes RESOURCE_EXHAUSTED
// (RESPONSE_TOO_LARGE), which names the remedy. A service method is one line:
//
//   return rpc::Unary(kit_, context, request, response, "DocumentService.GetDocument",
//                     [this](const rpc::CallContext& call, const auto& r) { return documents_.Get(call, r); });
//
// Request and response belong to gRPC and live until the call is finished, also after a cancel.

#include <google/protobuf/message.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"

namespace dateline::rpc {

// Ends an asynchronous call; the first use counts, later ones do nothing. Any thread. When every copy is destroyed
// unused, the call ends with INTERNAL (HANDLER_DROPPED).
using Done = std::function<void(absl::Status)>;

namespace internal {
// The part that does not depend on types. `run` is called at most once, on the executor. `response` is what it fills.
grpc::ServerUnaryReactor* StartUnary(ServerKit& kit, grpc::CallbackServerContext* context, const char* method,
                                     google::protobuf::Message& response,
                                     std::function<void(const CallContext&, Done)> run);
}  // namespace internal

// `handler` is callable as absl::StatusOr<Response>(const CallContext&, const Request&) and may block. It must not
// outlive what it captures: the server is stopped before the objects that handlers use. `method` is "Service.Method", a
// literal.
template <class Request, class Response, class Handler>
grpc::ServerUnaryReactor* Unary(ServerKit& kit, grpc::CallbackServerContext* context, const Request* request,
                                Response* response, const char* method, Handler handler) {
  return internal::StartUnary(
      kit, context, method, *response,
      [request, response, handler = std::move(handler)](const CallContext& call, const Done& done) mutable {
        absl::StatusOr<Response> result = handler(call, *request);
        if (result.ok()) *response = *std::move(result);
        done(result.status());
      });
}

// `handler` is callable as void(const CallContext&, const Request&, Response*, Done). It starts on the executor and may
// call Done there or later from any thread; it may use request and response until it has called Done, not after. It
// takes a copy of the context when it needs it after returning.
template <class Request, class Response, class Handler>
grpc::ServerUnaryReactor* UnaryAsync(ServerKit& kit, grpc::CallbackServerContext* context, const Request* request,
                                     Response* response, const char* method, Handler handler) {
  return internal::StartUnary(
      kit, context, method, *response,
      [request, response, handler = std::move(handler)](const CallContext& call, Done done) mutable {
        handler(call, *request, response, std::move(done));
      });
}

}  // namespace dateline::rpc
