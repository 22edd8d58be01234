#include "services/gateway/access/problem.h"

#include <algorithm>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/export/json_writer.h"
#include "google/rpc/error_details.pb.h"

namespace dateline::gateway {
namespace {

template <class Detail>
bool ReadDetail(const absl::Status& status, std::string_view url, Detail* detail) {
  const auto payload = status.GetPayload(ToAbsl(url));
  return payload.has_value() && detail->ParseFromString(std::string(*payload));
}

// "RELEASE_NOT_FOUND" -> "Release not found".
std::string TitleOf(std::string_view reason) {
  std::string title(reason);
  for (size_t i = 0; i < title.size(); ++i) {
    title[i] = title[i] == '_' ? ' ' : i == 0 ? title[i] : static_cast<char>(tolower(title[i]));
  }
  return title;
}

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

Response ProblemResponse(const absl::Status& status, std::string_view instance) {
  google::rpc::ErrorInfo info;
  ReadDetail(status, kErrorInfoUrl, &info);
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = info.reason().empty() ? code : info.reason();
  Response response{.status = HttpStatusOf(status.code()), .content_type = "application/problem+json"};
  exporting::JsonWriter json;
  json.BeginObject();
  json.String("type", "urn:dateline:problem:" + reason);
  json.String("title", TitleOf(reason));
  json.Integer("status", response.status);
  json.String("detail", ToStd(status.message()));
  json.String("instance", instance);
  json.String("code", code);
  json.String("reason", reason);
  json.String("domain", info.domain().empty() ? kErrorDomain : std::string_view(info.domain()));
  if (!info.metadata().empty()) {
    json.BeginObject("metadata");
    const std::map<std::string, std::string> sorted(info.metadata().begin(), info.metadata().end());
    for (const auto& [key, value] : sorted) json.String(key, value);
    json.EndObject();
  }
  google::rpc::BadRequest bad;
  if (ReadDetail(status, kBadRequestUrl, &bad) && bad.field_violations_size() > 0) {
    json.BeginArray("fieldViolations");
    for (const auto& violation : bad.field_violations()) {
      json.BeginObject();
      json.String("field", violation.field());
      json.String("description", violation.description());
      json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  response.body = json.text() + "\n";
  google::rpc::RetryInfo retry;
  if (ReadDetail(status, kRetryInfoUrl, &retry)) {
    response.Set("Retry-After", std::to_string(std::max<int64_t>(1, retry.retry_delay().seconds())));
  }
  return response;
}

}  // namespace dateline::gateway
