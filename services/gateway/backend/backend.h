#pragma once
// The services behind the gateway, as a port: a request message names its method, because every method here has a
// request type of its own. So the JSON API, the pages and the exports all go through one door, and tests put a fake in
// its place. Thread-safe; calls block, with a deadline.

#include <google/protobuf/message.h>

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::storage::v1 {
class ExportReleasesRequest;
class ExportReleasesResponse;
}  // namespace dateline::storage::v1

namespace dateline::gateway {

// Which service answers. kOwner: the one whose package the request's type is of; the others are for methods that
// several services have (event logs, operations).
enum class Target { kOwner, kStorage, kIngestion, kExtraction, kNotification };

struct CallLimits {
  Target target = Target::kOwner;
  std::chrono::milliseconds deadline{10'000};
  std::string traceparent{};  // W3C trace context, sent along.
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Fills `response`, which is of the method's type.
  virtual absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                            const CallLimits& limits) = 0;
  // Reads an export to its end, or until `sink` says false, which is no error.
  virtual absl::Status Export(const storage::v1::ExportReleasesRequest& request,
                              const std::function<bool(const storage::v1::ExportReleasesResponse&)>& sink,
                              const CallLimits& limits) = 0;
};

template <class Response>
absl::StatusOr<Response> Ask(Backend& backend, const google::protobuf::Message& request,
                             const CallLimits& limits = {}) {
  Response response;
  if (absl::Status status = backend.Call(request, &response, limits); !status.ok()) return status;
  return response;
}

// The methods that the gateway may call, by their request type. Null for a type that is no request.
const google::protobuf::MethodDescriptor* MethodOf(const google::protobuf::Descriptor* request);
// A method by "dateline.storage.v1.ReleaseService.GetRelease"; null when there is none.
const google::protobuf::MethodDescriptor* FindMethod(const std::string& full_name);
// All services whose methods the gateway knows.
const std::vector<const google::protobuf::ServiceDescriptor*>& KnownServices();

}  // namespace dateline::gateway
