#include "common/base/error.h"

#include "absl/strings/cord.h"
#include "common/base/absl_compat.h"
#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"

namespace dateline {
namespace {

// AIP-193: a reason is at most 63 characters.
constexpr size_t kReasonBytesMax = 63;

template <typename Message>
void Attach(absl::Status& status, std::string_view url, const Message& detail) {
  status.SetPayload(ToAbsl(url), absl::Cord(detail.SerializeAsString()));
}

std::optional<google::rpc::ErrorInfo> InfoOf(const absl::Status& status) {
  const auto payload = status.GetPayload(ToAbsl(kErrorInfoUrl));
  if (!payload.has_value()) return std::nullopt;
  google::rpc::ErrorInfo info;
  if (!info.ParseFromString(std::string(*payload))) return std::nullopt;
  return info;
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   const ErrorMetadata& metadata) {
  absl::Status status(code, ToAbsl(message));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason.substr(0, kReasonBytesMax)));
  info.set_domain(std::string(kErrorDomain));
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  Attach(status, kErrorInfoUrl, info);
  return status;
}

absl::Status FieldError(std::string_view reason, std::string_view field, std::string_view description) {
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, reason, fmt::format("{}: {}", field, description),
                              {{"field", std::string(field)}});
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
  Attach(status, kBadRequestUrl, bad_request);
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  const auto info = InfoOf(status);
  return info.has_value() ? info->reason() : std::string();
}

std::optional<std::string> ErrorMetadataValue(const absl::Status& status, std::string_view key) {
  const auto info = InfoOf(status);
  if (!info.has_value()) return std::nullopt;
  const auto found = info->metadata().find(std::string(key));
  if (found == info->metadata().end()) return std::nullopt;
  return found->second;
}

absl::Status WithContext(absl::Status status, std::string_view prefix) {
  if (status.ok()) return status;
  absl::Status result(status.code(), ToAbsl(fmt::format("{}: {}", prefix, ToStd(status.message()))));
  status.ForEachPayload(
      [&result](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace dateline
