#include "services/gateway/api/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "common/base/check.h"
#include "common/export/json_writer.h"
#include "services/gateway/api/contracts.h"
#include "services/gateway/api/parameters.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using exporting::JsonWriter;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::string Lowered(std::string_view name) {
  std::string out(name);
  if (!out.empty()) out[0] = static_cast<char>(tolower(out[0]));
  return out;
}

// "/v1/people/{person}/mentions" -> "PeopleOneMentions".
std::string Literals(std::string_view path) {
  std::string out;
  bool upper = true;
  bool variable = false;
  for (const char c : path.substr(3)) {
    if (c == '{') {
      variable = true;
      out += "One";
    }
    if (c == '}') variable = false;
    if (c == '/' || c == ':') upper = true;
    if (variable || isalnum(static_cast<unsigned char>(c)) == 0) continue;
    out.push_back(upper ? static_cast<char>(toupper(c)) : c);
    upper = false;
  }
  return out;
}

// Short names: "Release" of dateline.release.v1.Release; nested ones with their parents.
std::string SchemaName(const std::string& full_name, const std::string& package) {
  std::string name = full_name.substr(package.empty() ? 0 : package.size() + 1);
  std::replace(name.begin(), name.end(), '.', '_');
  // Two packages may use one name for different things.
  if (package == "google.rpc") return "Rpc" + name;
  return name;
}

class Writer {
 public:
  explicit Writer(std::string_view server) : server_(server) {}

  std::string Write() {
    json_.BeginObject();
    json_.String("openapi", "3.1.0");
    Info();
    Paths();
    Components();
    json_.EndObject();
    return json_.text() + "\n";
  }

 private:
  void Info() {
    json_.BeginObject("info");
    json_.String("title", "Dateline");
    json_.String("version", DATELINE_VERSION);
    json_.String("summary", "Press releases as records whose facts can be checked, and events the moment they appear");
    json_.String(
        "description",
        "Resources are named as in AIP-122. Lists take pageSize and pageToken, and answer nextPageToken and a Link "
        "header. GET answers carry an ETag and obey If-None-Match. Errors are problem details (RFC 9457) with "
        "reason, domain and metadata. JSON is protobuf's: fields at their default are absent, 64-bit numbers are "
        "strings.");
    json_.BeginObject("license");
    json_.String("name", "Apache-2.0");
    json_.String("identifier", "Apache-2.0");
    json_.EndObject();
    json_.EndObject();
    json_.BeginArray("servers");
    json_.BeginObject();
    json_.String("url", server_);
    json_.EndObject();
    json_.EndArray();
    json_.BeginArray("tags");
    std::set<std::string> told;
    for (const ApiOperation& operation : ApiOperations()) {
      const ServiceDescriptor* service = Method(operation)->service();
      if (!told.insert(service->name()).second) continue;
      json_.BeginObject();
      json_.String("name", service->name());
      json_.StringIfAny("description", CommentOf(service));
      json_.EndObject();
    }
    json_.EndArray();
  }

  static const MethodDescriptor* Method(const ApiOperation& operation) {
    return Contracts().FindMethodByName(std::string(operation.route->rpc));
  }

  void Paths() {
    std::vector<std::string> order;
    std::map<std::string, std::vector<const ApiOperation*>> by_path;
    for (const ApiOperation& operation : ApiOperations()) {
      if (by_path[operation.path].empty()) order.push_back(operation.path);
      by_path[operation.path].push_back(&operation);
    }
    json_.BeginObject("paths");
    for (const std::string& path : order) {
      json_.BeginObject(path);
      for (const ApiOperation* operation : by_path[path]) Operation(*operation);
      json_.EndObject();
    }
    json_.EndObject();
  }

  void Operation(const ApiOperation& operation) {
    const ApiRoute& route = *operation.route;
    const MethodDescriptor* method = Method(operation);
    std::string verb(route.method);
    std::transform(verb.begin(), verb.end(), verb.begin(), [](char c) { return static_cast<char>(tolower(c)); });
    json_.BeginObject(verb);
    json_.String("operationId", operation.id);
    json_.String("summary", operation.description.substr(0, operation.description.find(". ")));
    json_.StringIfAny("description", operation.description);
    json_.BeginArray("tags");
    json_.String({}, method->service()->name());
    json_.EndArray();
    json_.BeginArray("parameters");
    for (const ApiParameter& parameter : ParametersOf(route)) Parameter(parameter);
    json_.EndArray();
    if (!route.body.empty()) Body(route, method);
    Responses(route, method);
    json_.BeginArray("security");
    json_.BeginObject();
    json_.BeginArray("key");
    json_.String({}, access::ScopeName(route.scope));
    json_.EndArray();
    json_.EndObject();
    json_.EndArray();
    json_.EndObject();
  }

