#pragma once
// HTTP to protobuf and back, by the protobuf JSON mapping: variables of the path, parameters of the query and the body
// become a request message; a response message becomes JSON. Everything that does not fit is an error that names the
// parameter. Pure and thread-safe.

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/gateway/api/routes.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

// A new message of a type that the gateway knows.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

// Sets a field by its path ("source.name", "pageSize" or "page_size"); lists are appended to. Values are written as in
// the JSON mapping, without quotation marks. UNKNOWN_PARAMETER or INVALID_PARAMETER.
absl::Status SetField(google::protobuf::Message* message, std::string_view path, std::string_view value);

// The request message of a route.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ReadRequest(const ApiRoute& route, const Pairs& variables,
                                                                       const Request& request);

// The answer of a route as JSON.
absl::StatusOr<std::string> WriteAnswer(const ApiRoute& route, const google::protobuf::Message& response, bool pretty);
// The field of a response that is the answer; the response itself for a route without.
const google::protobuf::Message& AnswerOf(const ApiRoute& route, const google::protobuf::Message& response);

}  // namespace dateline::gateway
