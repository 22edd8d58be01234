// The API to read: an index by service, and a page for each operation with its parameters and a call to copy.
#include <fmt/format.h>

#include <map>

#include "services/gateway/api/contracts.h"
#include "services/gateway/api/openapi.h"
#include "services/gateway/api/parameters.h"
#include "services/gateway/console/site.h"
#include "services/gateway/feeds/feeds.h"
#include "services/gateway/http/conditional.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

Response IndexPage(const Site& site, const Request& request) {
  // By service, in the order of the first of its methods.
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  std::map<const google::protobuf::ServiceDescriptor*, Value> rows;
  for (const ApiOperation& operation : ApiOperations()) {
    const auto* service = Contracts().FindMethodByName(std::string(operation.route->rpc))->service();
    if (rows.find(service) == rows.end()) services.push_back(service);
    Value row;
    row["method"] = operation.route->method;
    row["path"] = operation.path;
    row["href"] = "/api/" + operation.id;
    row["description"] = FirstSentence(operation.description);
    rows[service].Append(std::move(row));
  }
  Value page;
  for (const auto* service : services) {
    Value group;
    group["heading"] = service->name();
    group["description"] = FirstSentence(CommentOf(service));
    group["rows"] = std::move(rows[service]);
    page["groups"].Append(std::move(group));
  }
  page["base"] = BaseUri(request, {});
  return site.Page(request, "api.html", std::move(page), {.title = "API"});
}

std::string TypeText(const FieldDescriptor* field) {
  std::string name = field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM      ? field->enum_type()->name()
                     : field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? field->message_type()->name()
                                                                             : field->type_name();
  return field->is_repeated() ? name + ", many" : name;
}

void AddFields(const Descriptor* type, Value& list) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    Value row;
    row["name"] = field->json_name();
    row["type"] = TypeText(field);
    std::string description = CommentOf(field);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      description += " One of";
      for (int v = 0; v < field->enum_type()->value_count(); ++v) {
        description += (v > 0 ? ", " : " ") + field->enum_type()->value(v)->name();
      }
      description += ".";
    }
    row["description"] = description;
    list.Append(std::move(row));
  }
}

std::string Curl(const ApiOperation& operation, const std::string& base) {
  std::string call = "curl ";
  if (operation.route->method != "GET") call += fmt::format("-X {} ", operation.route->method);
  if (operation.route->rpc.ends_with(".StreamEvents")) call += "-N ";
  call += fmt::format("'{}{}'", base, operation.path);
  if (!operation.route->body.empty()) call += " \\\n  -H 'Content-Type: application/json' -d '{}'";
  return call;
}

Response OperationPage(const Site& site, const Request& request, const std::string& id) {
  for (const ApiOperation& operation : ApiOperations()) {
    if (operation.id != id) continue;
    const ApiRoute& route = *operation.route;
    const auto* method = Contracts().FindMethodByName(std::string(route.rpc));
    Value page;
    page["id"] = operation.id;
    page["method"] = route.method;
    page["path"] = operation.path;
    page["description"] = operation.description;
    page["rpc"] = route.rpc;
    page["scope"] = access::ScopeName(route.scope);
    page["errors"] = CommentOf(method->service());
    page["curl"] = Curl(operation, BaseUri(request, {}));
    for (const ApiParameter& parameter : ParametersOf(route)) {
      Value row;
      row["name"] = parameter.name;
      row["where"] = parameter.in_path ? "path" : "query";
      row["type"] = parameter.field == nullptr ? std::string("string") : TypeText(parameter.field);
      row["description"] = parameter.description;
      page["parameters"].Append(std::move(row));
    }
    page["parameters_any"] = page.Find("parameters") != nullptr;
    if (!route.body.empty()) {
      const Descriptor* body = method->input_type();
      if (route.body != "*") body = body->FindFieldByName(std::string(route.body))->message_type();
      page["body_any"] = true;
      AddFields(body, page["body"]);
    }
    const Descriptor* answer = method->output_type();
    if (!route.answer.empty()) answer = answer->FindFieldByName(std::string(route.answer))->message_type();
    AddFields(answer, page["answer"]);
    page["answer_any"] = answer->field_count() > 0;
    return site.Page(request, "api_operation.html", std::move(page), {.title = operation.id + " – API"});
  }
  return site.NotFound(request, "There is no such operation; the page of the API lists all.");
}

Response Document(const Request& request) {
  Response response{.content_type = "application/vnd.oai.openapi+json;version=3.1",
                    .body = OpenApiDocument(BaseUri(request, {}))};
  response.Set("Access-Control-Allow-Origin", "*");
  ApplyConditional(request, TagOf(response.body), &response);
  return response;
}

}  // namespace

void AddApiPages(Router& router, const Site& site) {
  router.Add(
      "GET", "/openapi.json", "openapi", [](const Request& request, const Pairs&) { return Document(request); },
      access::Scope::kNone);
  router.Add(
      "GET", "/api", "api_index", [&site](const Request& request, const Pairs&) { return IndexPage(site, request); },
      access::Scope::kNone);
  router.Add(
      "GET", "/api/{operation}", "api_operation",
      [&site](const Request& request, const Pairs& values) {
        return OperationPage(site, request, values.front().second);
      },
      access::Scope::kNone);
}

}  // namespace dateline::gateway
