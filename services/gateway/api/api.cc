#include "services/gateway/api/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "services/gateway/access/problem.h"
#include "services/gateway/api/routes.h"
#include "services/gateway/api/transcode.h"
#include "services/gateway/http/conditional.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string TextField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) return {};
  return message.GetReflection()->GetString(message, field);
}

// The address of the next page: this one, with another token.
std::string NextLink(const Request& request, const std::string& token) {
  std::string query;
  for (const auto& [name, value] : request.query) {
    if (name != "page_token" && name != "pageToken") AppendParameter(query, name, value);
  }
  AppendParameter(query, "pageToken", token);
  return fmt::format("<{}?{}>; rel=\"next\"", request.path, query);
}

// Tokens of services are opaque; the tag may hold only characters that HTTP allows in one.
bool FitsTag(const std::string& etag) {
  return !etag.empty() &&
         std::all_of(etag.begin(), etag.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F && c != '"'; });
}

Response Answer(const ApiRoute& route, Backend& backend, const Request& request, const Pairs& variables) {
  auto message = ReadRequest(route, variables, request);
  if (!message.ok()) return ProblemResponse(message.status(), request.path);
  const auto response = NewMessage(MethodOf((*message)->GetDescriptor())->output_type());
  const CallLimits limits{.target = route.target, .traceparent = std::string(request.Header("traceparent"))};
  if (const absl::Status status = backend.Call(**message, response.get(), limits); !status.ok()) {
    return ProblemResponse(status, request.path);
  }
  auto json = WriteAnswer(route, *response, request.HasQuery("pretty"));
  if (!json.ok()) return ProblemResponse(json.status(), request.path);
  Response answer{.content_type = "application/json", .body = *std::move(json)};
  if (const std::string token = TextField(*response, "next_page_token"); !token.empty()) {
    answer.Set("Link", NextLink(request, token));
  }
  answer.Set("Cache-Control", "private, no-cache");
  if (route.method == "GET") {
    const std::string etag = TextField(AnswerOf(route, *response), "etag");
    // A view leaves fields out, so the resource's tag stands for the whole of it only.
    const bool whole = FitsTag(etag) && request.query.empty();
    ApplyConditional(request, whole ? "W/\"" + etag + "\"" : TagOf(answer.body), &answer);
  }
  return answer;
}

}  // namespace

void AddApi(Router& router, Backend& backend) {
  for (const ApiRoute& route : ApiRoutes()) {
    if (FindMethod(std::string(route.rpc))->server_streaming()) continue;
    router.Add(
        route.method, route.path, std::string(route.rpc.substr(route.rpc.rfind('.') + 1)),
        [&route, &backend](const Request& request, const Pairs& variables) {
          return Answer(route, backend, request, variables);
        },
        route.scope);
  }
}

}  // namespace dateline::gateway