  void Parameter(const ApiParameter& parameter) {
    json_.BeginObject();
    json_.String("name", parameter.name);
    json_.String("in", parameter.in_path ? "path" : "query");
    json_.Bool("required", parameter.in_path);
    json_.StringIfAny("description", parameter.description);
    json_.BeginObject("schema");
    if (parameter.in_path) {
      json_.String("type", "string");
    } else if (parameter.field->is_repeated()) {
      json_.String("type", "array");
      json_.BeginObject("items");
      Type(parameter.field);
      json_.EndObject();
    } else {
      Type(parameter.field);
    }
    json_.EndObject();
    json_.EndObject();
  }

  void Body(const ApiRoute& route, const MethodDescriptor* method) {
    json_.BeginObject("requestBody");
    json_.Bool("required", route.body != "*");
    json_.BeginObject("content");
    json_.BeginObject("application/json");
    json_.BeginObject("schema");
    const Descriptor* type = method->input_type();
    if (route.body != "*") type = type->FindFieldByName(std::string(route.body))->message_type();
    Reference(type->full_name(), type->file()->package());
    wanted_.push_back(type);
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
  }

  void Responses(const ApiRoute& route, const MethodDescriptor* method) {
    json_.BeginObject("responses");
    json_.BeginObject("200");
    json_.String("description", "Done.");
    json_.BeginObject("content");
    json_.BeginObject(!method->server_streaming()              ? "application/json"
                      : route.rpc.ends_with(".ExportReleases") ? "application/jsonl"
                                                               : "text/event-stream");
    json_.BeginObject("schema");
    const Descriptor* type = method->output_type();
    if (!route.answer.empty()) type = type->FindFieldByName(std::string(route.answer))->message_type();
    if (method->server_streaming()) {
      json_.String("type", "string");
    } else if (type->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED ||
               type->full_name() == "google.protobuf.Empty") {
      json_.String("type", "object");
    } else {
      Reference(type->full_name(), type->file()->package());
      wanted_.push_back(type);
    }
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.BeginObject("default");
    json_.String("description", "What went wrong.");
    json_.BeginObject("content");
    json_.BeginObject("application/problem+json");
    json_.BeginObject("schema");
    json_.String("$ref", "#/components/schemas/Problem");
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
  }

  void Reference(const std::string& full_name, const std::string& package) {
    json_.String("$ref", "#/components/schemas/" + SchemaName(full_name, package));
  }

