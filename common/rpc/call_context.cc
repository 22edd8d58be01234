#include "common/rpc/call_context.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <utility>

#include "common/rpc/server_kit.h"

namespace dateline::rpc {

CallContext::CallContext(Values values)
    : values_(std::make_shared<const Values>(std::move(values))),
      cancelled_(std::make_shared<std::atomic<bool>>(false)) {}

std::chrono::milliseconds CallContext::TimeLeft(std::chrono::milliseconds most) const {
  if (!values_->deadline.has_value()) return most;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(*values_->deadline - values_->clock->Monotonic());
  return std::clamp(left, std::chrono::milliseconds(0), most);
}

std::optional<std::string_view> CallContext::MetadataValue(std::string_view key) const {
  for (const auto& [name, value] : values_->metadata) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::string_view CallContext::traceparent() const {
  return MetadataValue("traceparent").value_or(std::string_view());
}

bool CallContext::IsCancelled() const {
  return cancelled_->load(std::memory_order_acquire) ||
         (values_->deadline.has_value() && values_->clock->Monotonic() >= *values_->deadline);
}

CallContext MakeCallContext(const ServerKit& kit, const grpc::CallbackServerContext& context, const char* method) {
  CallContext::Values values;
  values.method = method;
  values.peer = context.peer();
  values.clock = &kit.clock();
  if (const auto deadline = context.deadline(); deadline != std::chrono::system_clock::time_point::max()) {
    values.deadline = kit.clock().Monotonic() + (deadline - std::chrono::system_clock::now());
  }
  for (const auto& [key, value] : context.client_metadata()) {
    values.metadata.emplace_back(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return CallContext(std::move(values));
}

}  // namespace dateline::rpc
