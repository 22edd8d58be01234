#include "common/rpc/call.h"

namespace dateline::rpc {

void Prepare(grpc::ClientContext& context, const CallOptions& options) {
  context.set_deadline(std::chrono::system_clock::now() + options.deadline);
  context.set_wait_for_ready(options.wait_for_ready);
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
}

CallOptions Onward(const CallContext& from, CallOptions options) {
  options.deadline = from.TimeLeft(options.deadline);
  if (!from.traceparent().empty()) options.metadata.emplace_back("traceparent", std::string(from.traceparent()));
  return options;
}

absl::Status FailureOf(const grpc::Status& status, bool cancelled_here) {
  if (status.error_code() != grpc::StatusCode::CANCELLED || cancelled_here) return FromGrpc(status);
  return FromGrpc(
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "the peer ended the call (" + status.error_message() + ")"));
}

}  // namespace dateline::rpc