  // The type of one value, as the members of an open schema object.
  void Type(const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        json_.String("type", "string");
        if (field->type() == FieldDescriptor::TYPE_BYTES) json_.String("contentEncoding", "base64");
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
        return json_.String("type", "boolean");
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_UINT32:
        json_.String("type", "integer");
        return json_.String("format", "int32");
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        json_.String("type", "string");
        return json_.String("format", "int64");
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return json_.String("type", "number");
      case FieldDescriptor::CPPTYPE_ENUM:
        enums_.insert(field->enum_type());
        return Reference(field->enum_type()->full_name(), field->enum_type()->file()->package());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return MessageType(field->message_type());
    }
  }

  void MessageType(const Descriptor* type) {
    switch (type->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        json_.String("type", "string");
        return json_.String("format", "date-time");
      case Descriptor::WELLKNOWNTYPE_DURATION:
        json_.String("type", "string");
        return json_.String("description", "Seconds with the suffix \"s\", for example \"1.5s\".");
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        json_.String("type", "string");
        return json_.String("description", "Names of fields, with commas between.");
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        if (type->full_name() == "google.protobuf.Empty") return json_.String("type", "object");
        wanted_.push_back(type);
        return Reference(type->full_name(), type->file()->package());
      default:
        json_.String("type", "object");
        return json_.Bool("additionalProperties", true);
    }
  }

  void Property(const FieldDescriptor* field) {
    json_.BeginObject(field->json_name());
    const std::string comment = CommentOf(field);
    if (field->is_map()) {
      json_.String("type", "object");
      json_.BeginObject("additionalProperties");
      Type(field->message_type()->FindFieldByNumber(2));
      json_.EndObject();
    } else if (field->is_repeated()) {
      json_.String("type", "array");
      json_.BeginObject("items");
      Type(field);
      json_.EndObject();
    } else {
      Type(field);
    }
    // Beside a reference too: OpenAPI 3.1 allows it. Well-known types have described themselves.
    const bool described = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated() &&
                           (field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_DURATION ||
                            field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_FIELDMASK);
    if (!described) json_.StringIfAny("description", comment);
    json_.EndObject();
  }

  void Components() {
    json_.BeginObject("components");
    json_.BeginObject("schemas");
    std::set<const Descriptor*> written;
    while (!wanted_.empty()) {
      const Descriptor* type = wanted_.front();
      wanted_.pop_front();
      if (!written.insert(type).second) continue;
      json_.BeginObject(SchemaName(type->full_name(), type->file()->package()));
      json_.String("type", "object");
      json_.StringIfAny("description", CommentOf(type));
      json_.BeginObject("properties");
      for (int i = 0; i < type->field_count(); ++i) Property(type->field(i));
      json_.EndObject();
      json_.EndObject();
    }
    for (const EnumDescriptor* type : enums_) {
      json_.BeginObject(SchemaName(type->full_name(), type->file()->package()));
      json_.String("type", "string");
      std::string comment = CommentOf(type);
      json_.BeginArray("enum");
      for (int i = 0; i < type->value_count(); ++i) {
        json_.String({}, type->value(i)->name());
        comment += fmt::format("\n- {}: {}", type->value(i)->name(), CommentOf(type->value(i)));
      }
      json_.EndArray();
      json_.String("description", comment);
      json_.EndObject();
    }
    Problem();
    json_.EndObject();
    json_.BeginObject("securitySchemes");
    json_.BeginObject("key");
    json_.String("type", "http");
    json_.String("scheme", "bearer");
    json_.String("description", "A key of `dateline key create`; its scopes are read, ingest, subscribe, admin.");
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
  }

  void Problem() {
    json_.BeginObject("Problem");
    json_.String("type", "object");
    json_.String("description", "Problem details (RFC 9457) with the reason that a program can branch on.");
    json_.BeginObject("properties");
    for (const std::string_view name : {"type", "title", "detail", "instance", "code", "reason", "domain"}) {
      json_.BeginObject(name);
      json_.String("type", "string");
      json_.EndObject();
    }
    json_.BeginObject("status");
    json_.String("type", "integer");
    json_.EndObject();
    json_.BeginObject("metadata");
    json_.String("type", "object");
    json_.BeginObject("additionalProperties");
    json_.String("type", "string");
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
    json_.EndObject();
  }

  const std::string server_;
  JsonWriter json_;
  std::deque<const Descriptor*> wanted_;
  std::set<const EnumDescriptor*, bool (*)(const EnumDescriptor*, const EnumDescriptor*)> enums_{
      [](const EnumDescriptor* a, const EnumDescriptor* b) { return a->full_name() < b->full_name(); }};
};

}  // namespace

const std::vector<ApiOperation>& ApiOperations() {
  static const std::vector<ApiOperation> operations = [] {
    std::map<std::string_view, int> uses;
    for (const ApiRoute& route : ApiRoutes()) ++uses[route.rpc];
    std::vector<ApiOperation> made;
    for (const ApiRoute& route : ApiRoutes()) {
      const MethodDescriptor* method = Contracts().FindMethodByName(std::string(route.rpc));
      DATELINE_CHECK(method != nullptr, route.rpc);
      ApiOperation operation{&route, Lowered(method->name()), PathTemplate(route.path).OpenApiPath(),
                             CommentOf(method)};
      if (uses[route.rpc] > 1) operation.id += "Of" + Literals(operation.path);
      made.push_back(std::move(operation));
    }
    return made;
  }();
  return operations;
}

std::string OpenApiDocument(std::string_view server) {
  return Writer(server).Write();
}

}  // namespace dateline::gateway
