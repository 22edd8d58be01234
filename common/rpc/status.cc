#include "common/rpc/status.h"

#include <optional>
#include <string_view>

#include "absl/strings/cord.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/truncate_utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dateline::rpc {
namespace {

google::rpc::ErrorInfo InfoFor(absl::StatusCode code) {
  google::rpc::ErrorInfo info;
  info.set_reason(absl::StatusCodeToString(code));
  info.set_domain(std::string(kErrorDomain));
  return info;
}

void AddDetail(google::rpc::Status& wire, std::string_view type_url, std::string value) {
  google::protobuf::Any* detail = wire.add_details();
  detail->set_type_url(std::string(type_url));
  detail->set_value(std::move(value));
}

// The ErrorInfo that travels: the status's own if there is one that fits, else without the metadata.
std::string InfoBytes(const absl::Status& status) {
  google::rpc::ErrorInfo info = InfoFor(status.code());
  const absl::optional<absl::Cord> payload = status.GetPayload(ToAbsl(kErrorInfoUrl));
  if (payload.has_value()) {
    std::string bytes(*payload);
    if (bytes.size() <= kDetailsBytesMax) return bytes;
    if (info.ParseFromString(bytes)) info.clear_metadata();
    if (info.ByteSizeLong() > kDetailsBytesMax) info = InfoFor(status.code());
  }
  return info.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message(TruncateUtf8(ToStd(status.message()), kMessageBytesMax));
  google::rpc::Status wire;
  wire.set_code(static_cast<int32_t>(status.code()));
  wire.set_message(message);
  AddDetail(wire, kErrorInfoUrl, InfoBytes(status));
  size_t room = kDetailsBytesMax - wire.details(0).value().size();
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& value) {
    if (ToStd(type_url) == kErrorInfoUrl) return;
    const size_t bytes = type_url.size() + value.size();
    if (bytes > room) return;
    room -= bytes;
    AddDetail(wire, ToStd(type_url), std::string(value));
  });
  return {static_cast<grpc::StatusCode>(status.code()), message, wire.SerializeAsString()};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status wire;
  if (status.error_details().empty() || !wire.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& detail : wire.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

absl::Status WithRetryDelay(absl::Status status, std::chrono::milliseconds delay) {
  if (status.ok()) return status;
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(delay.count() / 1000);
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(delay.count() % 1000) * 1'000'000);
  status.SetPayload(ToAbsl(kRetryInfoUrl), absl::Cord(info.SerializeAsString()));
  return status;
}

}  // namespace dateline::rpc
